package wire

import (
	"errors"

	"mqt/internal/mqtt"
)

// Unsubscribe is UNSUBSCRIBE. Filters are checked for UTF-8 and emptiness, not
// for wildcard rules.
type Unsubscribe struct {
	PacketID uint16
	Props    mqtt.Properties
	Filters  []string
}

// Decode implements Packet.
func (p *Unsubscribe) Decode(v mqtt.Version, flags byte, body []byte) error {
	*p = Unsubscribe{}
	if err := checkFlags(UNSUBSCRIBE, v, flags); err != nil {
		return err
	}
	c := cursor{b: body}
	p.PacketID = c.packetID()
	p.Props = c.properties(v, inUnsubscribe)
	for c.err == nil && len(c.b) > 0 {
		p.Filters = append(p.Filters, filterText(&c, v))
	}
	if c.err == nil && len(p.Filters) == 0 { // [MQTT-3.10.3-2]
		return protocolError("no topic filter")
	}
	return c.err
}

// Append implements Packet.
func (p *Unsubscribe) Append(dst []byte, v mqtt.Version) ([]byte, error) {
	e := begin(dst, UNSUBSCRIBE)
	e.packetID(p.PacketID)
	e.requestProperties(v, p.Props, inUnsubscribe)
	if len(p.Filters) == 0 {
		e.fail(errors.New("no topic filter"))
	}
	for _, s := range p.Filters {
		e.filter(s)
	}
	return e.finish(fixedFlags)
}
