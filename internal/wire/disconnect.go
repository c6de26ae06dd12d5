package wire

import "mqt/internal/mqtt"

// Disconnect is DISCONNECT. Before MQTT 5 it has no code and no properties:
// Append then ignores them. Which codes and properties only one side may send
// is for the receiver to check.
type Disconnect struct {
	Code  mqtt.ReasonCode
	Props mqtt.Properties
}

// Decode implements Packet.
func (p *Disconnect) Decode(v mqtt.Version, flags byte, body []byte) error {
	*p = Disconnect{}
	if v != mqtt.V5 || len(body) == 0 {
		return decodeEmpty(DISCONNECT, v, flags, body)
	}
	if err := checkFlags(DISCONNECT, v, flags); err != nil {
		return err
	}
	p.Code = mqtt.ReasonCode(body[0])
	if err := checkCode(DISCONNECT, p.Code); err != nil {
		return err
	}
	if len(body) == 1 { // no property length either, section 3.14.2.2.1
		return nil
	}
	c := cursor{b: body[1:]}
	p.Props = c.properties(v, inDisconnect)
	return c.end()
}

// Append implements Packet.
func (p *Disconnect) Append(dst []byte, v mqtt.Version) ([]byte, error) {
	if v != mqtt.V5 || p.Code == mqtt.Success && len(p.Props) == 0 {
		return append(dst, byte(DISCONNECT)<<4, 0), nil
	}
	e := begin(dst, DISCONNECT)
	e.code(p.Code)
	if len(p.Props) > 0 {
		e.properties(p.Props, inDisconnect)
	}
	return e.finish(0)
}
