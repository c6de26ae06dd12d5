// Package echo is a scripted broker for tests: just good enough to be put under
// load, with the faults it is told to have. Only tests import it.
package echo

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Broker is the broker. It delivers with the QoS of the publisher, and knows one
// group that shares a subscription. Its fields
// must be set before Listen.
type Broker struct {
	Version mqtt.Version
	Fault   func(n int) Fault // of the n-th PUBLISH it receives, from 0; nil is none
	Refuse  mqtt.ReasonCode   // answers every CONNECT
	// Wait, when not nil, is called before the n-th PUBLISH is handled; its
	// connection waits.
	Wait func(n int)
	// Delay is how long the n-th PUBLISH is held back; nil is not at all.
	Delay func(n int) time.Duration
	Mute  bool // does not answer PINGREQ

	mu    sync.Mutex // guards the fields below
	subs  []*echoSub
	seen  int
	pings int
	late  []byte // payload held back
	turn  int    // of those that share a subscription
	conns []net.Conn
}

// Fault is what is done to a message instead of delivering it once.
type Fault int

// The faults.
const (
	None    Fault = iota
	Drop          // is not delivered
	Twice         // is delivered twice
	Hold          // is delivered after the next message
	HangUp        // closes the publisher's connection
	Foreign       // is delivered, and another payload with it
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

// Listen serves until the test ends, and returns the address.
func (e *Broker) Listen(t testing.TB) string {
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
			e.mu.Unlock()
			wg.Go(func() { e.Serve(t, nc) })
		}
	})
	return ln.Addr().String()
}

// Serve serves one connection until it ends.
func (e *Broker) Serve(t testing.TB, nc net.Conn) {
	defer nc.Close()
	err := e.serve(&echoConn{Conn: nc})
	var op *net.OpError
	switch {
	case errors.As(err, &op), errors.Is(err, errHungUp), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
	default:
		t.Errorf("echo broker: %v", err)
	}
}

var errHungUp = errors.New("hung up")

func (e *Broker) serve(c *echoConn) error {
	r := wire.Reader{R: c}
	for {
		h, body, err := r.Next()
		if err != nil {
			return err
		}
		p := wire.New(h.Type)
		if err := p.Decode(e.Version, h.Flags, body); err != nil {
			return err
		}
		if err := e.answer(c, p); err != nil {
			return err
		}
	}
}

func (e *Broker) answer(c *echoConn, p wire.Packet) error {
	var reply wire.Packet
	switch p := p.(type) {
	case *wire.Connect:
		reply = &wire.Connack{Code: e.Refuse}
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
		n := e.number()
		if e.Wait != nil {
			e.Wait(n)
		}
		if p.QoS == mqtt.AtLeastOnce {
			c.send(wire.AppendAck(nil, wire.PUBACK, p.PacketID))
		}
		if p.QoS == mqtt.ExactlyOnce {
			c.send(wire.AppendAck(nil, wire.PUBREC, p.PacketID))
		}
		return e.publish(n, p)
	case *wire.Pingreq:
		e.mu.Lock()
		e.pings++
		e.mu.Unlock()
		if !e.Mute {
			reply = &wire.Pingresp{}
		}
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
	b, err := reply.Append(nil, e.Version)
	if err == nil {
		c.send(b)
	}
	return err
}

// number counts the PUBLISH packets.
func (e *Broker) number() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen++
	return e.seen - 1
}

// Pings returns how many PINGREQ have come.
func (e *Broker) Pings() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pings
}

// publish delivers the n-th message, as the script wants it.
func (e *Broker) publish(n int, p *wire.Publish) error {
	what := None
	if e.Fault != nil {
		what = e.Fault(n)
	}
	topic, payload := bytes.Clone(p.Topic), bytes.Clone(p.Payload)
	payloads := [][]byte{payload}
	switch what {
	case Drop:
		return nil
	case Twice:
		payloads = append(payloads, payload)
	case Hold:
		e.mu.Lock()
		e.late = payload
		e.mu.Unlock()
		return nil
	case Foreign:
		payloads = append(payloads, []byte("hello"))
	case HangUp:
		return errHungUp
	}
	out := wire.Publish{QoS: p.QoS, Topic: topic}
	if e.Delay == nil {
		return e.deliver(out, payloads)
	}
	time.AfterFunc(e.Delay(n), func() { _ = e.deliver(out, payloads) })
	return nil
}

// deliver sends messages to all who want them.
func (e *Broker) deliver(out wire.Publish, payloads [][]byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.late != nil {
		payloads, e.late = append(payloads, e.late), nil
	}
	for _, payload := range payloads {
		for _, s := range e.receivers(string(out.Topic)) {
			s.nextID = s.nextID%65535 + 1
			out.Payload, out.PacketID = payload, s.nextID
			b, err := out.Append(nil, e.Version)
			if err != nil {
				return err
			}
			s.conn.send(b)
		}
	}
	return nil
}

// receivers returns who gets the next message of a topic: of those that share
// a subscription, one after the other. mu is held.
func (e *Broker) receivers(topic string) []*echoSub {
	var out, members []*echoSub
	for _, s := range e.subs {
		switch {
		case !s.filter.Match(topic):
		case s.filter.ShareGroup() != "":
			members = append(members, s)
		default:
			out = append(out, s)
		}
	}
	if len(members) > 0 {
		out = append(out, members[e.turn%len(members)])
		e.turn++
	}
	return out
}
