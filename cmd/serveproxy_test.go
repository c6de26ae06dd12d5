package cmd

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
)

// proxied connects, sends a PROXY header and a CONNECT, and returns what comes back.
func proxied(t *testing.T, port, header string) string {
	t.Helper()
	nc, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	io.WriteString(nc, header+connectPacket+"\xe0\x00") // and DISCONNECT
	b, _ := io.ReadAll(nc)                              // may end with a reset
	return string(b)
}

func proxyV2(from [4]byte, port uint16) string {
	b := []byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c")
	b = append(append(b, from[:]...), 127, 0, 0, 1)
	return string(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, port), 1883))
}

// Behind a trusted proxy the log has the client's address; nobody else, and
// nothing without the header, is served.
func TestServeProxyProtocol(t *testing.T) {
	t.Parallel()
	const accepted = "\x20\x02\x00\x00"
	s := startServe(t, "--listen", "mqtt://127.0.0.1:0", "--listen", "any://127.0.0.1:0", "--proxy-from", "127.0.0.0/8", "--proxy-from", "::1", "-v")
	for i := range s.urls {
		if got := proxied(t, s.port(i), "PROXY TCP4 192.0.2.7 127.0.0.1 4711 1883\r\n"); got != accepted {
			t.Errorf("version 1: %q, want a CONNACK", got)
		}
		s.log.until(t, "client connected", "remote=192.0.2.7:4711")
		if got := proxied(t, s.port(i), proxyV2([4]byte{192, 0, 2, 8}, 4712)); got != accepted {
			t.Errorf("version 2: %q, want a CONNACK", got)
		}
		s.log.until(t, "client connected", "remote=192.0.2.8:4712")
		for _, bad := range []string{"", "PROXY TCP4 nonsense\r\n", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff"[:16]} {
			if bad != "" && bad[0] == '\r' {
				bad += strings.Repeat("\x00", 0xffff)
			}
			if got := proxied(t, s.port(i), bad); strings.Contains(got, accepted) {
				t.Errorf("header %.20q: %q, want no CONNACK", bad, got)
			}
		}
	}
	s.log.until(t, "connection refused", "PROXY protocol")

	nc, err := net.Dial("tcp", "127.0.0.1:"+s.port(0))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	io.WriteString(nc, "PROXY TCP4 192.0.2.9 127.0.0.1 4713 1883\r\n"+connectPacket)
	s.log.until(t, "client connected", "remote=192.0.2.9:4713")
	api, err := net.Dial("tcp", "127.0.0.1:"+s.port(1))
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	io.WriteString(api, "PROXY TCP4 192.0.2.10 127.0.0.1 4714 1883\r\nGET /api/v1/clients HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	if b, err := io.ReadAll(api); err != nil || !strings.Contains(string(b), "192.0.2.9") || strings.Contains(string(b), "127.0.0.1") {
		t.Errorf("GET /api/v1/clients = %s, %v, want the client's own address", b, err)
	}
	other := startServe(t, "--listen", "mqtt://127.0.0.1:0", "--proxy-from", "192.0.2.0/24", "-v")
	if got := proxied(t, other.port(0), "PROXY TCP4 192.0.2.7 127.0.0.1 4711 1883\r\n"); got != "" {
		t.Errorf("an address that is not trusted: %q, want nothing", got)
	}
	other.log.until(t, "connection refused", "not a trusted proxy")
	expect(t, exitUsage, "mqt: hint: ", "serve", "-p", "0", "--proxy-from", "proxy.example.com")
}
