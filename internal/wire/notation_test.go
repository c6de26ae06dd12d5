package wire

import (
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

// raw turns the notation of these tests into bytes: words are hexadecimal,
// "text" is text with its two-byte length before it, 'text' is text alone, and
// [ … ] is what is inside with its length as a variable byte integer before it.
func raw(t testing.TB, s string) []byte {
	t.Helper()
	const space = " \t\n"
	var out []byte
	var opened []int
	for s = strings.TrimLeft(s, space); s != ""; s = strings.TrimLeft(s, space) {
		switch q := s[0]; q {
		case '"', '\'':
			text, rest, _ := strings.Cut(s[1:], string(q))
			if q == '"' {
				out = append(out, byte(len(text)>>8), byte(len(text)))
			}
			out, s = append(out, text...), rest
		case '[':
			opened, s = append(opened, len(out)), s[1:]
		case ']':
			at := opened[len(opened)-1]
			list := slices.Clone(out[at:])
			out = append(AppendVarint(out[:at], uint32(len(list))), list...)
			opened, s = opened[:len(opened)-1], s[1:]
		default:
			end := strings.IndexAny(s+" ", space)
			b, err := hex.DecodeString(s[:end])
			if err != nil {
				t.Fatalf("raw: %q: %v", s[:end], err)
			}
			out, s = append(out, b...), s[end:]
		}
	}
	return out
}

// frame puts a fixed header with the given first byte before body.
func frame(first byte, body []byte) []byte {
	return append(AppendVarint([]byte{first}, uint32(len(body))), body...)
}

// decode decodes one whole packet.
func decode(b []byte, v mqtt.Version) (Packet, error) {
	h, err := ParseHeader(b)
	if err != nil {
		return nil, err
	}
	if h.Total() > len(b) {
		return nil, ErrIncomplete
	}
	p := New(h.Type)
	return p, p.Decode(v, h.Flags, b[h.Size:h.Total()])
}

// codeOf returns the reason code of an error, 0 when it has none.
func codeOf(err error) mqtt.ReasonCode {
	var re *mqtt.ReasonError
	if errors.As(err, &re) {
		return re.Code
	}
	return 0
}

// same compares packets; nil and empty byte slices are the same.
func same(a, b Packet) bool { return reflect.DeepEqual(normal(a), normal(b)) }

func normal(p Packet) Packet {
	switch p := p.(type) {
	case *Publish:
		c := *p
		c.Topic, c.Payload, c.Props = orNil(c.Topic), orNil(c.Payload), orNil(c.Props)
		return &c
	case *Connect:
		c := *p
		c.Password = orNil(c.Password)
		if c.Will != nil {
			w := *c.Will
			w.Payload = orNil(w.Payload)
			c.Will = &w
		}
		return &c
	}
	return p
}

func orNil[T ~[]byte](b T) T {
	if len(b) == 0 {
		return nil
	}
	return b
}

// text and number build properties.
func text(id mqtt.PropertyID, s string) mqtt.Property { return mqtt.Property{ID: id, Value: s} }

func number(id mqtt.PropertyID, n uint32) mqtt.Property { return mqtt.Property{ID: id, Int: n} }

func user(k, v string) mqtt.Property { return mqtt.Property{ID: mqtt.PropUser, Key: k, Value: v} }
