package transport

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// certificate returns matching server and client configurations.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: pool}
}

func mustParse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := ParseURL(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// listen listens at s and returns the URL to dial.
func listen(t *testing.T, s string, o ListenOptions) (net.Listener, *url.URL) {
	t.Helper()
	u := mustParse(t, s)
	ln, err := Listen(t.Context(), u, o)
	if err != nil {
		t.Fatalf("Listen(%s) = %v", s, err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	if u.Scheme != "unix" {
		u.Host = ln.Addr().String()
	}
	return ln, u
}

// echo accepts one connection and sends back what it reads.
func echo(t *testing.T, ln net.Listener) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		_, _ = io.Copy(nc, nc)
		_ = nc.Close()
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
}

func roundTrip(t *testing.T, nc net.Conn) {
	t.Helper()
	want := bytes.Repeat([]byte("0123456789abcdef"), 8192) // larger than one read
	go func() { _, _ = nc.Write(want) }()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(nc, got); err != nil {
		t.Fatalf("read the echo: %v", err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the echo differs from what was sent")
	}
}

func TestDialListen(t *testing.T) {
	t.Parallel()
	server, client := certificate(t)
	sock := filepath.Join(t.TempDir(), "s")
	for _, s := range []string{"mqtt://127.0.0.1:0", "mqtts://127.0.0.1:0", "ws://127.0.0.1:0", "wss://127.0.0.1:0/deep/path", "unix://" + sock} {
		t.Run(strings.Split(s, ":")[0], func(t *testing.T) {
			t.Parallel()
			ln, u := listen(t, s, ListenOptions{TLS: server})
			echo(t, ln)
			nc, err := Dial(t.Context(), u, Options{TLS: client, NoDelay: true})
			if err != nil {
				t.Fatalf("Dial(%s) = %v", u, err)
			}
			roundTrip(t, nc)
			if u.Scheme != "unix" && nc.RemoteAddr().String() != u.Host {
				t.Errorf("RemoteAddr() = %s, want %s", nc.RemoteAddr(), u.Host)
			}
			if err := nc.Close(); err != nil {
				t.Errorf("Close() = %v, want nil", err)
			}
		})
	}
}

func TestListenerTypes(t *testing.T) {
	t.Parallel()
	ln, _ := listen(t, "mqtt://127.0.0.1:0", ListenOptions{})
	if _, ok := ln.(*net.TCPListener); !ok {
		t.Errorf("Listen(mqtt) = %T, want *net.TCPListener", ln)
	}
	ln, _ = listen(t, "unix://"+filepath.Join(t.TempDir(), "s"), ListenOptions{})
	if _, ok := ln.(*net.UnixListener); !ok {
		t.Errorf("Listen(unix) = %T, want *net.UnixListener", ln)
	}
	if _, err := Listen(t.Context(), mustParse(t, "mqtts://127.0.0.1:0"), ListenOptions{}); err == nil {
		t.Error("Listen(mqtts) without a certificate = nil error")
	}
}

func TestUnixSocketInTheWay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	live := filepath.Join(dir, "live")
	listen(t, "unix://"+live, ListenOptions{})
	if _, err := Listen(t.Context(), mustParse(t, "unix://"+live), ListenOptions{}); !errors.Is(err, errInUse) {
		t.Errorf("Listen(live socket) = %v, want %v", err, errInUse)
	}
	stale := filepath.Join(dir, "stale")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	_ = ln.Close()
	listen(t, "unix://"+stale, ListenOptions{})
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), mustParse(t, "unix://"+file), ListenOptions{}); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("Listen(file) = %v, want an error that says it is not a socket", err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the file is gone: %v", err)
	}
}

func TestTLSFailure(t *testing.T) {
	t.Parallel()
	server, _ := certificate(t)
	ln, u := listen(t, "mqtts://127.0.0.1:0", ListenOptions{TLS: server})
	echo(t, ln)
	var unknown x509.UnknownAuthorityError
	if _, err := Dial(t.Context(), u, Options{}); !errors.As(err, &unknown) {
		t.Errorf("Dial with an unknown authority = %v, want x509.UnknownAuthorityError", err)
	}
}

func TestTLSHandshakeEndsWithContext(t *testing.T) {
	t.Parallel()
	_, u := listen(t, "mqtt://127.0.0.1:0", ListenOptions{}) // never answers
	u.Scheme = "mqtts"
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, u, Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Dial = %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestWebSocketRefusals(t *testing.T) {
	t.Parallel()
	_, u := listen(t, "ws://127.0.0.1:0", ListenOptions{Origins: []string{"good.example"}})
	tests := []struct {
		name, path, protocol, origin string
		want                         int
	}{
		{"fine", "/mqtt", "mqtt", "", http.StatusSwitchingProtocols},
		{"listed origin", "/mqtt", "mqtt", "http://good.example", http.StatusSwitchingProtocols},
		{"own origin", "/mqtt", "mqtt", "http://" + u.Host, http.StatusSwitchingProtocols},
		{"foreign origin", "/mqtt", "mqtt", "http://evil.example", http.StatusForbidden},
		{"wrong subprotocol", "/mqtt", "soap", "", http.StatusBadRequest},
		{"no subprotocol", "/mqtt", "", "", http.StatusBadRequest},
		{"wrong path", "/other", "mqtt", "", http.StatusNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := &http.Transport{}
			defer tr.CloseIdleConnections()
			o := &websocket.DialOptions{HTTPClient: &http.Client{Transport: tr}, HTTPHeader: http.Header{}}
			if tt.protocol != "" {
				o.Subprotocols = []string{tt.protocol}
			}
			if tt.origin != "" {
				o.HTTPHeader.Set("Origin", tt.origin)
			}
			c, res, err := websocket.Dial(t.Context(), "ws://"+u.Host+tt.path, o)
			if res == nil {
				t.Fatalf("dial: %v", err)
			}
			if res.StatusCode != tt.want {
				t.Errorf("status = %d, want %d", res.StatusCode, tt.want)
			}
			if c != nil {
				_ = c.CloseNow()
			}
		})
	}
}

func TestWebSocketHeaderAndTextFrame(t *testing.T) {
	t.Parallel()
	ln, u := listen(t, "ws://127.0.0.1:0", ListenOptions{WSPath: "/p"})
	got := make(chan error, 1)
	go func() {
		nc, err := ln.Accept()
		if err == nil {
			_, err = nc.Read(make([]byte, 1))
			_ = nc.Close()
		}
		got <- err
	}()
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	c, _, err := websocket.Dial(t.Context(), "ws://"+u.Host+"/p", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: tr}, Subprotocols: []string{"mqtt"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.CloseNow() }()
	if err := c.Write(t.Context(), websocket.MessageText, []byte("x")); err != nil {
		t.Fatal(err)
	}
	_, _, _ = c.Read(t.Context()) // answers the server's close frame
	if err := <-got; err == nil || errors.Is(err, io.EOF) {
		t.Errorf("Read of a text frame = %v, want an error", err)
	}
}

func TestWebSocketCloseEndsAccept(t *testing.T) {
	t.Parallel()
	ln, u := listen(t, "ws://127.0.0.1:0", ListenOptions{})
	nc, err := Dial(t.Context(), u, Options{}) // upgraded, but nobody accepts it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if err := ln.Close(); err != nil {
		t.Fatalf("Close() = %v", err)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept() = %v, want %v", err, net.ErrClosed)
	}
	if _, err := nc.Read(make([]byte, 1)); err == nil {
		t.Error("the connection that nobody accepted is still open")
	}
}

func TestLocalAddr(t *testing.T) {
	t.Parallel()
	ln, u := listen(t, "mqtt://127.0.0.1:0", ListenOptions{})
	echo(t, ln)
	nc, err := Dial(t.Context(), u, Options{LocalAddr: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, nc)
	_ = nc.Close()
}
