package transport

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

var errRevoked = errors.New("the certificate is revoked")

// revocations are revocation lists by the authority that signed them: its
// subject and public key.
type revocations struct {
	file  string
	cas   authorities
	lists map[string]*revocationList
}

type revocationList struct {
	from, until time.Time // until is zero when the list does not say
	serials     map[string]struct{}
}

func authorityKey(ca *x509.Certificate) string {
	return string(ca.RawSubject) + string(ca.RawSubjectPublicKeyInfo)
}

// readRevocations reads the lists of a file. Each must be signed by one of the
// authorities and be current at now.
func readRevocations(name string, cas authorities, now time.Time) (*revocations, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err // names the file
	}
	blocks := [][]byte{data} // DER
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		if blocks, err = pemRevocations(name, data); err != nil {
			return nil, err
		}
	}
	r := &revocations{file: name, cas: cas, lists: map[string]*revocationList{}}
	for i, der := range blocks {
		crl, err := x509.ParseRevocationList(der)
		if err != nil {
			return nil, fmt.Errorf("%s: revocation list %d: %w", name, i+1, err)
		}
		if err := r.add(crl, now); err != nil {
			return nil, fmt.Errorf("%s: revocation list of %s: %w", name, crl.Issuer, err)
		}
	}
	return r, nil
}

func pemRevocations(name string, data []byte) ([][]byte, error) {
	var out [][]byte
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		if b.Type == "X509 CRL" {
			out = append(out, b.Bytes)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no PEM block %q", name, "X509 CRL")
	}
	return out, nil
}

func (r *revocations) add(crl *x509.RevocationList, now time.Time) error {
	for _, e := range crl.Extensions {
		if e.Critical { // a list of changes, or of some certificates only
			return fmt.Errorf("unsupported critical extension %s", e.Id)
		}
	}
	l := &revocationList{from: crl.ThisUpdate, until: crl.NextUpdate, serials: make(map[string]struct{}, len(crl.RevokedCertificateEntries))}
	if err := l.current(now); err != nil {
		return err
	}
	for _, e := range crl.RevokedCertificateEntries {
		l.serials[e.SerialNumber.String()] = struct{}{}
	}
	signed := false
	for _, ca := range r.cas {
		if !bytes.Equal(ca.RawSubject, crl.RawIssuer) || crl.CheckSignatureFrom(ca) != nil {
			continue
		}
		signed = true
		key := authorityKey(ca)
		if old := r.lists[key]; old == nil || l.from.After(old.from) {
			r.lists[key] = l
		}
	}
	if !signed {
		return errors.New("no authority of the CA file has signed it")
	}
	return nil
}

// current returns an error when the list is not valid at now.
func (l *revocationList) current(now time.Time) error {
	switch {
	case now.Before(l.from):
		return fmt.Errorf("not valid before %s", l.from.Format(time.RFC3339))
	case !l.until.IsZero() && now.After(l.until):
		return fmt.Errorf("expired at %s", l.until.Format(time.RFC3339))
	}
	return nil
}

// check returns nil when no certificate of any chain is revoked.
func (r *revocations) check(chains [][]*x509.Certificate, now time.Time) error {
	if len(chains) == 0 {
		return errors.New("no client certificate was verified")
	}
	for _, chain := range chains {
		if err := r.checkChain(r.extend(chain), now); err != nil {
			return err
		}
	}
	return nil
}

// extend continues a chain that ended at an intermediate authority because the
// CA file has it, up to its root.
func (r *revocations) extend(chain []*x509.Certificate) []*x509.Certificate {
	chain = slices.Clip(chain) // it is the connection's
	for last := chain[len(chain)-1]; !selfIssued(last) && len(chain) < maxChain; {
		if last = r.cas.issuer(last); last == nil {
			break
		}
		chain = append(chain, last)
	}
	return chain
}

func (r *revocations) checkChain(chain []*x509.Certificate, now time.Time) error {
	if len(chain) == 1 {
		return nil // an authority itself: trusted by being in the CA file
	}
	for i, c := range chain[:len(chain)-1] {
		l := r.lists[authorityKey(chain[i+1])]
		if l == nil && i > 0 {
			continue
		}
		if l == nil {
			return fmt.Errorf("%s: no revocation list of %s, who issued %s", r.file, c.Issuer, c.Subject)
		}
		if err := l.current(now); err != nil {
			return fmt.Errorf("%s: revocation list of %s: %w", r.file, c.Issuer, err)
		}
		if _, ok := l.serials[c.SerialNumber.String()]; ok {
			return fmt.Errorf("%w: %s, serial number %s", errRevoked, c.Subject, c.SerialNumber)
		}
	}
	return nil
}
