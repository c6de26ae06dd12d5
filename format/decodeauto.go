package format

import (
	"strings"
	"sync"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

// newAuto decodes what the content type names; else text stays text, and an
// object or array of CBOR or MessagePack becomes JSON. Single values are not
// looked for: too many payloads would look like one. Sparkplug B is known by
// its topics.
func newAuto(o DecodeOptions) (decodeFunc, error) {
	fromCBOR, err := newCBOR(o)
	if err != nil {
		return nil, err
	}
	sparkplug := sync.OnceValues(func() (decodeFunc, error) { return newSparkplug(o) })
	return func(dst []byte, m mqtt.Message) ([]byte, bool) {
		if strings.HasPrefix(m.Topic, sparkplugTopic) {
			if decode, err := sparkplug(); err == nil {
				if out, ok := decode(dst, m); ok {
					return out, true
				}
			}
		}
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
