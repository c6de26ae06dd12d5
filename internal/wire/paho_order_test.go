package wire

import (
	"cmp"
	"slices"

	"mqt/internal/mqtt"
)

// inOrder returns a packet with its properties sorted by identifier, and
// without what only Decode sets.
func inOrder(p Packet) Packet {
	switch p := p.(type) {
	case *Connect:
		c := *p
		c.Props = sorted(c.Props)
		if c.Will != nil {
			w := *c.Will
			w.Props = sorted(w.Props)
			c.Will = &w
		}
		return &c
	case *Connack:
		c := *p
		c.Props = sorted(c.Props)
		return &c
	case *Publish:
		list, err := AppendProperties(nil, sorted(p.Props.Parse()))
		if err != nil {
			panic(err)
		}
		return &Publish{
			Dup: p.Dup, QoS: p.QoS, Retain: p.Retain, PacketID: p.PacketID,
			Topic: p.Topic, Props: list, Payload: p.Payload,
		}
	case *Ack:
		return &Ack{Type: p.Type, PacketID: p.PacketID, Code: p.Code, Props: sorted(p.Props)}
	case *Subscribe:
		return &Subscribe{PacketID: p.PacketID, Props: sorted(p.Props), Filters: p.Filters}
	case *Suback:
		return &Suback{PacketID: p.PacketID, Props: sorted(p.Props), Codes: p.Codes}
	case *Unsubscribe:
		return &Unsubscribe{PacketID: p.PacketID, Props: sorted(p.Props), Filters: p.Filters}
	case *Unsuback:
		return &Unsuback{PacketID: p.PacketID, Props: sorted(p.Props), Codes: p.Codes}
	case *Disconnect:
		return &Disconnect{Code: p.Code, Props: sorted(p.Props)}
	case *Auth:
		return &Auth{Code: p.Code, Props: sorted(p.Props)}
	}
	return p
}

func sorted(ps mqtt.Properties) mqtt.Properties {
	out := slices.Clone(ps)
	slices.SortStableFunc(out, func(a, b mqtt.Property) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
