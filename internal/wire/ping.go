package wire

import "mqt/internal/mqtt"

// Pingreq is PINGREQ.
type Pingreq struct{}

// Pingresp is PINGRESP.
type Pingresp struct{}

// Decode implements Packet.
func (*Pingreq) Decode(v mqtt.Version, flags byte, body []byte) error {
	return decodeEmpty(PINGREQ, v, flags, body)
}

// Append implements Packet. It never fails.
func (*Pingreq) Append(dst []byte, _ mqtt.Version) ([]byte, error) {
	return append(dst, byte(PINGREQ)<<4, 0), nil
}

// Decode implements Packet.
func (*Pingresp) Decode(v mqtt.Version, flags byte, body []byte) error {
	return decodeEmpty(PINGRESP, v, flags, body)
}

// Append implements Packet. It never fails.
func (*Pingresp) Append(dst []byte, _ mqtt.Version) ([]byte, error) {
	return append(dst, byte(PINGRESP)<<4, 0), nil
}

// decodeEmpty accepts a packet that is nothing but its fixed header.
func decodeEmpty(t Type, v mqtt.Version, flags byte, body []byte) error {
	if err := checkFlags(t, v, flags); err != nil {
		return err
	}
	if len(body) > 0 {
		return malformed(t.String() + " must not have a body")
	}
	return nil
}
