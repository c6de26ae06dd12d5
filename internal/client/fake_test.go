package client

import (
	"context"
	"errors"
	"net"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// fake plays the broker: the test is its script. Every Dial of the client
// makes a pipe whose other end the test takes with next.
type fake struct {
	t     *testing.T
	conns chan net.Conn
}

func newFake(t *testing.T) *fake { return &fake{t: t, conns: make(chan net.Conn)} }

func (f *fake) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case f.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// next takes the client's next connection.
func (f *fake) next() *peer {
	f.t.Helper()
	select {
	case nc := <-f.conns:
		p := &peer{t: f.t, nc: nc, v: mqtt.V5}
		p.rd.R = nc
		f.t.Cleanup(func() { _ = nc.Close() })
		return p
	case <-f.t.Context().Done():
		f.t.Fatal("the client does not connect")
		return nil
	}
}

type connected struct {
	c   *Client
	err error
}

// start connects a client in the background.
func (f *fake) start(o Options) chan connected {
	o.Dial = f.dial
	ch := make(chan connected, 1)
	ctx := f.t.Context()
	go func() {
		c, err := Connect(ctx, o)
		ch <- connected{c, err}
	}()
	return ch
}

// connect connects a client, answering with ca.
func (f *fake) connect(o Options, ca wire.Connack) (*Client, *peer) {
	f.t.Helper()
	ch := f.start(o)
	p := f.next()
	p.accept(ca)
	res := <-ch
	if res.err != nil {
		f.t.Fatalf("Connect = %v", res.err)
	}
	f.t.Cleanup(func() { _ = res.c.Close() })
	return res.c, p
}

// peer is one connection, seen from the broker.
type peer struct {
	t  *testing.T
	nc net.Conn
	rd wire.Reader
	v  mqtt.Version
}

// accept reads CONNECT, takes over its version and answers.
func (p *peer) accept(ca wire.Connack) *wire.Connect {
	p.t.Helper()
	c := read[wire.Connect](p)
	p.v = c.Version
	p.send(&ca)
	return c
}

// read reads one packet, which must be a T.
func read[T any](p *peer) *T {
	p.t.Helper()
	got := p.any()
	want, ok := any(got).(*T)
	if !ok {
		p.t.Fatalf("the client sent %T %+v, want %T", got, got, want)
	}
	return want
}

// any reads one packet; what it holds is copied.
func (p *peer) any() wire.Packet {
	p.t.Helper()
	h, body, err := p.rd.Next()
	if err != nil {
		p.t.Fatalf("read from the client: %v", err)
	}
	pkt := wire.New(h.Type)
	if err := pkt.Decode(p.v, h.Flags, append([]byte(nil), body...)); err != nil {
		p.t.Fatalf("%v from the client: %v", h.Type, err)
	}
	return pkt
}

func (p *peer) send(pkts ...wire.Packet) {
	p.t.Helper()
	var b []byte
	for _, pkt := range pkts {
		var err error
		if b, err = pkt.Append(b, p.v); err != nil {
			p.t.Fatal(err)
		}
	}
	p.sendRaw(b)
}

func (p *peer) sendRaw(b []byte) {
	p.t.Helper()
	if _, err := p.nc.Write(b); err != nil {
		p.t.Fatalf("write to the client: %v", err)
	}
}

func (p *peer) close() { _ = p.nc.Close() }

// closed checks that the client closes the connection without another word.
func (p *peer) closed() {
	p.t.Helper()
	if h, _, err := p.rd.Next(); err == nil {
		p.t.Errorf("the client sent %v, want the end", h.Type)
	}
}

// subscribe runs a Subscribe of the client against the peer.
func (p *peer) subscribe(c *Client, handle func(mqtt.Message)) {
	p.t.Helper()
	done := make(chan error, 1)
	subs := sub(p.t, "#", 2)
	go func() {
		_, err := c.Subscribe(context.Background(), subs, handle)
		done <- err
	}()
	s := read[wire.Subscribe](p)
	p.send(&wire.Suback{PacketID: s.PacketID, Codes: []mqtt.ReasonCode{2}})
	if err := <-done; err != nil {
		p.t.Fatal(err)
	}
}

// publishAsync publishes and returns where the verdict will arrive.
func publishAsync(t *testing.T, c *Client, m mqtt.Message) <-chan error {
	t.Helper()
	ch := make(chan error, 1)
	if err := c.PublishAsync(m, func(err error) { ch <- err }); err != nil {
		t.Fatalf("PublishAsync(%+v) = %v", m, err)
	}
	return ch
}

func (p *peer) ack(t wire.Type, id uint16) { p.send(&wire.Ack{Type: t, PacketID: id}) }

// wantAck reads an acknowledgement of that type and identifier.
func (p *peer) wantAck(t wire.Type, id uint16) {
	p.t.Helper()
	if a := read[wire.Ack](p); a.Type != t || a.PacketID != id {
		p.t.Errorf("the client sent %v %d, want %v %d", a.Type, a.PacketID, t, id)
	}
}

// wantPublish reads a PUBLISH and checks what identifies it.
func (p *peer) wantPublish(payload string, id uint16, dup bool) {
	p.t.Helper()
	m := read[wire.Publish](p)
	if string(m.Payload) != payload || m.PacketID != id || m.Dup != dup {
		p.t.Errorf("the client published %q id %d dup %v, want %q id %d dup %v", m.Payload, m.PacketID, m.Dup, payload, id, dup)
	}
}

// quick reconnects without a noticeable pause.
func quick(o Options) Options {
	o.Backoff = Backoff{Min: 2, Max: 2}
	return o
}

var errNone = errors.New("nothing")

// ended waits for the client to end and returns why.
func ended(c *Client) error {
	<-c.Done()
	if err := c.Err(); err != nil {
		return err
	}
	return errNone
}
