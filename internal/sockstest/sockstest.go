// Package sockstest is a SOCKS5 proxy (RFC 1928) for tests. Only tests import
// it.
package sockstest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
)

// Proxy forwards all connections to one address, whatever they ask for.
type Proxy struct {
	// Addr is where it listens.
	Addr string

	target string
	tasks  sync.WaitGroup

	mu    sync.Mutex // guards the fields below
	asked []string
	conns []net.Conn
}

// Start runs a proxy to target until the test ends.
func Start(t testing.TB, target string) *Proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Addr: ln.Addr().String(), target: target}
	p.tasks.Go(func() { p.accept(ln) })
	t.Cleanup(func() {
		_ = ln.Close()
		p.hangUp()
		p.tasks.Wait()
	})
	return p
}

// Asked returns what each connection has asked for so far, in order: "type
// host:port user:password", where type 1 is an IPv4 address, 3 a name and 4 an
// IPv6 address.
func (p *Proxy) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

func (p *Proxy) accept(ln net.Listener) {
	for {
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		p.keep(nc)
		p.tasks.Go(func() { p.serve(nc) })
	}
}

// keep remembers a connection, for hangUp.
func (p *Proxy) keep(nc net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, nc)
}

func (p *Proxy) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, nc := range p.conns {
		_ = nc.Close()
	}
}

// serve answers one connection, and copies both ways until either side ends.
func (p *Proxy) serve(nc net.Conn) {
	defer nc.Close()
	what, err := handshake(nc)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.asked = append(p.asked, what)
	p.mu.Unlock()
	out, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer out.Close()
	p.keep(out)
	if _, err := nc.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}); err != nil {
		return
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(nc, out)
		_ = nc.Close()
	}()
	_, _ = io.Copy(out, nc)
	_ = out.Close()
	<-back
}

// handshake reads the request, with a user name and a password (RFC 1929) where
// they are offered.
func handshake(nc net.Conn) (string, error) {
	r := reader{r: nc}
	methods := r.next(int(r.next(2)[1]))
	login := ""
	if slices.Contains(methods, 2) {
		r.reply(nc, 5, 2)
		login = string(r.next(int(r.next(2)[1])))
		login += ":" + string(r.next(int(r.next(1)[0])))
		r.reply(nc, 1, 0)
	} else {
		r.reply(nc, 5, 0)
	}
	kind := r.next(4)[3]
	host := ""
	switch kind {
	case 1:
		host = net.IP(r.next(4)).String()
	case 3:
		host = string(r.next(int(r.next(1)[0])))
	case 4:
		host = net.IP(r.next(16)).String()
	default:
		return "", errors.Join(r.err, errors.New("unknown type of address"))
	}
	port := binary.BigEndian.Uint16(r.next(2))
	return fmt.Sprintf("%d %s:%d %s", kind, host, port, login), r.err
}

// reader keeps the first error.
type reader struct {
	r   io.Reader
	err error
}

// next returns the next n bytes; zeros after an error.
func (r *reader) next(n int) []byte {
	b := make([]byte, n)
	if r.err == nil {
		_, r.err = io.ReadFull(r.r, b)
	}
	return b
}

func (r *reader) reply(w io.Writer, b ...byte) {
	if r.err == nil {
		_, r.err = w.Write(b)
	}
}
