package bench

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// echo is a broker just good enough to be put under load. It delivers with
// the QoS of the publisher, and with the faults it is told.
type echo struct {
	version mqtt.Version
	fault   func(n int) fault // of the n-th PUBLISH it receives, from 0
	refuse  mqtt.ReasonCode   // answers every CONNECT

	mu    sync.Mutex // guards the fields below
	subs  []*echoSub
	seen  int
	late  []byte // payload held back
	conns []net.Conn
	count int // connections accepted
}

// fault is what echo does to a message instead of delivering it once.
type fault int

const (
	none fault = iota
	drop
	twice
	hold   // is delivered after the next message
	hangUp // closes the publisher's connection
)

type echoSub struct {
	filter mqtt.Filter
	conn   *echoConn
	nextID uint16
}

type echoConn struct {
	net.Conn
	mu sync.Mutex
}

func (c *echoConn) send(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Conn.Write(b)
}

// listen serves until the test ends, and returns the address.
func (e *echo) listen(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		ln.Close()
		e.mu.Lock()
		for _, c := range e.conns {
			c.Close()
		}
		e.mu.Unlock()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			e.mu.Lock()
			e.conns = append(e.conns, nc)
			e.count++
			e.mu.Unlock()
			wg.Go(func() {
				defer nc.Close()
				if err := e.serve(&echoConn{Conn: nc}); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
					var op *net.OpError
					if !errors.As(err, &op) && !errors.Is(err, errHungUp) {
						t.Errorf("echo broker: %v", err)
					}
				}
			})
		}
	})
	return ln.Addr().String()
}

var errHungUp = errors.New("hung up")

func (e *echo) serve(c *echoConn) error {
	r := wire.Reader{R: c}
	for {
		h, body, err := r.Next()
		if err != nil {
			return err
		}
		p := wire.New(h.Type)
		if err := p.Decode(e.version, h.Flags, body); err != nil {
			return err
		}
		if err := e.answer(c, p); err != nil {
			return err
		}
	}
}

func (e *echo) answer(c *echoConn, p wire.Packet) error {
	var reply wire.Packet
	switch p := p.(type) {
	case *wire.Connect:
		reply = &wire.Connack{Code: e.refuse}
	case *wire.Subscribe:
		f, err := mqtt.ParseFilter(p.Filters[0].Filter)
		if err != nil {
			return err
		}
		e.mu.Lock()
		e.subs = append(e.subs, &echoSub{filter: f, conn: c})
		e.mu.Unlock()
		reply = &wire.Suback{PacketID: p.PacketID, Codes: []mqtt.ReasonCode{mqtt.ReasonCode(p.Filters[0].QoS)}}
	case *wire.Publish:
		if p.QoS == mqtt.AtLeastOnce {
			c.send(wire.AppendAck(nil, wire.PUBACK, p.PacketID))
		}
		if p.QoS == mqtt.ExactlyOnce {
			c.send(wire.AppendAck(nil, wire.PUBREC, p.PacketID))
		}
		return e.publish(p)
	case *wire.Ack:
		switch p.Type {
		case wire.PUBREC:
			c.send(wire.AppendAck(nil, wire.PUBREL, p.PacketID))
		case wire.PUBREL:
			c.send(wire.AppendAck(nil, wire.PUBCOMP, p.PacketID))
		}
	}
	if reply == nil {
		return nil
	}
	b, err := reply.Append(nil, e.version)
	if err == nil {
		c.send(b)
	}
	return err
}

func (e *echo) publish(p *wire.Publish) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	what := none
	if e.fault != nil {
		what = e.fault(e.seen)
	}
	e.seen++
	payloads := [][]byte{p.Payload}
	switch what {
	case drop:
		return nil
	case twice:
		payloads = append(payloads, p.Payload)
	case hold:
		e.late = append([]byte(nil), p.Payload...)
		return nil
	case hangUp:
		return errHungUp
	}
	if e.late != nil {
		payloads, e.late = append(payloads, e.late), nil
	}
	for _, s := range e.subs {
		if !s.filter.Match(string(p.Topic)) {
			continue
		}
		for _, payload := range payloads {
			s.nextID = s.nextID%65535 + 1
			out := wire.Publish{QoS: p.QoS, Topic: p.Topic, Payload: payload, PacketID: s.nextID}
			b, err := out.Append(nil, e.version)
			if err != nil {
				return err
			}
			s.conn.send(b)
		}
	}
	return nil
}
