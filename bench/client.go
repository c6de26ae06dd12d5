package bench

import (
	"errors"
	"fmt"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// phase is how far a connection has come.
type phase uint8

const (
	waiting     phase = iota // not connected
	connecting               // CONNECT is on its way
	subscribing              // SUBSCRIBE is on its way
	ready                    //
)

// client is the protocol side of one connection: bytes in, bytes out. An
// engine moves the bytes.
type client struct {
	load  *Load
	name  string // such as "publisher 3", for errors
	id    string // client identifier
	phase phase
	pub   *publisher  // nil: does not publish
	sub   *subscriber // nil: does not subscribe
	conn  int         // where the engine finds its connection
	out   []byte      // is to be written
}

// start begins the protocol on a fresh connection.
func (c *client) start() error {
	connect := wire.Connect{Version: c.load.plan.Version, CleanStart: true, ClientID: c.id}
	var err error
	c.out, err = connect.Append(c.out, connect.Version)
	c.phase = connecting
	return c.explain(err)
}

// receive consumes the whole packets at the front of b and returns their
// length.
func (c *client) receive(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		h, err := wire.ParseHeader(b[done:])
		if err == wire.ErrIncomplete {
			break
		}
		if err != nil {
			return done, c.explain(err)
		}
		if h.Total() > maxPacket {
			return done, c.explain(fmt.Errorf("the broker sent a packet of %d bytes", h.Total()))
		}
		if h.Total() > len(b)-done {
			break
		}
		if err := c.packet(h, b[done+h.Size:done+h.Total()]); err != nil {
			return done, c.explain(err)
		}
		done += h.Total()
	}
	return done, nil
}

func (c *client) explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", c.name, err)
}

func (c *client) packet(h wire.Header, body []byte) error {
	switch {
	case h.Type == wire.PUBLISH && c.sub != nil:
		return c.publish(h.Flags, body)
	case h.Type >= wire.PUBACK && h.Type <= wire.PUBCOMP:
		return c.acknowledgement(h, body)
	case h.Type == wire.CONNACK && c.phase == connecting:
		return c.connack(h.Flags, body)
	case h.Type == wire.SUBACK && c.phase == subscribing:
		return c.suback(h.Flags, body)
	case h.Type == wire.DISCONNECT:
		var p wire.Disconnect
		if err := p.Decode(c.load.plan.Version, h.Flags, body); err != nil {
			return err
		}
		return &mqtt.ReasonError{Op: "disconnected", Code: p.Code}
	}
	return fmt.Errorf("unexpected packet of type %v", h.Type)
}

func (c *client) publish(flags byte, body []byte) error {
	p := &c.load.packet
	if err := p.Decode(c.load.plan.Version, flags, body); err != nil {
		return err
	}
	switch p.QoS {
	case mqtt.AtLeastOnce:
		c.out = wire.AppendAck(c.out, wire.PUBACK, p.PacketID)
	case mqtt.ExactlyOnce:
		c.out = wire.AppendAck(c.out, wire.PUBREC, p.PacketID)
	}
	c.sub.deliver(p.Payload)
	return nil
}

func (c *client) acknowledgement(h wire.Header, body []byte) error {
	p := wire.Ack{Type: h.Type}
	if err := p.Decode(c.load.plan.Version, h.Flags, body); err != nil {
		return err
	}
	if p.Code.Failed() {
		return &mqtt.ReasonError{Op: h.Type.String(), Code: p.Code}
	}
	switch {
	case h.Type == wire.PUBREL && c.sub != nil:
		c.out = wire.AppendAck(c.out, wire.PUBCOMP, p.PacketID)
		return nil
	case h.Type == wire.PUBREC && c.pub != nil && c.load.plan.QoS == mqtt.ExactlyOnce:
		c.out = wire.AppendAck(c.out, wire.PUBREL, p.PacketID)
		return nil
	case h.Type == wire.PUBACK && c.pub != nil && c.load.plan.QoS == mqtt.AtLeastOnce,
		h.Type == wire.PUBCOMP && c.pub != nil && c.load.plan.QoS == mqtt.ExactlyOnce:
		return c.pub.acknowledge()
	}
	return fmt.Errorf("unexpected packet of type %v", h.Type)
}

func (c *client) connack(flags byte, body []byte) error {
	var p wire.Connack
	if err := p.Decode(c.load.plan.Version, flags, body); err != nil {
		return err
	}
	if p.Code.Failed() {
		return &mqtt.ReasonError{Op: "connect", Code: p.Code}
	}
	if c.sub == nil {
		c.becomeReady()
		return nil
	}
	subscribe := wire.Subscribe{PacketID: 1, Filters: []wire.SubscribeFilter{{Filter: c.sub.filter, QoS: c.load.plan.QoS}}}
	var err error
	c.out, err = subscribe.Append(c.out, c.load.plan.Version)
	c.phase = subscribing
	return err
}

func (c *client) suback(flags byte, body []byte) error {
	var p wire.Suback
	if err := p.Decode(c.load.plan.Version, flags, body); err != nil {
		return err
	}
	if len(p.Codes) != 1 {
		return errors.New("SUBACK does not answer one filter")
	}
	if p.Codes[0].Failed() || mqtt.QoS(p.Codes[0]) != c.load.plan.QoS {
		return &mqtt.ReasonError{Op: "subscribe " + c.sub.filter, Code: p.Codes[0]}
	}
	c.becomeReady()
	return nil
}

func (c *client) becomeReady() {
	c.phase = ready
	c.load.ready++
}
