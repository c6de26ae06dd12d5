package cmd

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority signs the certificates of a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	last int64
	file string // the authority's own certificate
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir(), last: 1}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	a.key = a.newKey()
	a.cert = a.sign(tmpl, tmpl, a.key)
	a.file = write(t, a.dir, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})))
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

func (a *authority) sign(tmpl, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// issue writes a certificate with its key, for 127.0.0.1 and as a client, into
// files whose names begin with name, and returns its serial number.
func (a *authority) issue(name, commonName string) (certFile, keyFile string, serial int64) {
	a.t.Helper()
	a.last++
	key := a.newKey()
	cert := a.sign(&x509.Certificate{SerialNumber: big.NewInt(a.last), Subject: pkix.Name{CommonName: commonName}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}, a.cert, key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyFile = a.replace(name+".key", "PRIVATE KEY", der)
	return a.replace(name+".pem", "CERTIFICATE", cert.Raw), keyFile, a.last
}

// client returns the flags of a client with a certificate for this name.
func (a *authority) client(commonName string) []string {
	a.t.Helper()
	cert, key, _ := a.issue("client-"+commonName, commonName)
	return []string{"--cert", cert, "--key", key}
}

// revoke writes the list of revoked certificates.
func (a *authority) revoke(serials ...int64) (file string) {
	a.t.Helper()
	tmpl := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}
	for _, n := range serials {
		tmpl.RevokedCertificateEntries = append(tmpl.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, tmpl, a.cert, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.replace("crl.pem", "X509 CRL", der)
}

// replace writes a file the way certificate managers do: whole, or not yet.
func (a *authority) replace(name, kind string, der []byte) string {
	a.t.Helper()
	tmp := write(a.t, a.dir, name+".new", string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
	path := filepath.Join(a.dir, name)
	if err := os.Rename(tmp, path); err != nil {
		a.t.Fatal(err)
	}
	return path
}
