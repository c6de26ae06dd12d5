package transport

import (
	"context"
	"net"
	"net/url"
	"strings"
	"testing"
)

// TestDialLocalhost: localhost is this machine, by either of its addresses.
func TestDialLocalhost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, listen, from string }{
		{"LocalHost", "127.0.0.1", ""},
		{"localhost", "127.0.0.1", "127.0.0.1"},
		{"localhost", "[::1]", ""},
		{"localhost", "[::1]", "::1"},
	} {
		ln, err := net.Listen("tcp", tt.listen+":0")
		if err != nil {
			t.Logf("this machine has no address %s: %v", tt.listen, err)
			continue
		}
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		nc, err := Dial(t.Context(), &url.URL{Scheme: "mqtt", Host: tt.name + ":" + port}, Options{LocalAddr: tt.from})
		if err != nil {
			t.Errorf("dial %s from %q with a listener on %s: %v", tt.name, tt.from, tt.listen, err)
		} else {
			_ = nc.Close()
		}
		_ = ln.Close()
	}
}

// TestDialLocalhostRefused: the error is about the address that brokers listen
// on by default, and the end of the context is the end.
func TestDialLocalhostRefused(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	_ = ln.Close()
	u := &url.URL{Scheme: "mqtt", Host: strings.Replace(addr, "127.0.0.1", "localhost", 1)}
	if _, err := Dial(t.Context(), u, Options{}); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("Dial(%s) = %v, want an error about %s", u, err, addr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if nc, err := Dial(ctx, u, Options{}); err == nil {
		_ = nc.Close()
		t.Error("Dial succeeded after the end of its context")
	}
}
