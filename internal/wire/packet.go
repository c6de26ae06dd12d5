package wire

import "mqt/internal/mqtt"

// Packet is one control packet. Decode reads the body (what follows the fixed
// header) and returns a *mqtt.ReasonError when it breaks a rule; slices in the
// result alias body, strings do not. Append appends the whole packet and fails
// when the packet cannot be expressed in that version; then it returns dst as
// it was. A version other than V31 and V5 counts as V311.
type Packet interface {
	Decode(v mqtt.Version, flags byte, body []byte) error
	Append(dst []byte, v mqtt.Version) ([]byte, error)
}

// New returns a zero packet of type t (an *Ack has its Type set), nil when t
// is not a type.
func New(t Type) Packet {
	switch t {
	case CONNECT:
		return new(Connect)
	case CONNACK:
		return new(Connack)
	case PUBLISH:
		return new(Publish)
	case PUBACK, PUBREC, PUBREL, PUBCOMP:
		return &Ack{Type: t}
	case SUBSCRIBE:
		return new(Subscribe)
	case SUBACK:
		return new(Suback)
	case UNSUBSCRIBE:
		return new(Unsubscribe)
	case UNSUBACK:
		return new(Unsuback)
	case PINGREQ:
		return new(Pingreq)
	case PINGRESP:
		return new(Pingresp)
	case DISCONNECT:
		return new(Disconnect)
	case AUTH:
		return new(Auth)
	}
	return nil
}
