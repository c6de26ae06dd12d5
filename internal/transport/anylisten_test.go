package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// refusals collects what a listener refused.
type refusals chan error

func (r refusals) note(_ net.Addr, err error) {
	select {
	case r <- err:
	default:
	}
}

func mustListen(t *testing.T, s string, o ListenOptions) (net.Listener, *url.URL) {
	t.Helper()
	u, err := ParseListen(s)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := Listen(t.Context(), u, o)
	if err != nil {
		t.Fatalf("Listen(%s) = %v", s, err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	u.Host = ln.Addr().String()
	return ln, u
}

// accepted accepts one connection in the background.
func accepted(t *testing.T, ln net.Listener) <-chan net.Conn {
	ch := make(chan net.Conn, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(ch)
		if nc, err := ln.Accept(); err == nil {
			t.Cleanup(func() { _ = nc.Close() })
			ch <- nc
		}
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
	return ch
}

func greet(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%s tls=%t", r.URL.Path, r.TLS != nil)
}

// exchange sends a CONNECT-like message from client to server and back.
func exchange(t *testing.T, client, server net.Conn) {
	t.Helper()
	msg := []byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")
	got := make([]byte, len(msg))
	if _, err := io.ReadFull(server, got); err != nil || !bytes.Equal(got, msg) {
		t.Fatalf("the server read %q, %v, want %q", got, err, msg)
	}
	go func() { _, _ = server.Write(msg) }()
	if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, msg) {
		t.Errorf("the client read %q, %v, want %q", got, err, msg)
	}
}

func TestAnyTellsApart(t *testing.T) {
	t.Parallel()
	server, client := certificate(t)
	ln, u := mustListen(t, "any://127.0.0.1:0", ListenOptions{TLS: server, Handler: http.HandlerFunc(greet)})
	for _, tt := range []struct {
		scheme  string
		overTLS bool
	}{{"mqtt", false}, {"mqtts", true}, {"ws", false}, {"wss", true}} {
		t.Run(tt.scheme, func(t *testing.T) { // one after the other: they share the listener
			to := *u
			to.Scheme = tt.scheme
			type result struct {
				nc  net.Conn
				err error
			}
			ch := make(chan result, 1)
			go func() { nc, err := ln.Accept(); ch <- result{nc, err} }()
			nc, err := Dial(t.Context(), &to, Options{TLS: client})
			if err != nil {
				t.Fatalf("Dial(%s) = %v", &to, err)
			}
			defer func() { _ = nc.Close() }()
			if _, err := nc.Write([]byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")); err != nil {
				t.Fatal(err)
			}
			r := <-ch
			if r.err != nil {
				t.Fatalf("Accept() = %v", r.err)
			}
			defer func() { _ = r.nc.Close() }()
			exchange(t, nc, r.nc)
			if r.nc.RemoteAddr().String() != nc.LocalAddr().String() {
				t.Errorf("RemoteAddr() = %v, want %v", r.nc.RemoteAddr(), nc.LocalAddr())
			}
			state, ok := r.nc.(stater)
			if ok != tt.overTLS {
				t.Errorf("%T tells a TLS state: %t, want %t", r.nc, ok, tt.overTLS)
			}
			if ok && !state.ConnectionState().HandshakeComplete {
				t.Error("ConnectionState().HandshakeComplete = false")
			}
			if _, bare := r.nc.(*net.TCPConn); runtime.GOOS == "linux" && bare != (tt.scheme == "mqtt") {
				t.Errorf("Accept() = %T", r.nc)
			}
		})
	}
	tr := &http.Transport{TLSClientConfig: client}
	defer tr.CloseIdleConnections()
	for scheme, want := range map[string]string{"http": "/x tls=false", "https": "/x tls=true"} {
		res, err := (&http.Client{Transport: tr}).Get(scheme + "://" + u.Host + "/x")
		if err != nil {
			t.Errorf("GET %s: %v", scheme, err)
			continue
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if string(body) != want || err != nil {
			t.Errorf("GET %s/x = %q, %v, want %q", scheme, body, err, want)
		}
	}
}

func TestAnyRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, send string
		want       error
	}{
		{"TLS without a certificate", "\x16\x03\x01", errNoTLS},
		{"another MQTT packet", "\x30\x02\x00\x00", errWrongProtocol},
		{"zero", "\x00", errWrongProtocol},
		{"nothing", "", io.EOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			why := make(refusals, 1)
			ln, u := mustListen(t, "any://127.0.0.1:0", ListenOptions{Refused: why.note})
			accepted(t, ln)
			nc, err := net.Dial("tcp", u.Host)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = nc.Close() }()
			if _, err := nc.Write([]byte(tt.send)); err != nil {
				t.Fatal(err)
			}
			_ = nc.(*net.TCPConn).CloseWrite() // the server may have closed by now
			if err := <-why; !errors.Is(err, tt.want) {
				t.Errorf("refused because %v, want %v", err, tt.want)
			}
			if _, err := nc.Read(make([]byte, 1)); err == nil {
				t.Error("the connection is still open")
			}
		})
	}
}

func TestAnySilentDoesNotBlock(t *testing.T) {
	t.Parallel()
	why := make(refusals, 64)
	ln, u := mustListen(t, "any://127.0.0.1:0", ListenOptions{MaxPending: 4, Refused: why.note, Handler: http.HandlerFunc(greet)})
	got := accepted(t, ln)
	for i := range 12 { // silent, or in the middle of something
		nc, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = nc.Close() }()
		if i%2 == 1 {
			_, _ = nc.Write([]byte("GET / HTTP/1.1\r\nHost: "))
		}
	}
	nc, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if _, err := nc.Write([]byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")); err != nil {
		t.Fatal(err)
	}
	exchange(t, nc, <-got)
	if err := <-why; !errors.Is(err, errCrowded) {
		t.Errorf("refused because %v, want %v", err, errCrowded)
	}
}

func TestAnyOverUnixSocket(t *testing.T) {
	t.Parallel()
	base, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := Wrap(base, &url.URL{Scheme: "any"}, ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := accepted(t, ln)
	nc, err := net.Dial("unix", base.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if _, err := nc.Write([]byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")); err != nil {
		t.Fatal(err)
	}
	server := <-got
	exchange(t, nc, server)
	if _, bare := server.(*net.UnixConn); runtime.GOOS == "linux" && !bare {
		t.Errorf("Accept() = %T, want *net.UnixConn", server)
	}
}

func TestHTTPListener(t *testing.T) {
	t.Parallel()
	ln, u := mustListen(t, "http://127.0.0.1:0", ListenOptions{Handler: http.HandlerFunc(greet)})
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr}).Get("http://" + u.Host + "/mqtt")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if want := "/mqtt tls=false"; string(body) != want {
		t.Errorf("GET /mqtt = %q, want %q", body, want)
	}
	to := *u
	to.Scheme = "ws"
	if nc, err := Dial(t.Context(), &to, Options{}); err == nil {
		_ = nc.Close()
		t.Error("Dial(ws) of an http listener = nil error")
	}
	_ = ln.Close()
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept() = %v, want %v", err, net.ErrClosed)
	}
	if _, err := Listen(t.Context(), &url.URL{Scheme: "http", Host: "127.0.0.1:0"}, ListenOptions{}); err == nil {
		t.Error("Listen(http) without a handler = nil error")
	}
}

// pipeListener yields the connections that are sent to it.
type pipeListener struct{ *handoff }

func newPipeListener() pipeListener {
	return pipeListener{newHandoff(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1})}
}

// dial returns the client's end of a connection from addr.
func (p pipeListener) dial(addr string) net.Conn {
	client, server := net.Pipe()
	from, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		panic(err)
	}
	p.conns <- &pipeEnd{Conn: server, from: from}
	return client
}

type pipeEnd struct {
	net.Conn
	from net.Addr
}

func (p *pipeEnd) RemoteAddr() net.Addr { return p.from }

// TestTimeouts also covers the way without peeking: a pipe is no socket.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	server, _ := certificate(t)
	for _, send := range []string{"", "\x16\x03\x01\x02", "GET / HTTP/1.1\r\nHost"} {
		t.Run(fmt.Sprintf("%q", send), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				base := newPipeListener()
				why := make(refusals, 1)
				ln, err := Wrap(base, &url.URL{Scheme: "any"}, ListenOptions{TLS: server, Refused: why.note})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				nc := base.dial("192.0.2.1:9")
				_, _ = nc.Write([]byte(send))
				_, _ = io.Copy(io.Discard, nc) // until the server closes
				if d := time.Since(start); d != defaultTimeout {
					t.Errorf("closed after %v, want %v", d, defaultTimeout)
				}
				if !strings.HasPrefix(send, "GET") {
					if err := <-why; !errors.Is(err, errSilent) {
						t.Errorf("refused because %v, want %v", err, errSilent)
					}
				}
				// A connection that came in time has no deadline any more.
				nc = base.dial("192.0.2.1:9")
				_, _ = nc.Write([]byte("\x10"))
				got, err := ln.Accept()
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				go func() { _, _ = nc.Write([]byte("\x00")) }()
				b := make([]byte, 2)
				if _, err := io.ReadFull(got, b); err != nil || string(b) != "\x10\x00" {
					t.Errorf("read %q, %v, want %q", b, err, "\x10\x00")
				}
				_, _, _ = nc.Close(), got.Close(), ln.Close()
			})
		})
	}
}

// TestSlowHandler: a request that is being answered has neither a deadline nor
// a place among those that wait.
func TestSlowHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		base := newPipeListener()
		slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Hour)
			greet(w, r)
		})
		ln, err := Wrap(base, &url.URL{Scheme: "any"}, ListenOptions{Handler: slow, MaxPending: 1})
		if err != nil {
			t.Fatal(err)
		}
		const get = "GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
		var all [2]net.Conn
		for i := range all {
			all[i] = base.dial("192.0.2.1:9")
			if _, err := all[i].Write([]byte(get)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for _, nc := range all {
			if text, err := io.ReadAll(nc); !strings.HasSuffix(string(text), "/slow tls=false") {
				t.Errorf("read %q, %v, want the answer", text, err)
			}
			_ = nc.Close()
		}
		_ = ln.Close()
	})
}

func TestClassify(t *testing.T) {
	t.Parallel()
	for b := range 256 {
		want := unknownProtocol
		switch {
		case b == 0x10:
			want = mqttProtocol
		case b == 0x16:
			want = tlsProtocol
		case strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZ", rune(b)):
			want = httpProtocol
		}
		if got := classify(byte(b)); got != want {
			t.Errorf("classify(%#02x) = %d, want %d", b, got, want)
		}
	}
}

// FuzzSniff sends foreign bytes to an any listener: MQTT must arrive byte for
// byte, everything else must never be accepted.
func FuzzSniff(f *testing.F) {
	for _, s := range []string{"", "\x10", "\x10\x0c\x00\x04MQTT", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\x05hello", "\x00", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"} {
		f.Add([]byte(s))
	}
	base := newPipeListener()
	ln, err := Wrap(base, &url.URL{Scheme: "any"}, ListenOptions{TLS: &tls.Config{Certificates: []tls.Certificate{{}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = ln.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		nc := base.dial("192.0.2.1:9")
		drained := make(chan struct{})
		go func() { defer close(drained); _, _ = io.Copy(io.Discard, nc) }()
		if len(data) > 0 && data[0] == 0x10 {
			accepted := make(chan struct{})
			go func() {
				_, _ = nc.Write(data[:1])
				<-accepted // a pipe that is closed earlier cannot be handed on
				_, _ = nc.Write(data[1:])
				_ = nc.Close()
			}()
			got, err := ln.Accept()
			if err != nil {
				t.Fatal(err)
			}
			close(accepted)
			all, err := io.ReadAll(got)
			_ = got.Close()
			if err != nil || !bytes.Equal(all, data) {
				t.Errorf("the server read %q, %v, want %q", all, err, data)
			}
		} else {
			_, _ = nc.Write(data)
			_ = nc.Close()
		}
		<-drained
	})
}
