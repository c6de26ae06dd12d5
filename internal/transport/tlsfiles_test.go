package transport

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// pki is an authority with an intermediate one and what they have signed.
type pki struct {
	dir                       string
	root, middle              *devPair
	server, client, other     *devPair
	serverFile, clientFile    string
	rootFile, authoritiesFile string
}

func issue(t *testing.T, name string, ca *devPair, isCA bool) *devPair {
	t.Helper()
	c := &x509.Certificate{
		Subject:  pkix.Name{CommonName: name, Organization: []string{"Works"}},
		NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: isCA,
	}
	if isCA {
		c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	} else {
		c.DNSNames = []string{"localhost"}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	p, err := newDev(c, ca, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newPKI(t *testing.T) *pki {
	t.Helper()
	p := &pki{dir: t.TempDir()}
	p.root = issue(t, "root", nil, true)
	p.middle = issue(t, "middle", p.root, true)
	p.server = issue(t, "server", p.middle, false)
	p.client = issue(t, "pump", p.middle, false)
	p.other = issue(t, "valve", p.middle, false)
	p.serverFile, p.clientFile = p.file("server.pem"), p.file("client.pem")
	p.rootFile, p.authoritiesFile = p.file("root.pem"), p.file("cas.pem")
	p.must(t, p.server.write(p.serverFile))
	p.must(t, p.client.write(p.clientFile))
	p.must(t, keepFile(p.rootFile, encodeCert(p.root.cert)))
	p.must(t, keepFile(p.authoritiesFile, append(encodeCert(p.root.cert), encodeCert(p.middle.cert)...)))
	return p
}

func (p *pki) file(name string) string { return filepath.Join(p.dir, name) }

func (p *pki) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// crl writes a revocation list of ca into a file and returns its name.
func (p *pki) crl(t *testing.T, name string, ca *devPair, tmpl x509.RevocationList, revoked ...*devPair) string {
	t.Helper()
	if tmpl.ThisUpdate.IsZero() {
		tmpl.ThisUpdate, tmpl.NextUpdate = time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	}
	if tmpl.Number == nil {
		tmpl.Number = big.NewInt(1)
	}
	for _, r := range revoked {
		tmpl.RevokedCertificateEntries = append(tmpl.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: r.cert.SerialNumber, RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, &tmpl, ca.cert, ca.key)
	p.must(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
	if strings.HasSuffix(name, ".der") {
		text = der
	}
	p.must(t, keepFile(p.file(name), text))
	return p.file(name)
}

// connect performs a handshake over loopback and returns both states.
func connect(t *testing.T, server, client *tls.Config) (srv, cli tls.ConnectionState, err error) {
	t.Helper()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	type result struct {
		state tls.ConnectionState
		err   error
	}
	done := make(chan result, 1)
	go func() {
		nc, err := ln.Accept()
		if err != nil {
			done <- result{err: err}
			return
		}
		tc := nc.(*tls.Conn)
		err = tc.HandshakeContext(t.Context())
		if err == nil {
			_, err = tc.Write([]byte("x")) // carries the session tickets
		}
		done <- result{tc.ConnectionState(), err}
		_ = nc.Close()
	}()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := client.Clone()
	c.ServerName = "localhost"
	tc := tls.Client(nc, c)
	if err = tc.HandshakeContext(t.Context()); err == nil {
		var n int
		if n, err = tc.Read(make([]byte, 1)); n == 1 {
			err = nil // the end may come along
		}
	}
	r := <-done
	_ = nc.Close()
	return r.state, tc.ConnectionState(), errors.Join(err, r.err)
}

func (p *devPair) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{p.cert.Raw}, PrivateKey: p.key, Leaf: p.cert}
}

// trusting returns a client configuration that knows the root only.
func (p *pki) trusting(own ...*devPair) *tls.Config {
	c := &tls.Config{RootCAs: authorities{p.root.cert}.pool()}
	for _, o := range own {
		c.Certificates = append(c.Certificates, o.tls())
	}
	return c
}

func TestLoadTLSCompletesTheChain(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	for _, min := range []uint16{0, tls.VersionTLS13} {
		f, err := LoadTLS(ServerTLS{CertFile: p.serverFile, CAFile: p.authoritiesFile, MinVersion: min})
		p.must(t, err)
		_, cli, err := connect(t, f.Config(), p.trusting())
		p.must(t, err)
		if n := len(cli.PeerCertificates); n != 2 {
			t.Errorf("the server sent %d certificates, want its own and the intermediate one", n)
		}
	}
	f, err := LoadTLS(ServerTLS{CertFile: p.serverFile})
	p.must(t, err)
	if _, _, err := connect(t, f.Config(), p.trusting()); err == nil {
		t.Error("a chain without its intermediate certificate was accepted")
	}
}

func TestLoadTLSVersions(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	tests := []struct {
		min, client, want uint16
	}{
		{0, tls.VersionTLS12, tls.VersionTLS12},
		{0, tls.VersionTLS13, tls.VersionTLS13},
		{tls.VersionTLS13, tls.VersionTLS13, tls.VersionTLS13},
		{tls.VersionTLS13, tls.VersionTLS12, 0},
		{0, tls.VersionTLS11, 0},
	}
	for _, tt := range tests {
		f, err := LoadTLS(ServerTLS{CertFile: p.serverFile, CAFile: p.authoritiesFile, MinVersion: tt.min})
		p.must(t, err)
		c := p.trusting()
		c.MinVersion, c.MaxVersion = tls.VersionTLS10, tt.client
		_, cli, err := connect(t, f.Config(), c)
		if (err == nil) != (tt.want != 0) || err == nil && cli.Version != tt.want {
			t.Errorf("minimum %x, client %x: %x, %v, want %x", tt.min, tt.client, cli.Version, err, tt.want)
		}
	}
}

func TestClientCertificates(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	stranger := issue(t, "pump", issue(t, "root", nil, true), false)
	empty := p.crl(t, "none.crl", p.middle, x509.RevocationList{})
	revoked := p.crl(t, "pump.der", p.middle, x509.RevocationList{}, p.client)
	rootOnly := p.crl(t, "root.crl", p.root, x509.RevocationList{})
	middle := p.crl(t, "middle.crl", p.root, x509.RevocationList{}, p.middle)
	both := p.file("both.crl")
	var text []byte
	for _, name := range []string{empty, middle} {
		b, err := os.ReadFile(name)
		p.must(t, err)
		text = append(text, b...)
	}
	p.must(t, keepFile(both, text))
	tests := []struct {
		name, crl string
		own       []*devPair
		fails     string
	}{
		{"no list", "", []*devPair{p.client}, ""},
		{"without a certificate", "", nil, "didn't provide a certificate"},
		{"somebody else's", "", []*devPair{stranger}, "unknown authority"},
		{"not on the list", empty, []*devPair{p.client}, ""},
		{"on the list", revoked, []*devPair{p.client}, "revoked"},
		{"another on the list", revoked, []*devPair{p.other}, ""},
		{"no list of the issuer", rootOnly, []*devPair{p.client}, "no revocation list of"},
		{"issuer on the list", both, []*devPair{p.client}, "revoked: CN=middle"},
	}
	for _, tt := range tests {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(tt.name+" "+tls.VersionName(version), func(t *testing.T) {
				t.Parallel()
				f, err := LoadTLS(ServerTLS{CertFile: p.serverFile, CAFile: p.authoritiesFile, CRLFile: tt.crl, RequireClientCert: true})
				p.must(t, err)
				c := p.trusting()
				c.MaxVersion = version
				if len(tt.own) > 0 { // also when it does not match what the server asks for
					own := tt.own[0].tls()
					c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
				}
				srv, _, err := connect(t, f.Config(), c)
				if (err == nil) != (tt.fails == "") || err != nil && !strings.Contains(err.Error(), tt.fails) {
					t.Fatalf("handshake = %v, want %q", err, tt.fails)
				}
				if err != nil {
					return
				}
				want := tt.own[0].cert.Subject.CommonName
				if cn, dn := Identity(&srv); cn != want || dn != "CN="+want+",O=Works" {
					t.Errorf("Identity = %q, %q, want %q and its DN", cn, dn, want)
				}
			})
		}
	}
	if cn, dn := Identity(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{stranger.cert}}); cn+dn != "" {
		t.Errorf("Identity of an unverified certificate = %q, %q", cn, dn)
	}
	if cn, dn := Identity(nil); cn+dn != "" {
		t.Errorf("Identity(nil) = %q, %q", cn, dn)
	}
}

func TestLoadTLSErrors(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	write := func(name, text string) string {
		p.must(t, keepFile(p.file(name), []byte(text)))
		return p.file(name)
	}
	keyOf := func(d *devPair) string {
		der, err := x509.MarshalPKCS8PrivateKey(d.key)
		p.must(t, err)
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	certOnly := write("cert.pem", string(encodeCert(p.server.cert)))
	encrypted := write("encrypted.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
	old := x509.RevocationList{ThisUpdate: time.Now().Add(-2 * time.Hour), NextUpdate: time.Now().Add(-time.Hour)}
	critical := x509.RevocationList{ExtraExtensions: []pkix.Extension{{Id: []int{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}}
	stranger := issue(t, "middle", nil, true)
	crl := func(name string) ServerTLS {
		return ServerTLS{CertFile: p.serverFile, CAFile: p.authoritiesFile, RequireClientCert: true, CRLFile: name}
	}
	tests := []struct {
		name string
		in   ServerTLS
		want []string // all of them
	}{
		{"nothing", ServerTLS{}, []string{"certificate file"}},
		{"no such file", ServerTLS{CertFile: p.file("gone.pem")}, []string{"gone.pem", "no such file"}},
		{"not PEM", ServerTLS{CertFile: write("text", "hello")}, []string{"text: no PEM block"}},
		{"no key", ServerTLS{CertFile: certOnly}, []string{"cert.pem: no PEM block of a private key"}},
		{"key instead", ServerTLS{CertFile: write("key.pem", keyOf(p.server))}, []string{"key.pem", `"CERTIFICATE"`, `"PRIVATE KEY"`}},
		{"wrong key", ServerTLS{CertFile: certOnly, KeyFile: write("other.pem", keyOf(p.other))}, []string{"cert.pem with", "other.pem", "does not match"}},
		{"encrypted key", ServerTLS{CertFile: certOnly, KeyFile: encrypted}, []string{"encrypted.pem", "passphrase", "hint: "}},
		{"bad certificate", ServerTLS{CertFile: p.serverFile, CAFile: write("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")},
			[]string{"bad.pem: certificate 1"}},
		{"no CA", ServerTLS{CertFile: p.serverFile, RequireClientCert: true}, []string{"CA file"}},
		{"old TLS", ServerTLS{CertFile: p.serverFile, MinVersion: tls.VersionTLS11}, []string{"1.2"}},
		{"useless CRL", ServerTLS{CertFile: p.serverFile, CRLFile: "x.crl"}, []string{"x.crl", "no use"}},
		{"CRL is no list", crl(certOnly), []string{"cert.pem", "X509 CRL"}},
		{"CRL is garbage", crl(encrypted + ".gone"), []string{"no such file"}},
		{"CRL in DER is garbage", crl(write("garbage.crl", "\x30\x03\x02\x01\x01")), []string{"garbage.crl: revocation list 1"}},
		{"CRL has expired", crl(p.crl(t, "old.crl", p.middle, old)), []string{"old.crl", "CN=middle", "expired at"}},
		{"CRL by a stranger", crl(p.crl(t, "forged.crl", stranger, x509.RevocationList{})), []string{"forged.crl", "no authority"}},
		{"CRL of changes", crl(p.crl(t, "delta.crl", p.middle, critical)), []string{"delta.crl", "2.5.29.27"}},
	}
	for _, tt := range tests {
		_, err := LoadTLS(tt.in)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: LoadTLS = %v, want %q in it", tt.name, err, want)
			}
		}
	}
}

func TestTLSFilesFollow(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	var logged bytes.Buffer
	f, err := LoadTLS(ServerTLS{CertFile: p.serverFile, CAFile: p.authoritiesFile, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	p.must(t, err)
	var clock atomic.Int64
	f.now = func() time.Time { return time.Now().Add(time.Duration(clock.Load())) }
	serial := func() *big.Int {
		t.Helper()
		clock.Add(int64(checkEvery))
		_, cli, err := connect(t, f.Config(), p.trusting())
		p.must(t, err)
		return cli.PeerCertificates[0].SerialNumber
	}
	if got := serial(); got.Cmp(p.server.cert.SerialNumber) != 0 {
		t.Fatalf("serial number = %v, want %v", got, p.server.cert.SerialNumber)
	}
	renewed := issue(t, "server", p.middle, false)
	p.must(t, renewed.write(p.serverFile))
	if got := serial(); got.Cmp(renewed.cert.SerialNumber) != 0 {
		t.Errorf("after the change: %v, want %v", got, renewed.cert.SerialNumber)
	}
	// A bad file changes nothing, and is logged once.
	p.must(t, keepFile(p.serverFile, []byte("half a cert")))
	for range 3 {
		if got := serial(); got.Cmp(renewed.cert.SerialNumber) != 0 {
			t.Errorf("with a bad file: %v, want %v", got, renewed.cert.SerialNumber)
		}
	}
	if n := strings.Count(logged.String(), "cannot be used"); n != 1 {
		t.Errorf("logged %d times, want once:\n%s", n, &logged)
	}
	if err := f.Reload(); err == nil || !strings.Contains(err.Error(), p.serverFile) {
		t.Errorf("Reload() = %v, want an error that names the file", err)
	}
	p.must(t, p.server.write(p.serverFile))
	p.must(t, f.Reload())
	if got := f.config.Load().Certificates[0].Leaf.SerialNumber; got.Cmp(p.server.cert.SerialNumber) != 0 {
		t.Errorf("after Reload: %v, want %v", got, p.server.cert.SerialNumber)
	}
}

// TestTLSFilesRevoke: a client whose certificate is revoked later does not come
// back by resuming its session.
func TestTLSFilesRevoke(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	f, err := LoadTLS(ServerTLS{CertFile: p.serverFile, CAFile: p.authoritiesFile, RequireClientCert: true,
		CRLFile: p.crl(t, "list.crl", p.middle, x509.RevocationList{})})
	p.must(t, err)
	server, client := f.Config(), p.trusting(p.client)
	client.Certificates[0].Certificate = append(client.Certificates[0].Certificate, p.middle.cert.Raw)
	client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	for range 2 {
		srv, _, err := connect(t, server, client)
		p.must(t, err)
		if srv.DidResume {
			t.Error("a session was resumed")
		}
	}
	p.crl(t, "list.crl", p.middle, x509.RevocationList{Number: big.NewInt(2)}, p.client)
	p.must(t, f.Reload())
	if _, _, err := connect(t, server, client); !errors.Is(err, errRevoked) {
		t.Errorf("handshake of a revoked client = %v, want %v", err, errRevoked)
	}
}

func TestTLSListenerReloadsWithoutDropping(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	f, err := LoadTLS(ServerTLS{CertFile: p.serverFile, CAFile: p.authoritiesFile})
	p.must(t, err)
	ln, u := listen(t, "mqtts://127.0.0.1:0", ListenOptions{TLS: f.Config()})
	echo(t, ln)
	c := p.trusting()
	c.ServerName = "localhost"
	nc, err := Dial(t.Context(), u, Options{TLS: c})
	p.must(t, err)
	roundTrip(t, nc)
	p.must(t, issue(t, "server", p.middle, false).write(p.serverFile))
	p.must(t, f.Reload())
	roundTrip(t, nc)
	_ = nc.Close()
}
