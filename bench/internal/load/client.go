package load

import (
	"errors"
	"fmt"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// phase is how far a connection has come.
type phase uint8

const (
	away        phase = iota // not connected, and is not to be
	waiting                  // is to be connected
	dialing                  // the socket is being connected
	connecting               // CONNECT is on its way
	subscribing              // SUBSCRIBE is on its way
	ready
)

// client is the protocol side of one connection: bytes in, bytes out. An
// engine moves the bytes.
type client struct {
	load  *Load
	plan  *Client
	index int         // in load.clients, where the engine finds its connection
	pub   *publisher  // nil: does not publish
	sub   *subscriber // nil: does not subscribe
	out   []byte      // is to be written

	phase    phase
	failures uint8  // in a row
	known    bool   // has been connected, so the broker may know its session
	pinged   bool   // PINGREQ is unanswered
	quota    uint16 // the broker's Receive Maximum
	alive    uint16 // keep alive in seconds; 0 is none
	replies  uint16 // packet identifiers used by a responder
	since    int64  // when the socket was opened, or SUBSCRIBE was sent
	active   int64  // when it last sent something
	retry    int64  // when it is to be connected again
}

// start begins the protocol on a fresh connection.
func (c *client) start(now int64) error {
	var err error
	c.out, err = c.connect().Append(c.out[:0], c.load.plan.Version)
	c.phase = connecting
	c.active = now
	return err
}

// connect returns the client's CONNECT.
func (c *client) connect() *wire.Connect {
	p := &c.load.plan
	connect := &wire.Connect{Version: p.Version, CleanStart: !p.Persistent, KeepAlive: uint16(min(p.KeepAlive.Seconds(), 65535)), ClientID: c.plan.ID}
	if p.SessionExpiry > 0 && p.Version == mqtt.V5 {
		connect.Props.SetUint(mqtt.PropSessionExpiry, uint32(min(p.SessionExpiry.Seconds(), 0xFFFFFFFF)))
	}
	if !c.known && p.Version == mqtt.V5 || c.load.cleaning {
		connect.CleanStart = true // nothing of an earlier run
	}
	if c.load.cleaning {
		connect.Props = nil
	}
	if p.Credentials != nil {
		user, password := p.Credentials(c.plan.Number)
		if user != "" || password != "" {
			connect.Username, connect.HasUsername = user, true
			connect.Password, connect.HasPassword = []byte(password), password != ""
		}
	}
	if c.plan.Will != "" {
		connect.Will = &wire.Will{Topic: c.plan.Will, QoS: p.QoS, Payload: c.will()}
	}
	return connect
}

// receive consumes the whole packets at the front of b and returns their
// length.
func (c *client) receive(b []byte, now int64) (int, error) {
	used := 0
	for used < len(b) {
		h, err := wire.ParseHeader(b[used:])
		if err == wire.ErrIncomplete {
			break
		}
		if err != nil {
			return used, err
		}
		if h.Total() > c.load.maxPacket {
			return used, fmt.Errorf("the broker sent a packet of more than %d bytes", c.load.maxPacket)
		}
		if h.Total() > len(b)-used {
			break
		}
		if err := c.packet(h, b[used+h.Size:used+h.Total()], now); err != nil {
			return used, err
		}
		used += h.Total()
	}
	return used, nil
}

func (c *client) packet(h wire.Header, body []byte, now int64) error {
	switch {
	case h.Type == wire.PUBLISH && c.sub != nil:
		return c.publish(h.Flags, body, now)
	case h.Type >= wire.PUBACK && h.Type <= wire.PUBCOMP:
		return c.acknowledgement(h, body, now)
	case h.Type == wire.CONNACK && c.phase == connecting:
		return c.connack(h.Flags, body, now)
	case h.Type == wire.SUBACK && c.phase == subscribing:
		return c.suback(h.Flags, body, now)
	case h.Type == wire.PINGRESP:
		c.pinged = false
		return nil
	case h.Type == wire.DISCONNECT:
		var p wire.Disconnect
		if err := p.Decode(c.load.plan.Version, h.Flags, body); err != nil {
			return err
		}
		return &mqtt.ReasonError{Op: "disconnected", Code: p.Code}
	}
	return fmt.Errorf("unexpected packet of type %v", h.Type)
}

func (c *client) publish(flags byte, body []byte, now int64) error {
	p := &c.load.packet
	if err := p.Decode(c.load.plan.Version, flags, body); err != nil {
		return err
	}
	switch p.QoS {
	case mqtt.AtLeastOnce:
		c.out = wire.AppendAck(c.out, wire.PUBACK, p.PacketID)
	case mqtt.ExactlyOnce:
		c.out = wire.AppendAck(c.out, wire.PUBREC, p.PacketID)
		if !mark(&c.sub.unreleased, uint64(p.PacketID)) {
			return nil // sent again until PUBREC arrives, and not a second message [MQTT-4.3.3-2]
		}
	}
	if c.plan.Respond {
		return c.respond(p)
	}
	c.sub.deliver(p.Payload, p.Dup, now)
	return nil
}

func (c *client) acknowledgement(h wire.Header, body []byte, now int64) error {
	p := wire.Ack{Type: h.Type}
	if err := p.Decode(c.load.plan.Version, h.Flags, body); err != nil {
		return err
	}
	switch {
	case h.Type == wire.PUBREL:
		if c.sub != nil {
			unmark(c.sub.unreleased, uint64(p.PacketID))
		}
		c.out = wire.AppendAck(c.out, wire.PUBCOMP, p.PacketID)
	case c.pub != nil:
		c.pub.acknowledged(&p, now)
	case h.Type == wire.PUBREC && !p.Code.Failed():
		c.out = wire.AppendAck(c.out, wire.PUBREL, p.PacketID) // of a responder
	}
	return nil
}

func (c *client) connack(flags byte, body []byte, now int64) error {
	l := c.load
	var p wire.Connack
	if err := p.Decode(l.plan.Version, flags, body); err != nil {
		return err
	}
	if p.Code.Failed() {
		return &mqtt.ReasonError{Op: "connect", Code: p.Code}
	}
	c.quota = maxWindow
	if n, ok := p.Props.Uint(mqtt.PropReceiveMaximum); ok && n > 0 {
		c.quota = uint16(n)
	}
	c.alive = uint16(min(l.plan.KeepAlive.Seconds(), 65535))
	if n, ok := p.Props.Uint(mqtt.PropServerKeepAlive); ok {
		c.alive = uint16(n) // [MQTT-3.2.2-21]
	}
	l.connected(c, now)
	goesOn := p.SessionPresent || l.plan.Version == mqtt.V31 && l.plan.Persistent && c.known // 3.1 does not tell
	if c.sub != nil && !goesOn {
		c.sub.unreleased = nil
	}
	if c.pub != nil {
		c.pub.resume(goesOn)
	}
	if c.known {
		c.forgive()
	}
	if len(c.plan.Filters) == 0 || l.subscribeLater || l.cleaning || p.SessionPresent && c.known {
		c.becomeReady()
		return nil
	}
	return c.subscribe(now)
}

// forgive is for a connection that was lost and is there again.
func (c *client) forgive() {
	if c.pub != nil {
		c.pub.forgive()
	}
	if c.sub == nil {
		return
	}
	for i := range c.sub.inbox.streams {
		if p := c.sub.inbox.streams[i].from; p != nil {
			p.forgive()
		}
	}
}

// subscribe sends the client's SUBSCRIBE.
func (c *client) subscribe(now int64) error {
	p := wire.Subscribe{PacketID: 1}
	if c.sub != nil && c.load.plan.Kind == Retained {
		c.sub.since = now
	}
	for _, f := range c.plan.Filters {
		p.Filters = append(p.Filters, wire.SubscribeFilter{Filter: f, QoS: c.load.plan.QoS})
	}
	var err error
	c.out, err = p.Append(c.out, c.load.plan.Version)
	c.phase, c.since, c.active = subscribing, now, now
	return err
}

func (c *client) suback(flags byte, body []byte, now int64) error {
	var p wire.Suback
	if err := p.Decode(c.load.plan.Version, flags, body); err != nil {
		return err
	}
	if len(p.Codes) != len(c.plan.Filters) {
		return errors.New("SUBACK does not answer every filter")
	}
	for _, code := range p.Codes {
		if code.Failed() {
			return &mqtt.ReasonError{Op: "subscribe", Code: code}
		}
	}
	c.load.counts.Subscribed += uint64(len(p.Codes))
	c.load.lat.Subscribe.record(now - c.since)
	c.becomeReady()
	return nil
}

func (c *client) becomeReady() {
	c.phase = ready
	if !c.known && c.failures < enough {
		c.load.answered++
	}
	c.known, c.failures = true, 0
	c.load.ready++
	if c.pub != nil {
		c.load.wake(c.pub)
	}
}
