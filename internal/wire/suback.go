package wire

import (
	"errors"

	"mqt/internal/mqtt"
)

// Suback is SUBACK. In 3.1 and 3.1.1 every failure becomes 0x80, and Append
// ignores Props.
type Suback struct {
	PacketID uint16
	Props    mqtt.Properties
	Codes    []mqtt.ReasonCode // one for each topic filter, in order
}

// Decode implements Packet.
func (p *Suback) Decode(v mqtt.Version, flags byte, body []byte) error {
	*p = Suback{}
	if err := checkFlags(SUBACK, v, flags); err != nil {
		return err
	}
	c := cursor{b: body}
	p.PacketID = c.packetID()
	p.Props = c.properties(v, inSuback)
	p.Codes = c.codes(SUBACK)
	if c.err != nil || v == mqtt.V5 {
		return c.err
	}
	for _, code := range p.Codes { // 3.1.1 [MQTT-3.9.3-2]
		if code > mqtt.UnspecifiedError {
			return protocolError("subscribe return code does not exist")
		}
	}
	return nil
}

// codes reads the reason codes that are the rest of a packet, at least one.
func (c *cursor) codes(t Type) []mqtt.ReasonCode {
	if c.err == nil && len(c.b) == 0 {
		c.err = protocolError("no reason code")
	}
	if c.err != nil {
		return nil
	}
	out := make([]mqtt.ReasonCode, len(c.b)) // these bytes are all there
	for i, b := range c.b {
		out[i] = mqtt.ReasonCode(b)
		if c.err = checkCode(t, out[i]); c.err != nil {
			return nil
		}
	}
	c.b = nil
	return out
}

// Append implements Packet.
func (p *Suback) Append(dst []byte, v mqtt.Version) ([]byte, error) {
	e := begin(dst, SUBACK)
	e.packetID(p.PacketID)
	if v == mqtt.V5 {
		e.properties(p.Props, inSuback)
	}
	if len(p.Codes) == 0 {
		e.fail(errors.New("no reason code"))
	}
	for _, code := range p.Codes {
		if v != mqtt.V5 && code.Failed() {
			code = mqtt.UnspecifiedError
		}
		e.code(code)
	}
	return e.finish(0)
}
