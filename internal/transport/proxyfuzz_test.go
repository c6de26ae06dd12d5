package transport

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"testing"
	"time"
)

// replies is a proxy that says the same whatever it is told.
type replies struct {
	net.Conn
	r *bytes.Reader
}

func (p replies) Dial(network, addr string) (net.Conn, error) {
	return p.DialContext(context.Background(), network, addr)
}
func (p replies) DialContext(context.Context, string, string) (net.Conn, error) { return p, nil }
func (p replies) Read(b []byte) (int, error)                                    { return p.r.Read(b) }
func (replies) Write(b []byte) (int, error)                                     { return len(b), nil }
func (replies) Close() error                                                    { return nil }
func (replies) SetDeadline(time.Time) error                                     { return nil }

// FuzzProxyReplies connects through a SOCKS5 proxy that answers anything. What
// stands behind its replies is the broker's.
func FuzzProxyReplies(f *testing.F) {
	f.Add([]byte("\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x07\x5b\x20\x02\x00\x00"), false)
	f.Add([]byte("\x05\x02\x01\x00\x05\x00\x00\x03\x02ab\x07\x5b\x20"), true)
	f.Add([]byte("\x05\x00\x05\x00\x00\x04"+string(make([]byte, 18))), true)
	f.Add([]byte("\x05\xff"), false)
	f.Add([]byte("\x05\x02\x01\x01"), true)
	f.Add([]byte("\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"), false)
	f.Fuzz(func(t *testing.T, data []byte, login bool) {
		p := &url.URL{Scheme: "socks5h", Host: "proxy"}
		if login {
			p.User = url.UserPassword("u", "p")
		}
		nc, err := dialSOCKS(t.Context(), "broker:1883", p, replies{r: bytes.NewReader(data)})
		n, ok := socksReplies(data, login)
		if ok != (err == nil) {
			t.Fatalf("%x: dialSOCKS = %v, want success: %t", data, err, ok)
		}
		if err != nil {
			return
		}
		if rest, err := io.ReadAll(nc); err != nil || !bytes.Equal(rest, data[n:]) {
			t.Errorf("%x: the broker's bytes are %x, %v, want %x", data, rest, err, data[n:])
		}
	})
}

// socksReplies returns how long the replies in front of b are, and whether
// they are those of a proxy that connected. RFC 1928, RFC 1929.
func socksReplies(b []byte, login bool) (n int, ok bool) {
	if len(b) < 2 || b[0] != 5 {
		return 0, false
	}
	n = 2
	switch method := b[1]; {
	case login && method == 2:
		if len(b) < 4 || b[2] != 1 || b[3] != 0 {
			return 0, false
		}
		n = 4
	case login && method != 0, method == 0xff:
		return 0, false // others pass in x/net as none, when none was offered
	}
	if len(b) < n+5 || b[n] != 5 || b[n+1] != 0 || b[n+2] != 0 {
		return 0, false
	}
	length, ok := map[byte]int{1: 4, 3: 1 + int(b[n+4]), 4: 16}[b[n+3]]
	n += 4 + length + 2
	return n, ok && n <= len(b)
}
