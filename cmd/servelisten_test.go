package cmd

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// Every kind of listener serves at once, and all of them one broker.
func TestServeListeners(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := certificate(t, dir)
	socket := filepath.Join(dir, "s")
	var args []string
	for _, at := range []string{"mqtt://127.0.0.1:0", "mqtts://127.0.0.1:0", "ws://127.0.0.1:0/there", "wss://127.0.0.1:0",
		"unix://" + socket, "http://127.0.0.1:0", "https://127.0.0.1:0", "any://127.0.0.1:0"} {
		args = append(args, "--listen", at)
	}
	s := startServe(t, append(args, "--cert", cert, "--key", key)...)
	if len(s.urls) != 8 {
		t.Fatalf("urls = %q, want 8", s.urls)
	}
	trust := []string{"--cafile", cert}
	ways := [][]string{
		{"-L", s.urls[0]}, append([]string{"-L", s.urls[1]}, trust...), {"-L", s.urls[2]}, append([]string{"-L", s.urls[3]}, trust...), {"--unix", socket},
		{"-L", "mqtt://127.0.0.1:" + s.port(7)}, {"-L", "ws://127.0.0.1:" + s.port(7)},
		append([]string{"-L", "mqtts://127.0.0.1:" + s.port(7)}, trust...), append([]string{"-L", "wss://127.0.0.1:" + s.port(7)}, trust...),
	}
	for i, way := range ways {
		roundTrip(t, way, ways[(i+1)%len(ways)])
	}
	insecure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	for _, at := range []string{"http://127.0.0.1:" + s.port(5), "https://127.0.0.1:" + s.port(6), "http://127.0.0.1:" + s.port(2),
		"https://127.0.0.1:" + s.port(3), "http://127.0.0.1:" + s.port(7), "https://127.0.0.1:" + s.port(7)} {
		if code, body := (request{url: at + "/healthz", client: insecure}).do(t); code != http.StatusOK || body != "ok\n" {
			t.Errorf("GET %s/healthz = %d, %q", at, code, body)
		}
	}
	expect(t, exitFailed, "hint: ", "pub", "-L", "ws://127.0.0.1:"+s.port(0), "-t", "a", "-n") // MQTT only
	nc, err := net.Dial("tcp", "127.0.0.1:"+s.port(5))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	io.WriteString(nc, connectPacket+"\r\n\r\n") // HTTP only
	if b, err := io.ReadAll(nc); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 400 ") {
		t.Errorf("an http listener answers CONNECT with %q, %v", b, err)
	}
}

// connectPacket is a CONNECT of MQTT 3.1.1 without client identifier.
const connectPacket = "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"

// upgrade asks for a WebSocket and returns the status and the connection.
func upgrade(t *testing.T, addr, path string, header ...string) (int, http.Header, net.Conn, *bufio.Reader) {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	lines := append([]string{"GET " + path + " HTTP/1.1", "Host: " + addr, "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}, header...)
	io.WriteString(nc, strings.Join(lines, "\r\n")+"\r\n\r\n")
	r := bufio.NewReader(nc)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, nc, r
}

func TestServeWebSocketRules(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--listen", "ws://127.0.0.1:0", "--listen", "any://127.0.0.1:0", "--ws-path", "/mq", "--ws-origin", "app.example.com", "--ws-origin", "*.example.org")
	const proto = "Sec-WebSocket-Protocol: mqtt"
	tests := []struct {
		name, path string
		header     []string
		want       int
	}{
		{name: "program", path: "/mq", header: []string{proto}, want: 101},
		{name: "several subprotocols", path: "/mq", header: []string{"Sec-WebSocket-Protocol: chat, mqtt"}, want: 101},
		{name: "MQTT 3.1's subprotocol", path: "/mq", header: []string{"Sec-WebSocket-Protocol: mqttv3.1"}, want: 400},
		{name: "other subprotocol", path: "/mq", header: []string{"Sec-WebSocket-Protocol: chat"}, want: 400},
		{name: "no subprotocol", path: "/mq", want: 400},
		{name: "other path", path: "/mqtt", header: []string{proto}, want: 404},
		{name: "listed origin", path: "/mq", header: []string{proto, "Origin: https://app.example.com"}, want: 101},
		{name: "origin by pattern", path: "/mq", header: []string{proto, "Origin: http://a.example.org"}, want: 101},
		{name: "foreign origin", path: "/mq", header: []string{proto, "Origin: https://evil.example.com"}, want: 403},
		{name: "origin with the name in it", path: "/mq", header: []string{proto, "Origin: https://app.example.com.evil.net"}, want: 403},
		{name: "null origin", path: "/mq", header: []string{proto, "Origin: null"}, want: 403},
	}
	for i := range s.urls {
		for _, tt := range tests {
			code, h, _, _ := upgrade(t, "127.0.0.1:"+s.port(i), tt.path, tt.header...)
			if code != tt.want || code == 101 && h.Get("Sec-WebSocket-Protocol") != "mqtt" {
				t.Errorf("%s at %s: %d, %v, want %d", tt.name, s.urls[i], code, h, tt.want)
			}
		}
	}
}

// A packet that announces more than a CONNECT may have ends the connection
// before its bytes come.
func TestServeWebSocketLimits(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--listen", "ws://127.0.0.1:0", "--connect-timeout", "86400", "-v")
	code, _, nc, r := upgrade(t, "127.0.0.1:"+s.port(0), "/mqtt", "Sec-WebSocket-Protocol: mqtt")
	if code != 101 {
		t.Fatalf("upgrade = %d", code)
	}
	nc.Write([]byte{0x82, 0x85, 0, 0, 0, 0, 0x10, 0xff, 0xff, 0xff, 0x7f}) // 256 MiB
	s.log.until(t, "connection closed before CONNECT was accepted", "packet too large")
	if _, err := io.Copy(io.Discard, r); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("reading until the broker closes: %v", err)
	}
	roundTrip(t, []string{"-L", s.urls[0]}, []string{"-L", s.urls[0]})
}

// Nothing configured: one port for everything, on this machine, for everybody.
func TestServeDefaults(t *testing.T) {
	t.Parallel()
	s := startServe(t, "-p", "0")
	if len(s.urls) != 1 || !strings.HasPrefix(s.urls[0], "mqtt://127.0.0.1:") {
		t.Fatalf("urls = %q", s.urls)
	}
	roundTrip(t, []string{"-L", s.urls[0]}, []string{"-L", "ws://127.0.0.1:" + s.port(0)})
	if code, _ := (request{url: s.web(0) + "/api/v1/clients"}).do(t); code != http.StatusOK {
		t.Errorf("GET /api/v1/clients = %d, want 200", code)
	}
}

// Addresses that others reach need somebody who decides, whatever their scheme.
func TestServeRefusesOpenDoors(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"mqtt://0.0.0.0:0", "mqtt://:0", "any://[::]:0", "http://0.0.0.0:0", "ws://0.0.0.0:0"} {
		expect(t, exitUsage, "mqt: hint: give --password-file FILE, use --lan, or say --allow-anonymous\n", "serve", "--listen", "mqtt://127.0.0.1:0", "--listen", at)
	}
	s := startServe(t, "--listen", "mqtt://:0", "--allow-anonymous")
	roundTrip(t, []string{"-p", s.port(0)}, []string{"-p", s.port(0)})
}

// --lan lets in whoever has the password that it shows, over MQTT and HTTP.
func TestServeLAN(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--lan", "--listen", "any://0.0.0.0:0")
	_, password, ok := strings.Cut(strings.TrimSpace(s.out.until(t, "clients need:")), " -P ")
	if !ok || len(password) < 20 {
		t.Fatalf("standard output = %s", s.out)
	}
	at := []string{"-h", "127.0.0.1", "-p", s.port(0)}
	good := append([]string{"-u", "mqt", "-P", password}, at...)
	roundTrip(t, good, good)
	expect(t, exitRefused, "that mqt serve --lan has shown", append([]string{"pub", "-t", "a", "-n"}, at...)...)
	expect(t, exitRefused, "bad user name", append([]string{"pub", "-t", "a", "-n", "-u", "mqt", "-P", "guess"}, at...)...)
	expect(t, exitRefused, "bad user name", append([]string{"pub", "-t", "a", "-n", "-u", "other", "-P", password}, at...)...)
	expect(t, exitDone, "", append([]string{"pub", "-t", "a", "-n", "-V", "311"}, good...)...)
	if code, _ := (request{url: s.web(0) + "/metrics"}).do(t); code != http.StatusUnauthorized {
		t.Errorf("GET /metrics without the password = %d, want 401", code)
	}
	withPassword := strings.Replace(s.web(0), "//", "//mqt:"+password+"@", 1)
	if code, _ := (request{url: withPassword + "/metrics"}).do(t); code != http.StatusOK {
		t.Errorf("GET /metrics with the password = %d, want 200", code)
	}
	if strings.Contains(s.log.String(), password) {
		t.Errorf("the log has the password in it:\n%s", s.log)
	}
}
