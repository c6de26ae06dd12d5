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

// alertError says which certificate of ours the broker did not take, or what
// else it refused.
func alertError(t *target, reason string, err error) error {
	text, next := "the broker ended the TLS handshake: "+reason, ""
	config := t.Transport.TLS
	sent := config != nil && len(config.Certificates) > 0
	switch {
	case sent && aboutCertificate(reason):
		text = "the broker does not accept the client certificate"
		if leaf := config.Certificates[0].Leaf; leaf != nil {
			text += " (" + describe(leaf) + ")"
		}
		text += ": " + reason
		next = "give one of an authority that the broker trusts with --cert FILE --key FILE"
	case aboutCertificate(reason):
		next = "the broker may want a client certificate: --cert FILE --key FILE"
	case strings.Contains(reason, "protocol version"):
		next = "try without --tls-version; the broker may be too old for TLS 1.2"
	case strings.Contains(reason, "application protocol"):
		next = "try without --tls-alpn, or with another protocol"
	}
	return hint(fmt.Errorf("connect %s: %w", t, &brief{text, err}), next)
}

// aboutCertificate reports whether a reason may be for the client's
// certificate, or for there being none.
func aboutCertificate(reason string) bool {
	return strings.Contains(reason, "certificate") || reason == "handshake failure" || reason == "access denied"
}
