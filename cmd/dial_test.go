package cmd

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"mqt/internal/sockstest"
)

// each calls serve with each connection to a listener of its own, numbered
// from 0, and closes it then. The test's end waits for all of them.
func each(t *testing.T, serve func(n int, nc net.Conn)) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			serve(n, nc)
			nc.Close()
		}
	}()
	t.Cleanup(func() { ln.Close(); <-done })
	return ln.Addr().String()
}

// forward copies between nc and what listens at url until either ends.
func forward(nc net.Conn, r io.Reader, url string) {
	out, err := net.Dial("tcp", strings.TrimPrefix(url, "mqtt://"))
	if err != nil {
		return
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		io.Copy(nc, out)
		nc.Close()
	}()
	io.Copy(out, r)
	out.Close()
	<-back
}

// --retry-connect tries the first connection again; without it that is one
// attempt.
func TestRetryConnect(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	flaky := "mqtt://" + each(t, func(n int, nc net.Conn) {
		if n != 1 {
			forward(nc, nc, url)
		}
	})
	args := []string{"pub", "-L", flaky, "-t", "a", "-m", "x", "-q", "1", "-V", "5"}
	if code, _, stderr := mqtRun(t, args...); code != exitDone {
		t.Fatalf("pub = %d, %s", code, stderr)
	}
	code, _, stderr := mqtRun(t, append(args, "--retry-connect")...) // the second connection fails, not the third
	if code != exitDone || !strings.Contains(stderr, "connecting again in ") {
		t.Errorf("pub --retry-connect = %d, %q, want 0 after another attempt", code, stderr)
	}
	dead := "mqtt://" + each(t, func(int, net.Conn) {})
	if code, _, stderr := mqtRun(t, "pub", "-L", dead, "-t", "a", "-m", "x"); code != exitFailed || strings.Contains(stderr, "again") {
		t.Errorf("pub = %d, %q, want 1 after one attempt", code, stderr)
	}
}

// --ws-header and --ws-path are in the request of a WebSocket.
func TestWSHeader(t *testing.T) {
	t.Parallel()
	requests := make(chan *http.Request, 1)
	addr := each(t, func(_ int, nc net.Conn) {
		if r, err := http.ReadRequest(bufio.NewReader(nc)); err == nil {
			requests <- r
		}
		io.WriteString(nc, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
	})
	code, _, stderr := mqtRun(t, "pub", "-L", "ws://"+addr, "--ws-path", "/there", "--ws-header", "Authorization: Bearer a:b", "--ws-header", "X-Two:1",
		"--ws-header", "X-Two: 2", "-t", "a", "-m", "x")
	if code != exitFailed || !strings.Contains(stderr, "403") {
		t.Errorf("pub = %d, %q, want 1 and 403", code, stderr)
	}
	r := <-requests
	got := []string{r.URL.Path, r.Header.Get("Authorization"), strings.Join(r.Header["X-Two"], ","), r.Header.Get("Sec-WebSocket-Protocol")}
	if want := []string{"/there", "Bearer a:b", "1,2", "mqtt"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the request has %q, want %q", got, want)
	}
}

// --proxy leads through a SOCKS5 proxy, RFC 1928, with name and password,
// RFC 1929; the proxy looks up the broker's name.
func TestProxyFlag(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	proxy := sockstest.Start(t, strings.TrimPrefix(url, "mqtt://"))
	code, _, stderr := mqtRun(t, "pub", "-h", "broker.invalid", "--proxy", "socks5h://us%40er:p%3A%2F@"+proxy.Addr, "-t", "a", "-m", "x", "-q", "1")
	if code != exitDone {
		t.Errorf("pub = %d, %s", code, stderr)
	}
	if got, want := proxy.Asked(), []string{"3 broker.invalid:1883 us@er:p:/"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the proxy was asked %q, want %q", got, want)
	}
}

// The clients of mqt bench connect through a proxy too, and to nothing in vain
// for longer than they may.
func TestBenchConnects(t *testing.T) {
	t.Parallel()
	proxy := sockstest.Start(t, strings.TrimPrefix(serveURL(t, "--listen", "mqtt://127.0.0.1:0"), "mqtt://"))
	code, stdout, stderr := mqtRun(t, "bench", "p2p", "-h", "broker.invalid", "--proxy", "socks5h://u:secret@"+proxy.Addr,
		"--publishers", "2", "--rate", "100", "--count", "20", "--quiet", "--slo", "delivered==20")
	if code != exitDone || strings.Contains(stdout, "secret") {
		t.Errorf("bench p2p = %d, %s%s, want 0 and no secret", code, stdout, stderr)
	}
	for _, what := range proxy.Asked() {
		if want := "3 broker.invalid:1883 u:secret"; what != want {
			t.Errorf("the proxy was asked %q, want %q", what, want)
		}
	}
	code, _, stderr = mqtRun(t, "bench", "conn", "--proxy", "socks5h://u:secret@127.0.0.1:1", "-c", "1", "--quiet")
	if code != exitFailed || !strings.Contains(stderr, "hint: check --proxy") || strings.Contains(stderr, "secret") {
		t.Errorf("bench conn = %d, %q, want 1 and to check the proxy", code, stderr)
	}
	mute := "mqtt://" + each(t, func(_ int, nc net.Conn) { io.Copy(io.Discard, nc) })
	code, _, stderr = mqtRun(t, "bench", "conn", "--url", mute, "-c", "1", "--connect-timeout", "0.05", "--quiet")
	if code != exitFailed || !strings.Contains(stderr, "bench: no client could connect: no ") || !strings.Contains(stderr, " within 50ms\n") {
		t.Errorf("bench conn = %d, %q, want 1 and what did not come within 50ms", code, stderr)
	}
}

// Answers that are no MQTT, or say no, have a next step.
func TestBenchRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer, want string
		code         int
	}{
		{"\x20\x02\x00\x01", "-V 5, -V 4 or -V 3", exitRefused},
		{"\x20\x02\x00\x02", "add --shortids", exitRefused},
		{"\x20\x02\x00\x05", "give -u NAME", exitRefused},
		{"HTTP/1.1 400 Bad Request\r\n\r\n", "(--ws)", exitFailed},
		{"", "TLS (-S), or WebSocket (--ws)", exitFailed},
	} {
		url := "mqtt://" + each(t, func(_ int, nc net.Conn) {
			io.WriteString(nc, tt.answer)
			if tt.answer != "" {
				io.Copy(io.Discard, nc)
			}
		})
		code, _, stderr := mqtRun(t, "bench", "conn", "--url", url, "-c", "1", "-V", "3", "--quiet")
		if code != tt.code || !strings.Contains(stderr, "\nmqt: hint: ") || !strings.Contains(stderr, tt.want) {
			t.Errorf("answered with %q: bench conn = %d, %q, want %d and %q", tt.answer, code, stderr, tt.code, tt.want)
		}
	}
}
