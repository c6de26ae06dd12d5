package client

import (
	"context"
	"errors"
	"net"
	"testing"

	"go.uber.org/goleak"

	"mqt/internal/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dialer returns a Dial function for a TCP address.
func dialer(addr string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", addr)
	}
}

// connect connects and closes the client at the end of the test.
func connect(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := Connect(t.Context(), o)
	if err != nil {
		t.Fatalf("Connect = %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func sub(t testing.TB, filter string, q mqtt.QoS) []mqtt.Subscription {
	t.Helper()
	f, err := mqtt.ParseFilter(filter)
	if err != nil {
		t.Fatal(err)
	}
	return []mqtt.Subscription{{Filter: f, QoS: q}}
}

// wantReason checks that err is a *mqtt.ReasonError with these values.
func wantReason(t testing.TB, err error, op string, code mqtt.ReasonCode) {
	t.Helper()
	var re *mqtt.ReasonError
	if !errors.As(err, &re) || re.Op != op || re.Code != code {
		t.Errorf("error = %v, want a reason error %q %v", err, op, code)
	}
}

// fixed returns a Dial function that yields nc.
func fixed(nc net.Conn) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) { return nc, nil }
}

// tcpPair returns the two ends of a connection on loopback.
func tcpPair(t testing.TB) (net.Conn, net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	a, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}
