package cmd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"mqt/internal/transport"
)

// brief is an error with a shorter text than its own.
type brief struct {
	text string
	err  error
}

// Error returns the short text.
func (b *brief) Error() string { return b.text }

// Unwrap returns the whole error.
func (b *brief) Unwrap() error { return b.err }

// cause returns the text of the innermost error that says what happened,
// without the layers of package net.
func cause(err error) string {
	var srv *transport.SRVError
	var dns *net.DNSError
	var sys *os.SyscallError
	var request *url.Error
	var verify *tls.CertificateVerificationError
	var op *net.OpError
	switch {
	case err == nil:
		return "unknown"
	case errors.As(err, &srv):
		return srvCause(srv)
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return fmt.Sprintf("no such host %q", dns.Name)
		}
		return fmt.Sprintf("look up %q: %s", dns.Name, dns.Err)
	case errors.As(err, &verify):
		return certificateCause(verify)
	case errors.As(err, &sys):
		return sys.Err.Error()
	case errors.As(err, &request):
		return cause(request.Err)
	case errors.Is(err, context.DeadlineExceeded):
		if text, ok := strings.CutSuffix(err.Error(), ": "+context.DeadlineExceeded.Error()); ok {
			return text // says what did not come within which time
		}
		return "timed out"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timed out"
	case alertOf(err) != "":
		return "the broker ended the TLS handshake: " + alertOf(err)
	case errors.As(err, &op) && !strings.Contains(op.Op, "socks"):
		return strings.TrimPrefix(op.Err.Error(), "tls: ")
	}
	return strings.TrimPrefix(err.Error(), "connect: ")
}

// srvCause says which broker of a domain was tried last, or why there is none.
func srvCause(e *transport.SRVError) string {
	var dns *net.DNSError
	switch {
	case e.Target != "":
		return e.Target + ": " + cause(e.Err)
	case errors.As(e.Err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("no SRV record %q", e.Name)
	case errors.As(e.Err, &dns):
		return fmt.Sprintf("look up the SRV record %q: %s", e.Name, dns.Err)
	}
	return e.Err.Error()
}
