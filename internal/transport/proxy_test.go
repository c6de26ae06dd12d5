package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
)

// socksServer answers one SOCKS5 connection and forwards it to target,
// whatever was asked for; asked receives "type address:port user:password".
func socksServer(t *testing.T, target string) (addr string, asked <-chan string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ch := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		defer func() { _ = nc.Close() }()
		what, err := socksHandshake(nc)
		if err != nil {
			ch <- err.Error()
			return
		}
		ch <- what
		out, err := net.Dial("tcp", target)
		if err != nil {
			return
		}
		back := make(chan struct{})
		go func() { defer close(back); _, _ = io.Copy(nc, out) }()
		_, _ = io.Copy(out, nc)
		_ = out.Close()
		<-back
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
	return ln.Addr().String(), ch
}

func socksHandshake(nc net.Conn) (string, error) {
	b := make([]byte, 512)
	read := func(n int) []byte {
		_, _ = io.ReadFull(nc, b[:n])
		return b[:n]
	}
	methods := read(int(read(2)[1]))
	login := ""
	if strings.ContainsRune(string(methods), 2) {
		_, _ = nc.Write([]byte{5, 2})
		user := string(read(int(read(2)[1])))
		login = user + ":" + string(read(int(read(1)[0])))
		_, _ = nc.Write([]byte{1, 0})
	} else {
		_, _ = nc.Write([]byte{5, 0})
	}
	var host string
	typ := read(4)[3]
	switch typ {
	case 1:
		host = net.IP(read(4)).String()
	case 3:
		host = string(read(int(read(1)[0])))
	case 4:
		host = net.IP(read(16)).String()
	default:
		return "", errors.New("unknown address type")
	}
	port := binary.BigEndian.Uint16(read(2))
	_, err := nc.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return fmt.Sprintf("%d %s:%d %s", typ, host, port, login), err
}

func TestProxy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, scheme, url, want string
		user                    *url.Userinfo
	}{
		{"remote names", "socks5h", "mqtt://broker.invalid:7", "3 broker.invalid:7 ", nil},
		{"with a login", "socks5h", "mqtt://broker.invalid:7", "3 broker.invalid:7 u:p", url.UserPassword("u", "p")},
		{"local names", "socks5", "mqtt://127.0.0.1:7", "1 127.0.0.1:7 ", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ln, u := listen(t, "mqtt://127.0.0.1:0", ListenOptions{})
			echo(t, ln)
			addr, asked := socksServer(t, u.Host)
			nc, err := Dial(t.Context(), mustParse(t, tt.url), Options{
				Proxy: &url.URL{Scheme: tt.scheme, Host: addr, User: tt.user}})
			if err != nil {
				t.Fatalf("Dial = %v", err)
			}
			if got := <-asked; got != tt.want {
				t.Errorf("the proxy was asked for %q, want %q", got, tt.want)
			}
			roundTrip(t, nc)
			_ = nc.Close()
		})
	}
	if _, err := Dial(t.Context(), mustParse(t, "mqtt://h"), Options{Proxy: &url.URL{Scheme: "http", Host: "h:1"}}); err == nil {
		t.Error("Dial through an HTTP proxy = nil error")
	}
}
