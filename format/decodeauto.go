package format

import (
	"strings"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

// newAuto decodes what the content type names; else text stays text, and an
// object or array of CBOR or MessagePack becomes JSON. Single values are not
// looked for: too many payloads would look like one.
func newAuto() (decodeFunc, error) {
	fromCBOR, err := newCBOR()
	if err != nil {
		return nil, err
	}
	return func(dst []byte, m mqtt.Message) ([]byte, bool) {
		kind, _ := m.Props.Get(mqtt.PropContentType)
		switch media, _, _ := strings.Cut(strings.ToLower(kind.Value), ";"); strings.TrimSpace(media) {
		case "application/cbor":
			if out, ok := fromCBOR(dst, m); ok {
				return out, true
			}
		case "application/msgpack", "application/x-msgpack", "application/vnd.msgpack":
			if out, ok := decodeMsgpack(dst, m); ok {
				return out, true
			}
		}
		if utf8.Valid(m.Payload) {
			return decodeUTF8(dst, m)
		}
		if c := m.Payload[0]; c>>5 == cborArray || c>>5 == cborMap {
			if out, ok := fromCBOR(dst, m); ok {
				return out, true
			}
		}
		if c := m.Payload[0]; c&0xe0 == 0x80 || c >= 0xdc && c <= 0xdf { // map or array
			return decodeMsgpack(dst, m)
		}
		return nil, false
	}, nil
}
