package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"sync"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// peer is a broker for one client at a time that costs next to nothing: it
// counts and acknowledges what is published, and sends messages to who
// subscribes.
type peer struct {
	ln       net.Listener
	messages int // to send
	payload  []byte
	received chan int // PUBLISH packets of a connection that ended
}

func newPeer(messages int) (*peer, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &peer{ln: ln, messages: messages, payload: bytes.Repeat([]byte("x"), payloadSize), received: make(chan int, 1)}
	go p.serve() // ends with the listener
	return p, nil
}

func (p *peer) port() string { _, port, _ := net.SplitHostPort(p.ln.Addr().String()); return port }

func (p *peer) serve() {
	for {
		nc, err := p.ln.Accept()
		if err != nil {
			return
		}
		c := &conn{peer: p, rd: wire.Reader{R: nc}, wr: bufio.NewWriterSize(nc, 1<<16)}
		c.room = sync.NewCond(&c.mu)
		c.serve()
		nc.Close()
		p.received <- c.received
	}
}

// conn is one connection of a client.
type conn struct {
	peer     *peer
	rd       wire.Reader
	version  mqtt.Version
	received int

	mu       sync.Mutex // guards the fields below
	wr       *bufio.Writer
	room     *sync.Cond // inflight went down, or gone was set
	inflight int
	gone     bool
}

// serve reads until the client leaves. What it answers is written when nothing
// more is waiting.
func (c *conn) serve() {
	for {
		h, body, err := c.rd.Next()
		if err == nil {
			err = c.handle(h, body)
		}
		c.mu.Lock()
		if err != nil {
			c.gone = true
			c.room.Broadcast()
			c.mu.Unlock()
			return
		}
		if c.rd.Buffered() == 0 {
			err = c.wr.Flush()
		}
		c.gone = err != nil
		c.mu.Unlock()
	}
}

func (c *conn) handle(h wire.Header, body []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch h.Type {
	case wire.CONNECT:
		return c.connect(h, body)
	case wire.PUBLISH:
		c.received++
		return c.acknowledge(h, body)
	case wire.PUBREL:
		return c.ack(wire.PUBCOMP, body)
	case wire.PUBACK, wire.PUBCOMP:
		c.inflight--
		c.room.Signal()
	case wire.SUBSCRIBE:
		return c.subscribe(h, body)
	case wire.PINGREQ:
		return c.send(&wire.Pingresp{})
	case wire.DISCONNECT:
		return net.ErrClosed
	}
	return nil
}

func (c *conn) connect(h wire.Header, body []byte) error {
	var p wire.Connect
	if err := p.Decode(mqtt.V5, h.Flags, body); err != nil {
		return fmt.Errorf("read CONNECT: %w", err)
	}
	c.version = p.Version
	return c.send(&wire.Connack{})
}

func (c *conn) acknowledge(h wire.Header, body []byte) error {
	qos := h.Flags >> 1 & 3
	if qos == 0 {
		return nil
	}
	topic := int(body[0])<<8 | int(body[1])
	return c.ack([]wire.Type{1: wire.PUBACK, 2: wire.PUBREC}[qos], body[2+topic:])
}

// ack appends an acknowledgement of the packet identifier that body begins
// with.
func (c *conn) ack(t wire.Type, body []byte) error {
	_, err := c.wr.Write(wire.AppendAck(c.wr.AvailableBuffer(), t, uint16(body[0])<<8|uint16(body[1])))
	return err
}

func (c *conn) send(p wire.Packet) error {
	b, err := p.Append(c.wr.AvailableBuffer(), c.version)
	if err == nil {
		_, err = c.wr.Write(b)
	}
	return err
}

func (c *conn) subscribe(h wire.Header, body []byte) error {
	var p wire.Subscribe
	if err := p.Decode(c.version, h.Flags, body); err != nil {
		return err
	}
	qos := p.Filters[0].QoS
	if err := c.send(&wire.Suback{PacketID: p.PacketID, Codes: []mqtt.ReasonCode{mqtt.ReasonCode(qos)}}); err != nil {
		return err
	}
	go c.feed(p.Filters[0].Filter, qos) // ends with the connection
	return nil
}

// window is how many messages are unacknowledged at once.
const window = 1000

// feed sends the messages, as fast as they are read and acknowledged.
func (c *conn) feed(topic string, qos mqtt.QoS) {
	m := wire.Publish{Topic: []byte(topic), QoS: qos, Payload: c.peer.payload}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.peer.messages {
		for qos > 0 && c.inflight == window && !c.gone {
			_ = c.wr.Flush() // an error ends the reader too
			c.room.Wait()
		}
		m.PacketID = uint16(i%65535) + 1
		if c.gone || c.send(&m) != nil {
			return
		}
		c.inflight++
	}
	_ = c.wr.Flush() // as above
}
