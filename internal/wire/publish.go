package wire

import (
	"errors"
	"slices"

	"mqt/internal/mqtt"
)

// Publish is PUBLISH. Its Decode and Append allocate nothing beyond dst. The
// same value can be decoded into again and again.
type Publish struct {
	Dup      bool
	QoS      mqtt.QoS
	Retain   bool
	PacketID uint16        // 0 at QoS 0; ignored by Append there
	Topic    []byte        // empty only where a topic alias stands for it
	Props    RawProperties // all of them, topic alias included
	Payload  []byte

	// Set by Decode, ignored by Append.
	TopicAlias uint16 // 0: none
	AliasAt    int    // offset in Props of the topic alias's identifier byte (3 bytes long), or -1
	ExpiryAt   int    // offset in Props of the message expiry's identifier byte (5 bytes long), or -1
	PropsSubID bool   // Props holds a subscription identifier (a server must refuse that)
}

// The flags of PUBLISH, MQTT 5.0 section 3.3.1.
const (
	publishRetain = 0x01
	publishQoS    = 0x06
)

// Decode implements Packet.
func (p *Publish) Decode(v mqtt.Version, flags byte, body []byte) error {
	p.Dup = flags&dupFlag != 0
	p.QoS = mqtt.QoS(flags & publishQoS >> 1)
	p.Retain = flags&publishRetain != 0
	p.PacketID, p.Props = 0, nil
	p.TopicAlias, p.AliasAt, p.ExpiryAt, p.PropsSubID = 0, -1, -1, false
	if err := checkDelivery(p.QoS, p.Dup); err != nil {
		return err
	}
	if len(body) < 2 {
		return malformed("packet ends inside topic name")
	}
	at := 2 + int(body[0])<<8 + int(body[1])
	if at > len(body) {
		return malformed("packet ends inside topic name")
	}
	p.Topic = body[2:at:at]
	if err := checkTopic("topic name", p.Topic); err != nil {
		return err
	}
	if p.QoS > 0 {
		if len(body)-at < 2 {
			return malformed("packet ends inside packet identifier")
		}
		p.PacketID = uint16(body[at])<<8 | uint16(body[at+1])
		at += 2
		if p.PacketID == 0 {
			return zeroPacketID()
		}
	}
	p.Payload = body[at:]
	if v == mqtt.V5 {
		if err := p.decodeProperties(body[at:]); err != nil {
			return err
		}
	}
	if len(p.Topic) == 0 && p.TopicAlias == 0 {
		return emptyText(v, "topic name")
	}
	return nil
}

// decodeProperties reads what follows the packet identifier in MQTT 5.
func (p *Publish) decodeProperties(b []byte) error {
	if len(b) > 0 && b[0] == 0 {
		p.Payload = b[1:]
		return nil
	}
	raw, rest, err := splitProperties(b)
	if err != nil {
		return err
	}
	s, err := scanProperties(raw, inPublish)
	if err != nil {
		return err
	}
	p.Props, p.Payload = raw, rest
	p.TopicAlias, p.AliasAt, p.ExpiryAt = s.alias, s.aliasAt, s.expiryAt
	p.PropsSubID = s.has(mqtt.PropSubscriptionID)
	return nil
}

// checkDelivery refuses QoS 3 [MQTT-3.3.1-4] and DUP at QoS 0 [MQTT-3.3.1-2].
func checkDelivery(q mqtt.QoS, dup bool) error {
	if !q.Valid() {
		return malformed("QoS is 3")
	}
	if dup && q == 0 {
		return malformed("DUP is set at QoS 0")
	}
	return nil
}

// Append implements Packet.
func (p *Publish) Append(dst []byte, v mqtt.Version) ([]byte, error) {
	n := 2 + len(p.Topic) + len(p.Payload)
	if p.QoS > 0 {
		n += 2
	}
	if v == mqtt.V5 {
		n += VarintSize(uint32(min(len(p.Props), MaxRemaining))) + len(p.Props)
	}
	if err := p.check(v, n); err != nil {
		return dst, cannotEncode(PUBLISH, err)
	}
	first := byte(PUBLISH)<<4 | byte(p.QoS)<<1
	if p.Dup {
		first |= dupFlag
	}
	if p.Retain {
		first |= publishRetain
	}
	dst = slices.Grow(dst, maxHeader+n)
	dst = AppendVarint(append(dst, first), uint32(n))
	dst = append(dst, byte(len(p.Topic)>>8), byte(len(p.Topic)))
	dst = append(dst, p.Topic...)
	if p.QoS > 0 {
		dst = append(dst, byte(p.PacketID>>8), byte(p.PacketID))
	}
	if v == mqtt.V5 {
		dst = AppendVarint(dst, uint32(len(p.Props)))
		dst = append(dst, p.Props...)
	}
	return append(dst, p.Payload...), nil
}

// check returns why the packet, whose remaining length would be n, cannot be
// expressed in v.
func (p *Publish) check(v mqtt.Version, n int) error {
	if err := checkDelivery(p.QoS, p.Dup); err != nil {
		return err
	}
	switch {
	case p.QoS > 0 && p.PacketID == 0:
		return zeroPacketID()
	case len(p.Topic) > maxField:
		return errors.New("topic name is longer than 65,535 bytes")
	case n > MaxRemaining:
		return errors.New("packet is longer than the wire can carry")
	case v != mqtt.V5 && len(p.Props) > 0:
		return needsV5("a property")
	}
	if err := checkTopic("topic name", p.Topic); err != nil {
		return err
	}
	alias := false
	if len(p.Props) > 0 {
		s, err := scanProperties(p.Props, inPublish)
		if err != nil {
			return err
		}
		alias = s.aliasAt >= 0
	}
	if len(p.Topic) == 0 && !alias {
		return emptyText(v, "topic name")
	}
	return nil
}
