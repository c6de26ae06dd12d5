package wire

import (
	"fmt"

	"mqt/internal/mqtt"
)

// Header is a fixed header.
type Header struct {
	Type      Type
	Flags     byte // the low four bits of the first byte
	Size      int  // bytes of the fixed header itself: 2 to 5
	Remaining int  // bytes that follow it
}

// Total returns the length of the whole packet in bytes.
func (h Header) Total() int { return h.Size + h.Remaining }

const (
	fixedFlags = 0x02 // of PUBREL, SUBSCRIBE and UNSUBSCRIBE [MQTT-2.1.3-1]
	dupFlag    = 0x08
)

// headerFlags holds for each type the set of flags, bit f for flags f, that
// some version permits. MQTT 3.1 lets PUBREL, SUBSCRIBE and UNSUBSCRIBE carry
// DUP; their Decode refuses it in the other versions.
var headerFlags = [16]uint16{
	CONNECT:     1 << 0,
	CONNACK:     1 << 0,
	PUBLISH:     0xFFFF,
	PUBACK:      1 << 0,
	PUBREC:      1 << 0,
	PUBREL:      1<<fixedFlags | 1<<(fixedFlags|dupFlag),
	PUBCOMP:     1 << 0,
	SUBSCRIBE:   1<<fixedFlags | 1<<(fixedFlags|dupFlag),
	SUBACK:      1 << 0,
	UNSUBSCRIBE: 1<<fixedFlags | 1<<(fixedFlags|dupFlag),
	UNSUBACK:    1 << 0,
	PINGREQ:     1 << 0,
	PINGRESP:    1 << 0,
	DISCONNECT:  1 << 0,
	AUTH:        1 << 0,
}

// ParseHeader reads the fixed header at the front of b. It returns
// ErrIncomplete when b is too short to hold one, and a *mqtt.ReasonError
// (malformed packet) when the type is 0, the flags are not those the
// specification fixes for the type, or the length is not a canonical variable
// byte integer.
func ParseHeader(b []byte) (Header, error) {
	if len(b) == 0 {
		return Header{}, ErrIncomplete
	}
	h := Header{Type: Type(b[0] >> 4), Flags: b[0] & 0x0F}
	if headerFlags[h.Type]>>h.Flags&1 == 0 {
		return Header{}, badFlags(h.Type, h.Flags)
	}
	if len(b) > 1 && b[1] < 0x80 {
		h.Size, h.Remaining = 2, int(b[1])
		return h, nil
	}
	v, n, err := varint(b[1:])
	if err != nil {
		return Header{}, err
	}
	h.Size, h.Remaining = 1+n, int(v)
	return h, nil
}

// checkFlags refuses flags of the fixed header that v does not permit for t,
// a type other than PUBLISH.
func checkFlags(t Type, v mqtt.Version, flags byte) error {
	if flags < 16 && headerFlags[t&0x0F]>>flags&1 == 1 && (flags&dupFlag == 0 || v == mqtt.V31) {
		return nil
	}
	return badFlags(t, flags)
}

func badFlags(t Type, flags byte) error {
	if t == 0 {
		return malformed("packet type 0 is reserved")
	}
	return malformed(fmt.Sprintf("%v must not have the fixed header flags 0x%X", t, flags))
}
