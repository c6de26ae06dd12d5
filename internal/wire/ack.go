package wire

import (
	"errors"

	"mqt/internal/mqtt"
)

// Ack is PUBACK, PUBREC, PUBREL or PUBCOMP. Decode allocates only when there
// are properties. Before MQTT 5 there is neither code nor properties: Append
// then fails when Code is a failure and ignores everything else.
type Ack struct {
	Type     Type // must be set before Decode and Append
	PacketID uint16
	Code     mqtt.ReasonCode
	Props    mqtt.Properties
}

// AppendAck appends the four-byte form of an acknowledgement: success, no
// properties, the same in every version. t is PUBACK, PUBREC, PUBREL or
// PUBCOMP, id is not 0.
func AppendAck(dst []byte, t Type, id uint16) []byte {
	return append(dst, byte(t)<<4|ackFlags(t), 2, byte(id>>8), byte(id))
}

func ackFlags(t Type) byte {
	if t == PUBREL {
		return fixedFlags
	}
	return 0
}

func (p *Ack) valid() bool { return p.Type >= PUBACK && p.Type <= PUBCOMP }

// Decode implements Packet. Type must be set.
func (p *Ack) Decode(v mqtt.Version, flags byte, body []byte) error {
	p.PacketID, p.Code, p.Props = 0, mqtt.Success, nil
	if !p.valid() {
		return refuse(mqtt.ImplementationSpecificError, p.Type.String()+" is not an acknowledgement")
	}
	if err := checkFlags(p.Type, v, flags); err != nil {
		return err
	}
	if len(body) < 2 {
		return malformed("packet ends inside packet identifier")
	}
	p.PacketID = uint16(body[0])<<8 | uint16(body[1])
	if p.PacketID == 0 {
		return zeroPacketID()
	}
	if len(body) == 2 {
		return nil
	}
	if v != mqtt.V5 {
		return malformed("packet has bytes after its last field")
	}
	p.Code = mqtt.ReasonCode(body[2])
	if err := checkCode(p.Type, p.Code); err != nil {
		return err
	}
	if len(body) == 3 { // no property length either, section 3.4.2.2.1
		return nil
	}
	c := cursor{b: body[3:]}
	p.Props = c.properties(v, p.Type.place())
	return c.end()
}

// Append implements Packet.
func (p *Ack) Append(dst []byte, v mqtt.Version) ([]byte, error) {
	switch {
	case !p.valid():
		return dst, cannotEncode(p.Type, errors.New("not an acknowledgement"))
	case p.PacketID == 0:
		return dst, cannotEncode(p.Type, zeroPacketID())
	case v != mqtt.V5 && p.Code.Failed():
		return dst, cannotEncode(p.Type, needsV5("a failure"))
	case v != mqtt.V5 || p.Code == mqtt.Success && len(p.Props) == 0:
		return AppendAck(dst, p.Type, p.PacketID), nil
	}
	e := begin(dst, p.Type)
	e.uint16(p.PacketID)
	e.code(p.Code)
	if len(p.Props) > 0 {
		e.properties(p.Props, p.Type.place())
	}
	return e.finish(ackFlags(p.Type))
}
