package broker

import (
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// handle acts on one packet. An error ends the connection.
func (c *conn) handle(b *batch, h wire.Header, body []byte) error {
	if c.sess == nil {
		switch {
		case c.admission != nil && h.Type == wire.AUTH:
			return c.onAuth(b, h, body)
		case h.Type != wire.CONNECT || c.admission != nil: // [MQTT-3.1.0-1]
			return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: "the first packet is not CONNECT"}
		}
		return c.onConnect(b, body)
	}
	switch h.Type {
	case wire.PUBLISH:
		return c.onPublish(b, h, body)
	case wire.PUBACK, wire.PUBREC, wire.PUBREL, wire.PUBCOMP:
		return c.onAck(b, h, body)
	case wire.SUBSCRIBE:
		return c.onSubscribe(b, h, body)
	case wire.UNSUBSCRIBE:
		return c.onUnsubscribe(b, h, body)
	case wire.PINGREQ:
		return c.onPing(b, h, body)
	case wire.DISCONNECT:
		return c.onDisconnect(h, body)
	case wire.CONNECT: // [MQTT-3.1.0-2]
		return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: "a second CONNECT"}
	case wire.AUTH:
		return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: "AUTH without an authentication method in CONNECT"}
	}
	return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: "a packet that only a server sends"}
}

func (c *conn) onPing(b *batch, h wire.Header, body []byte) error {
	var p wire.Pingreq
	if err := p.Decode(c.version, h.Flags, body); err != nil {
		return err
	}
	b.appendPacket(c, []byte{byte(wire.PINGRESP) << 4, 0})
	return nil
}

// onDisconnect handles DISCONNECT: the client leaves of its own accord.
func (c *conn) onDisconnect(h wire.Header, body []byte) error {
	var p wire.Disconnect
	if err := p.Decode(c.version, h.Flags, body); err != nil {
		return err
	}
	if v, ok := p.Props.Uint(mqtt.PropSessionExpiry); ok {
		s := c.sess
		s.mu.Lock()
		defer s.mu.Unlock()
		if c.expiry == 0 && v != 0 { // [MQTT-3.1.2-23] section 3.14.2.2.2
			return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: "the session expiry interval was zero in CONNECT and cannot be set in DISCONNECT"}
		}
		c.expiry = c.capExpiry(v)
	}
	if p.Code == mqtt.Success {
		return errGoodbye
	}
	return errGoodbyeWill
}

// onAck handles the acknowledgements of QoS 1 and 2.
func (c *conn) onAck(b *batch, h wire.Header, body []byte) error {
	p := &b.packets.ack
	*p = wire.Ack{Type: h.Type}
	if err := p.Decode(c.version, h.Flags, body); err != nil {
		return err
	}
	if h.Type == wire.PUBREL {
		return c.onPubrel(b, p)
	}
	s := c.sess
	s.mu.Lock()
	if s.conn.Load() != c {
		s.mu.Unlock()
		return nil // taken over while this was on its way
	}
	var ord uint64
	if fl := s.out.find(p.PacketID); fl != nil {
		ord = fl.ord
	}
	reply, code := s.out.acked(p)
	if s.sid != 0 && ord != 0 {
		b.logAcked(s, p, ord)
	}
	wake := s.backlog.Load() > 0
	s.mu.Unlock()
	if reply {
		c.answer(b, wire.PUBREL, p.PacketID, outcome{code: code})
	}
	if wake {
		b.markDirty(c) // the window has room again: flushing draws on the queue
	}
	return nil
}

// acked applies PUBACK, PUBREC or PUBCOMP to the window. It reports whether
// PUBREL is to be sent, and with which code.
func (f *inflight) acked(p *wire.Ack) (reply bool, code mqtt.ReasonCode) {
	fl := f.find(p.PacketID)
	switch {
	case fl == nil:
		return p.Type == wire.PUBREC && !p.Code.Failed(), mqtt.PacketIdentifierNotFound
	case p.Type == wire.PUBREC && fl.qos == mqtt.ExactlyOnce:
		if p.Code.Failed() {
			f.finish(fl)
			return false, 0
		}
		f.received(fl)
		return true, mqtt.Success
	case p.Type == wire.PUBACK && fl.qos == mqtt.AtLeastOnce,
		p.Type == wire.PUBCOMP && fl.qos == mqtt.ExactlyOnce && fl.step == stepRelease:
		f.finish(fl)
	}
	return false, 0
}

// onPubrel releases a QoS 2 packet identifier. [MQTT-4.3.3-11]
func (c *conn) onPubrel(b *batch, p *wire.Ack) error {
	s := c.sess
	s.mu.Lock()
	if s.conn.Load() != c { // taken over: the identifier may stand for another message by now
		s.mu.Unlock()
		return nil
	}
	known := b.release(s, p.PacketID)
	s.mu.Unlock()
	code := mqtt.Success
	if !known {
		code = mqtt.PacketIdentifierNotFound
	}
	c.answer(b, wire.PUBCOMP, p.PacketID, outcome{code: code})
	return nil
}
