package compat

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Trace writes a line about each packet of a client's connections, as -d does.
type Trace struct {
	w       io.Writer
	program Program

	mu      sync.Mutex // guards the fields below, and makes lines whole
	version mqtt.Version
	id      string
	plain   uint16 // the last identifier of a message at QoS 0: mosquitto numbers them, too
}

// NewTrace returns a trace as program writes it, to w. id is the client identifier,
// empty until the broker assigns one.
func NewTrace(program Program, w io.Writer, id string, v mqtt.Version) *Trace {
	return &Trace{program: program, w: w, id: id, version: v}
}

// Conn returns nc, with what passes through it traced.
func (t *Trace) Conn(nc net.Conn) net.Conn {
	return &tracedConn{Conn: nc, in: stream{t: t, show: t.received}, out: stream{t: t, show: t.sent}}
}

// tracedConn is a connection under a trace.
type tracedConn struct {
	net.Conn
	in  stream // owned by the goroutine that reads
	out stream // owned by the goroutine that writes
}

// Read implements net.Conn.
func (c *tracedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.in.add(p[:n])
	return n, err
}

// Write implements net.Conn. The lines come before the packets are written,
// so that they stand before what they bring about.
func (c *tracedConn) Write(p []byte) (int, error) {
	c.out.add(p)
	return c.Conn.Write(p)
}

// stream cuts one direction into packets.
type stream struct {
	t    *Trace
	show func(h wire.Header, body []byte) []string
	buf  []byte // an incomplete packet
	bad  bool   // what came was not MQTT
}

func (s *stream) add(p []byte) {
	if s.bad {
		return
	}
	s.buf = append(s.buf, p...)
	for {
		h, err := wire.ParseHeader(s.buf)
		if err != nil || len(s.buf) < h.Total() {
			s.bad = err != nil && !errors.Is(err, wire.ErrIncomplete)
			return
		}
		s.t.write(s.show, h, s.buf[h.Size:h.Total()])
		s.buf = append(s.buf[:0], s.buf[h.Total():]...)
	}
}

func (t *Trace) write(show func(wire.Header, []byte) []string, h wire.Header, body []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, line := range show(h, body) {
		_, _ = io.WriteString(t.w, line+"\n") // that nobody reads it is noticed where messages are written
	}
}

// line begins a line about the client.
func (t *Trace) line(format string, args ...any) string {
	id := t.id
	if id == "" {
		id = "(null)"
	}
	return "Client " + id + " " + fmt.Sprintf(format, args...)
}

func publishText(p *wire.Publish, id uint16) string {
	topic := string(p.Topic)
	if topic == "" { // an alias stands for it
		topic = "(null)"
	}
	return fmt.Sprintf("PUBLISH (d%d, q%d, r%d, m%d, '%s', ... (%d bytes))", digit(p.Dup), p.QoS, digit(p.Retain), id, topic, len(p.Payload))
}

func digit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sent returns the lines about a packet to the broker. The caller holds t.mu.
func (t *Trace) sent(h wire.Header, body []byte) []string {
	p := wire.New(h.Type)
	if p.Decode(t.version, h.Flags, body) != nil {
		return nil
	}
	switch p := p.(type) {
	case *wire.Connect:
		t.id = p.ClientID
		return []string{t.line("sending CONNECT")}
	case *wire.Publish:
		id := p.PacketID
		if p.QoS == mqtt.AtMostOnce {
			t.plain++
			id = t.plain
		}
		return []string{t.line("sending %s", publishText(p, id))}
	case *wire.Ack:
		switch h.Type {
		case wire.PUBACK, wire.PUBREC:
			return []string{t.line("sending %v (m%d, rc%d)", h.Type, p.PacketID, p.Code)}
		}
		return []string{t.line("sending %v (m%d)", h.Type, p.PacketID)}
	case *wire.Subscribe:
		t.plain = max(t.plain, p.PacketID) // in one row with the requests
		return t.subscribe(p)
	case *wire.Unsubscribe:
		var lines []string
		for _, f := range p.Filters {
			lines = append(lines, t.line("sending UNSUBSCRIBE (Mid: %d, Topic: %s)", p.PacketID, f))
		}
		return lines
	}
	return []string{t.line("sending %v", h.Type)}
}

func (t *Trace) subscribe(p *wire.Subscribe) []string {
	var lines []string
	for _, f := range p.Filters {
		options := digit(f.NoLocal)<<2 | digit(f.RetainAsPublished)<<3 | int(f.RetainHandling)<<4
		lines = append(lines, t.line("sending SUBSCRIBE (Mid: %d, Topic: %s, QoS: %d, Options: 0x%02x)", p.PacketID, f.Filter, f.QoS, options))
	}
	return lines
}

// received returns the lines about a packet from the broker. The caller holds
// t.mu.
func (t *Trace) received(h wire.Header, body []byte) []string {
	if h.Type == wire.CONNACK && len(body) >= 2 {
		return t.connack(h, body)
	}
	p := wire.New(h.Type)
	if p.Decode(t.version, h.Flags, body) != nil {
		return nil
	}
	switch p := p.(type) {
	case *wire.Publish:
		return []string{t.line("received %s", publishText(p, p.PacketID))}
	case *wire.Ack:
		switch h.Type {
		case wire.PUBACK, wire.PUBCOMP:
			return []string{t.line("received %v (Mid: %d, RC:%d)", h.Type, p.PacketID, p.Code)}
		}
		return []string{t.line("received %v (Mid: %d)", h.Type, p.PacketID)}
	case *wire.Suback:
		return t.suback(p)
	case *wire.Disconnect:
		return []string{fmt.Sprintf("Received DISCONNECT (%d)", p.Code)}
	}
	return []string{t.line("received %v", h.Type)}
}

func (t *Trace) suback(p *wire.Suback) []string {
	lines := []string{t.line("received SUBACK")}
	if t.program != Sub {
		return lines
	}
	codes := make([]string, len(p.Codes))
	for i, c := range p.Codes {
		codes[i] = fmt.Sprint(uint8(c))
	}
	return append(lines, fmt.Sprintf("Subscribed (mid: %d): %s", p.PacketID, strings.Join(codes, ", ")))
}

// connack shows the code as it came, which in older versions is another.
func (t *Trace) connack(h wire.Header, body []byte) []string {
	var p wire.Connack
	if p.Decode(t.version, h.Flags, body) == nil && t.id == "" {
		t.id = p.Props.Text(mqtt.PropAssignedClientID)
	}
	return []string{t.line("received CONNACK (%d)", body[1])}
}
