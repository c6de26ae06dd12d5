package cmd

import (
	"net"
	"strings"
	"testing"
)

// closing accepts connections, answers each with text and closes it.
func closing(t *testing.T, text string) (port string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer nc.Close()
				b := make([]byte, 1024)
				nc.Read(b)
				nc.Write([]byte(text))
			}()
		}
	}()
	_, port, _ = net.SplitHostPort(ln.Addr().String())
	return port
}

// Whatever else listens on a port, the error says what to try.
func TestWrongPort(t *testing.T) {
	t.Parallel()
	silent, web := closing(t, ""), closing(t, "HTTP/1.1 400 Bad Request\r\n\r\n")
	elsewhere, guarded := closing(t, "HTTP/1.1 404 Not\x1bFound\r\n\r\n"), closing(t, "HTTP/1.1 401 Unauthorized\r\n\r\n")
	tests := []struct {
		name, port string
		args       []string
		want       string
	}{
		{name: "TLS", port: silent, want: "hint: the port may want TLS: add --cafile FILE"},
		{name: "no TLS", port: silent, args: []string{"--tls-use-os-certs"}, want: "hint: the broker does not speak TLS there"},
		{name: "no WebSocket", port: silent, args: []string{"--ws"}, want: "hint: the port may not be one for WebSocket"},
		{name: "a web server", port: web, want: "the answer is not MQTT: "},
		{name: "no WebSocket over TLS", port: web, args: []string{"--ws", "--tls-use-os-certs"}, want: "hint: the broker does not speak TLS there"},
		{name: "a web server for WebSocket", port: web, args: []string{"--ws"},
			want: ": the server answered the WebSocket request with 400 Bad Request\nmqt: hint: the port may be one for something else"},
		{name: "another path", port: elsewhere, args: []string{"--ws"},
			want: ": the server answered the WebSocket request with 404 Not\\x1bFound\nmqt: hint: MQTT may be at another path: --ws-path PATH"},
		{name: "a login", port: guarded, args: []string{"--ws"},
			want: ": the server answered the WebSocket request with 401 Unauthorized\nmqt: hint: the server may want a header"},
		{name: "the proxy", port: "1", args: []string{"--proxy", "socks5h://127.0.0.1:" + silent},
			want: "connect mqtt://127.0.0.1:1 through the proxy 127.0.0.1:" + silent + ": EOF\n"},
	}
	for _, tt := range tests {
		args := append([]string{"pub", "-h", "127.0.0.1", "-p", tt.port, "-t", "a", "-m", "x"}, tt.args...)
		if code, _, stderr := mqtRun(t, args...); code != exitFailed || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: pub = %d, %q, want 1 and %q", tt.name, code, stderr, tt.want)
		}
	}
	if code, _, stderr := mqtRun(t, "sub", "-h"); code != exitUsage || !strings.Contains(stderr, `-h is the broker's host; "mqt sub --help" shows the help`) {
		t.Errorf("sub -h = %d, %q", code, stderr)
	}
}
