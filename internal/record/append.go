package record

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

// Append appends m as one JSON object, without a line end, and returns the
// extended slice. It allocates nothing beyond dst. Strings that MQTT requires
// to be UTF-8 and that are not get U+FFFD for each bad byte.
func Append(dst []byte, m mqtt.Message) []byte {
	dst = append(dst, '{')
	if !m.Received.IsZero() {
		dst = append(dst, `"time":"`...)
		dst = m.Received.UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, `",`...)
	}
	dst = append(dst, `"topic":`...)
	dst = AppendString(dst, m.Topic)
	dst = append(dst, `,"qos":`...)
	dst = strconv.AppendUint(dst, uint64(m.QoS), 10)
	dst = append(dst, `,"retain":`...)
	dst = strconv.AppendBool(dst, m.Retain)
	if m.Dup {
		dst = append(dst, `,"dup":true`...)
	}
	if m.PacketID != 0 {
		dst = append(dst, `,"mid":`...)
		dst = strconv.AppendUint(dst, uint64(m.PacketID), 10)
	}
	if utf8.Valid(m.Payload) {
		dst = append(dst, `,"payload":`...)
		dst = AppendString(dst, m.Payload)
	} else {
		dst = append(dst, `,"payload_base64":`...)
		dst = appendBase64(dst, m.Payload)
	}
	if len(m.Props) > 0 {
		dst = append(dst, `,"properties":`...)
		dst = appendProperties(dst, m.Props)
	}
	return append(dst, '}')
}

func appendProperties(dst []byte, ps mqtt.Properties) []byte {
	for i := range ps {
		sep := byte(',')
		if i == 0 {
			sep = '['
		}
		dst = append(dst, sep)
		dst = appendProperty(dst, &ps[i])
	}
	return append(dst, ']')
}

func appendProperty(dst []byte, p *mqtt.Property) []byte {
	dst = append(dst, `{"name":"`...)
	dst = append(dst, p.ID.String()...)
	switch p.ID.Type() {
	case mqtt.TypeString:
		dst = append(dst, `","value":`...)
		dst = AppendString(dst, p.Value)
	case mqtt.TypePair:
		dst = append(dst, `","key":`...)
		dst = AppendString(dst, p.Key)
		dst = append(dst, `,"value":`...)
		dst = AppendString(dst, p.Value)
	case mqtt.TypeBinary:
		dst = append(dst, `","value_base64":`...)
		dst = appendBase64(dst, p.Value)
	default:
		dst = append(dst, `","value":`...)
		dst = strconv.AppendUint(dst, uint64(p.Int), 10)
	}
	return append(dst, '}')
}

func appendBase64[T []byte | string](dst []byte, s T) []byte {
	dst = append(dst, '"')
	// A chunk at a time through the stack, because a string cannot be encoded
	// without a copy.
	var chunk [768]byte // a multiple of three: no padding inside
	for len(s) > 0 {
		n := copy(chunk[:], s)
		dst = base64.StdEncoding.AppendEncode(dst, chunk[:n])
		s = s[n:]
	}
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string with its quotes. Control characters
// (below U+0020, U+007F to U+009F) are escaped, other text is copied as it is,
// and bytes that are not UTF-8 become U+FFFD.
func AppendString[T []byte | string](dst []byte, s T) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if special[c] == 0 {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
			continue
		}
		// Only the next rune is converted: the whole would be a copy.
		r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, s[start:i]...)
			dst = append(dst, `\ufffd`...)
			start = i + size
		case r < 0xa0: // C1 controls: a terminal may obey them
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, byte(r))
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	if c < utf8.RuneSelf && special[c] != 'u' {
		return append(dst, '\\', special[c])
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// special maps an ASCII character to the letter of its escape, 'u' when it has
// none of its own, 0 when it needs none.
var special = [utf8.RuneSelf]byte{
	0: 'u', 1: 'u', 2: 'u', 3: 'u', 4: 'u', 5: 'u', 6: 'u', 7: 'u',
	'\b': 'b', '\t': 't', '\n': 'n', 11: 'u', '\f': 'f', '\r': 'r', 14: 'u', 15: 'u',
	16: 'u', 17: 'u', 18: 'u', 19: 'u', 20: 'u', 21: 'u', 22: 'u', 23: 'u',
	24: 'u', 25: 'u', 26: 'u', 27: 'u', 28: 'u', 29: 'u', 30: 'u', 31: 'u',
	'"': '"', '\\': '\\', 127: 'u',
}
