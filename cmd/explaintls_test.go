package cmd

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the broker does not like about the client's certificate is told with the
// certificate, over WebSocket too.
func TestClientCertificateRefused(t *testing.T) {
	t.Parallel()
	brokers, clients := t.TempDir(), t.TempDir()
	cert, key := certificate(t, brokers)
	own, ownKey := certificate(t, clients)
	url := serveURL(t, "--listen", "any://127.0.0.1:0", "--cert", cert, "--key", key, "--cafile", cert, "--require-client-cert")
	_, at, _ := strings.Cut(url, "://")
	const none = "the broker ended the TLS handshake: certificate required\n" +
		"mqt: hint: the broker may want a client certificate: --cert FILE --key FILE\n"
	const other = "the broker does not accept the client certificate (CN=test broker, issued by CN=test broker, valid until "
	for _, tt := range []struct {
		scheme string
		flags  []string
		want   string
	}{
		{"mqtts", nil, none},
		{"wss", nil, none},
		{"mqtts", []string{"--cert", own, "--key", ownKey}, other},
		{"wss", []string{"--cert", own, "--key", ownKey}, other},
		{"mqtts", []string{"--cert", cert, "--key", key}, ""},
	} {
		broker := tt.scheme + "://" + at
		args := append([]string{"pub", "-L", broker, "--cafile", cert, "-t", "a", "-m", "x", "-q", "1"}, tt.flags...)
		code, _, stderr := mqtRun(t, args...)
		want, wantCode := "", exitDone
		if tt.want != "" {
			want, wantCode = fmt.Sprintf("mqt: connect %s: %s", broker, tt.want), exitFailed
		}
		if code != wantCode || !strings.HasPrefix(stderr, want) || want == "" && stderr != "" {
			t.Errorf("pub to %s with %q = %d, %q, want %d, %q", broker, tt.flags, code, stderr, wantCode, want)
		}
		if tt.want == other && !strings.HasSuffix(stderr, ": unknown certificate authority\n"+
			"mqt: hint: give one of an authority that the broker trusts with --cert FILE --key FILE\n") {
			t.Errorf("pub to %s with %q: %q, want the reason and a hint", broker, tt.flags, stderr)
		}
	}
}

// So it is by mqt bench, with --certs too.
func TestBenchClientCertificateRefused(t *testing.T) {
	t.Parallel()
	brokers, clients := t.TempDir(), t.TempDir()
	cert, key := certificate(t, brokers)
	own, ownKey := certificate(t, clients)
	certs := t.TempDir()
	if err := errors.Join(os.Link(own, filepath.Join(certs, "a.crt")), os.Link(ownKey, filepath.Join(certs, "a.key"))); err != nil {
		t.Fatal(err)
	}
	url := serveURL(t, "--listen", "mqtts://127.0.0.1:0", "--cert", cert, "--key", key, "--cafile", cert, "--require-client-cert")
	const none = "mqt: bench: no client could connect: the broker ended the TLS handshake: certificate required\n" +
		"mqt: hint: the broker may want a client certificate: --cert FILE --key FILE\n"
	const other = "mqt: bench: no client could connect: the broker does not accept the client certificate (CN=test broker, issued by CN=test broker, valid until "
	const give = ": unknown certificate authority\nmqt: hint: give one of an authority that the broker trusts with --cert FILE --key FILE\n"
	for _, tt := range []struct {
		flags       []string
		begin, last string
	}{
		{nil, none, none},
		{[]string{"--cert", own, "--key", ownKey}, other, give},
		{[]string{"--certs", certs}, other, give},
	} {
		args := append([]string{"bench", "conn", "-c", "1", "--url", url, "--cafile", cert, "--duration", "0.1", "--quiet"}, tt.flags...)
		if code, _, stderr := mqtRun(t, args...); code != exitFailed || !strings.HasPrefix(stderr, tt.begin) || !strings.HasSuffix(stderr, tt.last) {
			t.Errorf("%q = %d, %q, want 1, %q … %q", args, code, stderr, tt.begin, tt.last)
		}
	}
}

// Other reasons to end the handshake are told with what to try.
func TestHandshakeRefused(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t, t.TempDir())
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	at := each(t, func(_ int, nc net.Conn) {
		old := &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: tls.VersionTLS12, NextProtos: []string{"h2"}}
		tls.Server(nc, old).Handshake()
	})
	for flags, want := range map[string]string{
		"--tls-version tlsv1.3": "protocol version not supported\nmqt: hint: try without --tls-version",
		"--tls-alpn mqtt":       "no application protocol\nmqt: hint: try without --tls-alpn",
	} {
		args := append([]string{"pub", "-L", "mqtts://" + at, "--cafile", cert, "-t", "a", "-m", "x"}, strings.Fields(flags)...)
		want = "mqt: connect mqtts://" + at + ": the broker ended the TLS handshake: " + want
		if code, _, stderr := mqtRun(t, args...); code != exitFailed || !strings.HasPrefix(stderr, want) {
			t.Errorf("pub %s = %d, %q, want 1 and %q", flags, code, stderr, want)
		}
	}
}
