package cmd

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"mqt/internal/client"
	"mqt/internal/mqtt"
)

// connectError says what failed while connecting, and the next step.
func connectError(t *target, needV5 []string, err error) error {
	var refused *mqtt.ReasonError
	var socks *net.OpError
	var impostor *client.AuthError
	switch {
	case errors.As(err, &impostor):
		return impostorError(t, impostor)
	case errors.As(err, &refused) && refused.Op == "": // our verdict, not the broker's
		return hint(fmt.Errorf("connect %s: the answer is not MQTT: %s", t, refused.Error()),
			"the port may be one for WebSocket (--ws) or for something else; choose another with -p")
	case errors.As(err, &refused):
		return refusedError(t, needV5, refused)
	case t.Transport.Proxy != nil && errors.As(err, &socks) && strings.Contains(socks.Op, "socks"):
		what := fmt.Errorf("connect %s through the proxy %s: %w", t, t.Transport.Proxy.Host,
			&brief{strings.TrimPrefix(cause(socks.Err), "unknown error "), err}) // its words for a known one
		return hint(what, "check --proxy, and whether the proxy reaches the broker")
	}
	what := fmt.Errorf("connect %s: %w", t, &brief{cause(err), err})
	return hint(what, cmp.Or(nextStep(t, err), otherProtocol(t, err)))
}

// otherProtocol returns what to do when the port seems to speak something else
// than was asked for.
func otherProtocol(t *target, err error) string {
	cut := errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch scheme := t.URL.Scheme; {
	case strings.HasPrefix(scheme, "ws") && cut:
		return "the port may not be one for WebSocket; leave --ws out, or choose another with -p"
	case scheme == "mqtts" && cut:
		return noTLSThere
	case scheme == "mqtt" && strings.Contains(err.Error(), "without answering CONNECT"):
		return "the port may want TLS: add --cafile FILE or --tls-use-os-certs"
	}
	return ""
}

const noTLSThere = "the broker does not speak TLS there; leave the TLS flags out, or choose another port with -p"

// brief is an error with a shorter text than its own.
type brief struct {
	text string
	err  error
}

// Error returns the short text.
func (b *brief) Error() string { return b.text }

// Unwrap returns the whole error.
func (b *brief) Unwrap() error { return b.err }

// asUser returns text, and who it was that has no right if code says so. The
// SUBACK of MQTT 3.1.1 knows no more than failure, section 3.9.3.
func (s *session) asUser(text string, code mqtt.ReasonCode) string {
	user := s.target.Client.Username
	switch {
	case code == mqtt.NotAuthorized && user != "":
		return fmt.Sprintf("%s (user %q)", text, user)
	case code == mqtt.UnspecifiedError && s.Version() != mqtt.V5:
		return text + " (brokers give no reason before MQTT 5)"
	}
	return text
}

// refused is asUser for an error with a text of its own.
func (s *session) refused(err error) error {
	var refused *mqtt.ReasonError
	if !errors.As(err, &refused) {
		return err
	}
	return &brief{s.asUser(err.Error(), refused.Code), err}
}

func refusedError(t *target, needV5 []string, refused *mqtt.ReasonError) error {
	text := refused.Code.String()
	next := ""
	switch refused.Code {
	case mqtt.NotAuthorized, mqtt.BadUserNameOrPassword:
		if t.Client.Username == "" {
			text += " (no user name was sent)"
			next = "give -u NAME and --password-file FILE"
		} else {
			text += fmt.Sprintf(" (user %q)", t.Client.Username)
			next = "check the name and the password"
			if t.Client.Password == nil && t.Client.Auth == nil {
				next = "no password was sent; give --password-file FILE"
			}
		}
	case mqtt.UnsupportedProtocolVersion:
		next = "try another version with -V 5, -V 311 or -V 31"
		if len(needV5) > 0 {
			next = fmt.Sprintf("%s needs MQTT 5, which this broker does not speak", needV5[0])
		}
	case mqtt.BadAuthenticationMethod:
		if t.Client.Auth != nil {
			next = "leave --auth-method out, or make the user's entry on the broker with mqt passwd --scheme " + authScram
		}
	case mqtt.ClientIdentifierNotValid:
		next = "choose another client identifier with -i ID"
	}
	if refused.Reason != "" {
		text += ": " + refused.Reason
	}
	return hint(fmt.Errorf("connect %s: %w", t, &brief{text, refused}), next)
}

// cause returns the text of the innermost error that says what happened,
// without the layers of package net.
func cause(err error) string {
	var dns *net.DNSError
	var sys *os.SyscallError
	var verify *tls.CertificateVerificationError
	var op *net.OpError
	switch {
	case err == nil:
		return "unknown"
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return fmt.Sprintf("no such host %q", dns.Name)
		}
		return fmt.Sprintf("look up %q: %s", dns.Name, dns.Err)
	case errors.As(err, &verify):
		return certificateCause(verify)
	case errors.As(err, &sys):
		return sys.Err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		if text, ok := strings.CutSuffix(err.Error(), ": "+context.DeadlineExceeded.Error()); ok {
			return text // says what did not come within which time
		}
		return "timed out"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timed out"
	case errors.As(err, &op) && op.Op != "remote error" && !strings.Contains(op.Op, "socks"):
		return strings.TrimPrefix(op.Err.Error(), "tls: ")
	}
	return strings.TrimPrefix(err.Error(), "connect: ")
}

// certificateCause says which certificate was not accepted and why.
func certificateCause(v *tls.CertificateVerificationError) string {
	why := strings.TrimPrefix(v.Err.Error(), "x509: ")
	if len(v.UnverifiedCertificates) == 0 {
		return why
	}
	c := v.UnverifiedCertificates[0]
	return fmt.Sprintf("the broker's certificate (%s, issued by %s, valid until %s): %s",
		orNone(c.Subject.String()), orNone(c.Issuer.String()), c.NotAfter.Format("2006-01-02"), why)
}

func orNone(s string) string {
	if s == "" {
		return "no name"
	}
	return s
}

// nextStep returns what the user may do about a failure to connect.
func nextStep(t *target, err error) string {
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var header tls.RecordHeaderError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), strings.Contains(err.Error(), "actively refused"),
		t.URL.Scheme == "unix" && errors.Is(err, os.ErrNotExist):
		return `start a broker with "mqt serve"`
	case errors.As(err, &dns) && dns.IsNotFound:
		return "check the host's name in -h or -L"
	case errors.Is(err, syscall.EADDRNOTAVAIL) && t.Transport.LocalAddr != "":
		return fmt.Sprintf("-A %s is no address of this machine that reaches the broker", t.Transport.LocalAddr)
	case errors.As(err, &unknown):
		return "trust its authority with --cafile FILE"
	case errors.As(err, &name):
		return "connect to a name the certificate is for"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the certificate, or check this machine's clock"
	case errors.As(err, &header):
		return noTLSThere
	case strings.Contains(err.Error(), "remote error: tls:"):
		return "the broker may want a client certificate: --cert FILE --key FILE"
	}
	return ""
}
