package cmd

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
)

// certificateCause says which certificate was not accepted and why.
func certificateCause(v *tls.CertificateVerificationError) string {
	why := strings.TrimPrefix(v.Err.Error(), "x509: ")
	if len(v.UnverifiedCertificates) == 0 {
		return why
	}
	return fmt.Sprintf("the broker's certificate (%s): %s", describe(v.UnverifiedCertificates[0]), why)
}

// describe says which certificate c is.
func describe(c *x509.Certificate) string {
	return fmt.Sprintf("%s, issued by %s, valid until %s",
		orNone(c.Subject.String()), orNone(c.Issuer.String()), c.NotAfter.Format("2006-01-02"))
}

func orNone(s string) string {
	if s == "" {
		return "no name"
	}
	return s
}

// alertOf returns the reason for which the broker ended the TLS connection,
// RFC 8446 section 6; empty when it did not.
func alertOf(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		return strings.TrimPrefix(op.Err.Error(), "tls: ")
	}
	return ""
}

// alertCause says which certificate of ours the broker did not take, or what
// else it refused.
func alertCause(t *target, reason string) string {
	leaf := t.certificate()
	if leaf == nil || !aboutCertificate(reason) {
		return "the broker ended the TLS handshake: " + reason
	}
	return fmt.Sprintf("the broker does not accept the client certificate (%s): %s", describe(leaf), reason)
}

// alertHint returns what to do about it.
func alertHint(t *target, reason string) string {
	switch {
	case aboutCertificate(reason) && t.certificate() != nil:
		return "give one of an authority that the broker trusts with --cert FILE --key FILE"
	case aboutCertificate(reason):
		return "the broker may want a client certificate: --cert FILE --key FILE"
	case strings.Contains(reason, "protocol version"):
		return "try without --tls-version; the broker may be too old for TLS 1.2"
	case strings.Contains(reason, "application protocol"):
		return "try without --tls-alpn, or with another protocol"
	}
	return ""
}

// certificate returns the client certificate, nil when there is none.
func (t *target) certificate() *x509.Certificate {
	if c := t.Transport.TLS; c != nil && len(c.Certificates) > 0 {
		return c.Certificates[0].Leaf
	}
	return nil
}

// aboutCertificate reports whether a reason may be for the client's
// certificate, or for there being none.
func aboutCertificate(reason string) bool {
	return strings.Contains(reason, "certificate") || reason == "handshake failure" || reason == "access denied"
}
