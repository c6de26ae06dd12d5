package cmd

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
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
	asked := make(chan string, 1)
	addr := each(t, func(_ int, nc net.Conn) {
		r := bufio.NewReader(nc)
		next := func(n int) string {
			b := make([]byte, n)
			io.ReadFull(r, b)
			return string(b)
		}
		next(int(next(2)[1])) // the methods
		nc.Write([]byte{5, 2})
		user := next(int(next(2)[1]))
		password := next(int(next(1)[0]))
		nc.Write([]byte{1, 0})
		next(4) // CONNECT to a name
		asked <- user + " " + password + " " + next(int(next(1)[0]))
		next(2)
		nc.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		forward(nc, r, url)
	})
	code, _, stderr := mqtRun(t, "pub", "-h", "broker.invalid", "--proxy", "socks5h://us%40er:p%3A%2F@"+addr, "-t", "a", "-m", "x", "-q", "1")
	if code != exitDone {
		t.Errorf("pub = %d, %s", code, stderr)
		return
	}
	if got, want := <-asked, "us@er p:/ broker.invalid"; got != want {
		t.Errorf("the proxy was asked %q, want %q", got, want)
	}
}
