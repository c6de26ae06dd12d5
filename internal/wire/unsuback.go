package wire

import (
	"errors"

	"mqt/internal/mqtt"
)

// Unsuback is UNSUBACK. Codes is empty before MQTT 5: Append then ignores
// Codes and Props.
type Unsuback struct {
	PacketID uint16
	Props    mqtt.Properties
	Codes    []mqtt.ReasonCode // one for each topic filter, in order
}

// Decode implements Packet.
func (p *Unsuback) Decode(v mqtt.Version, flags byte, body []byte) error {
	*p = Unsuback{}
	if err := checkFlags(UNSUBACK, v, flags); err != nil {
		return err
	}
	c := cursor{b: body}
	p.PacketID = c.packetID()
	if v == mqtt.V5 {
		p.Props = c.properties(v, inUnsuback)
		p.Codes = c.codes(UNSUBACK)
	}
	return c.end()
}

// Append implements Packet.
func (p *Unsuback) Append(dst []byte, v mqtt.Version) ([]byte, error) {
	e := begin(dst, UNSUBACK)
	e.packetID(p.PacketID)
	if v == mqtt.V5 {
		e.properties(p.Props, inUnsuback)
		if len(p.Codes) == 0 {
			e.fail(errors.New("no reason code"))
		}
		for _, code := range p.Codes {
			e.code(code)
		}
	}
	return e.finish(0)
}
