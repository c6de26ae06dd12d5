package transport

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// maxChain limits how many certificates a server's chain may have.
const maxChain = 10

// authorities are the certificates of a CA file.
type authorities []*x509.Certificate

func readAuthorities(name string) (authorities, error) {
	blocks, err := readPEM(name, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	var out authorities
	for _, der := range blocks {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%s: certificate %d: %w", name, len(out)+1, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func (a authorities) pool() *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range a {
		p.AddCert(c)
	}
	return p
}

// readPEM returns the contents of all blocks of one type, of which there is at
// least one.
func readPEM(name, kind string) ([][]byte, error) {
	rest, err := os.ReadFile(name)
	if err != nil {
		return nil, err // names the file
	}
	var out [][]byte
	other := ""
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		if b.Type == kind {
			out = append(out, b.Bytes)
		} else {
			other = b.Type
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case other != "":
		return nil, fmt.Errorf("%s: no PEM block %q, but one of %q", name, kind, other)
	}
	return nil, fmt.Errorf("%s: no PEM block %q", name, kind)
}

// readPair reads the server's certificate and key and completes the chain.
func (s ServerTLS) readPair(cas authorities) (tls.Certificate, error) {
	keyFile := s.KeyFile
	if keyFile == "" {
		keyFile = s.CertFile
	}
	chain, err := readPEM(s.CertFile, "CERTIFICATE")
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := readKey(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	var text bytes.Buffer
	for _, der := range chain {
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return tls.Certificate{}, err // a buffer takes everything
		}
	}
	pair, err := tls.X509KeyPair(text.Bytes(), key)
	if err != nil {
		reason := strings.TrimPrefix(err.Error(), "tls: ")
		return pair, fmt.Errorf("%s with %s: %s", s.CertFile, keyFile, reason)
	}
	last := pair.Leaf
	if len(chain) > 1 {
		if last, err = x509.ParseCertificate(chain[len(chain)-1]); err != nil {
			return pair, fmt.Errorf("%s: certificate %d: %w", s.CertFile, len(chain), err)
		}
	}
	pair.Certificate = append(pair.Certificate, cas.above(last, maxChain-len(chain))...)
	return pair, nil
}

// above returns the intermediate certificates above c, at most n of them. Some
// programs expect a certificate file to do without them when the CA file has
// them; roots need not be sent.
func (a authorities) above(c *x509.Certificate, n int) [][]byte {
	var out [][]byte
	for len(out) < n {
		if c = a.issuer(c); c == nil || selfIssued(c) {
			break
		}
		out = append(out, c.Raw)
	}
	return out
}

// issuer returns the authority that has signed c, or nil.
func (a authorities) issuer(c *x509.Certificate) *x509.Certificate {
	i := slices.IndexFunc(a, func(ca *x509.Certificate) bool {
		return bytes.Equal(ca.RawSubject, c.RawIssuer) && c.CheckSignatureFrom(ca) == nil
	})
	if i < 0 {
		return nil
	}
	return a[i]
}

func selfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// readKey returns the PEM text of a private key.
func readKey(name string) ([]byte, error) {
	rest, err := os.ReadFile(name)
	if err != nil {
		return nil, err // names the file
	}
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return nil, fmt.Errorf("%s: no PEM block of a private key", name)
		}
		if !strings.HasSuffix(b.Type, "PRIVATE KEY") {
			continue
		}
		if b.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED") {
			return nil, fmt.Errorf("%s: %w", name, errKeyEncrypted)
		}
		return pem.EncodeToMemory(b), nil
	}
}

var errKeyEncrypted = errors.New("the private key is encrypted with a passphrase\nhint: openssl pkey -in KEY -out PLAIN_KEY writes one that is not")

// Identity returns who the client is by its certificate: the common name of
// the subject, and the subject as a distinguished name (RFC 4514, such as
// "CN=pump,O=Works"). Both are empty when no certificate was verified; the
// common name is when the subject has none.
func Identity(state *tls.ConnectionState) (cn, dn string) {
	if state == nil || len(state.VerifiedChains) == 0 {
		return "", ""
	}
	s := state.VerifiedChains[0][0].Subject
	return s.CommonName, s.String()
}
