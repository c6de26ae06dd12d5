package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Files of DevTLS. A certificate and its key share a file, so that no reader
// finds one of them old and the other new.
const (
	devAuthorityFile = "ca.pem"     // what clients get
	devAuthorityKey  = "ca-key.pem" // with the certificate
	devServerFile    = "server.pem" // certificate and key
)

const (
	devAuthorityLife = 10 * 365 * 24 * time.Hour
	devServerLife    = 365 * 24 * time.Hour // some clients refuse more than 825 days
	devRenewAt       = 30 * 24 * time.Hour  // before the end
)

// devPair is a certificate with its key.
type devPair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// DevTLS returns a server configuration for development, and the file of the
// certificate authority that clients must trust to reach it. The authority is
// made once and kept in dir, which is made if need be; so is the server's
// certificate, for localhost, 127.0.0.1, ::1, the machine's host name and the
// given host names and IP addresses. What ends within 30 days, cannot be read
// as a certificate, or lacks a host is made anew. Keys are ECDSA P-256, files
// and directory are for their owner only.
func DevTLS(dir string, hosts []string) (s ServerTLS, caFile string, err error) {
	return devTLS(dir, hosts, time.Now())
}

func devTLS(dir string, hosts []string, now time.Time) (s ServerTLS, caFile string, err error) {
	fail := func(err error) (ServerTLS, string, error) {
		return ServerTLS{}, "", fmt.Errorf("development certificates: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fail(err)
	}
	ca, err := devAuthority(dir, now)
	if err != nil {
		return fail(err)
	}
	caFile = filepath.Join(dir, devAuthorityFile)
	if err := keepFile(caFile, encodeCert(ca.cert)); err != nil {
		return fail(err)
	}
	name := filepath.Join(dir, devServerFile)
	all := devHosts(hosts)
	server, err := readDev(name)
	if err != nil {
		return fail(err)
	}
	if server == nil || !server.good(now) || server.cert.CheckSignatureFrom(ca.cert) != nil || !server.covers(all) {
		if server, err = newDevServer(ca, all, now); err != nil {
			return fail(err)
		}
		if err := server.write(name); err != nil {
			return fail(err)
		}
	}
	return ServerTLS{CertFile: name, KeyFile: name, CAFile: caFile, MinVersion: tls.VersionTLS12}, caFile, nil
}

// devHosts returns hosts and the machine's own names, sorted, each once.
func devHosts(hosts []string) []string {
	all := append([]string{"localhost", "127.0.0.1", "::1"}, hosts...)
	if name, err := os.Hostname(); err == nil && name != "" {
		all = append(all, name)
	}
	for i, h := range all {
		h = strings.TrimSuffix(strings.ToLower(h), ".")
		if ip := net.ParseIP(strings.Trim(h, "[]")); ip != nil {
			h = ip.String()
		}
		all[i] = h
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(h string) bool { return h == "" })
}

func devAuthority(dir string, now time.Time) (*devPair, error) {
	name := filepath.Join(dir, devAuthorityKey)
	ca, err := readDev(name)
	if err != nil || ca != nil && ca.good(now) && ca.cert.IsCA {
		return ca, err
	}
	host, _ := os.Hostname() // only to tell authorities apart
	ca, err = newDev(&x509.Certificate{
		Subject:  pkix.Name{CommonName: strings.TrimSpace("mqt development CA " + host)},
		NotAfter: now.Add(devAuthorityLife), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}, nil, now)
	if err != nil {
		return nil, err
	}
	return ca, ca.write(name)
}

func newDevServer(ca *devPair, hosts []string, now time.Time) (*devPair, error) {
	c := &x509.Certificate{
		Subject:  pkix.Name{CommonName: "mqt development server"},
		NotAfter: now.Add(devServerLife), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	if c.NotAfter.After(ca.cert.NotAfter) {
		c.NotAfter = ca.cert.NotAfter
	}
	return newDev(c, ca, now)
}

// newDev makes a key, and signs a certificate for it with ca, or with the key
// itself when ca is nil.
func newDev(c *x509.Certificate, ca *devPair, now time.Time) (*devPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, err
	}
	c.NotBefore = now.Add(-time.Hour) // clocks differ
	if ca == nil {
		ca = &devPair{c, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &devPair{cert, key}, err
}

func (p *devPair) good(now time.Time) bool {
	return now.After(p.cert.NotBefore) && now.Add(devRenewAt).Before(p.cert.NotAfter)
}

func (p *devPair) covers(hosts []string) bool {
	return !slices.ContainsFunc(hosts, func(h string) bool { return p.cert.VerifyHostname(h) != nil })
}

// readDev returns nil when the file is not there or holds no pair.
func readDev(name string) (*devPair, error) {
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		return nil, nil // made anew
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, nil
	}
	return &devPair{pair.Leaf, key}, nil
}

func encodeCert(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func (p *devPair) write(name string) error {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return err
	}
	return keepFile(name, append(encodeCert(p.cert), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...))
}

// keepFile makes the file hold text, for its owner only. Whoever reads it
// meanwhile finds all of the old text or all of the new.
func keepFile(name string, text []byte) error {
	if old, err := os.ReadFile(name); err == nil && string(old) == string(text) {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error is the one to tell
	}
	return err
}
