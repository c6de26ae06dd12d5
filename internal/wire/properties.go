package wire

import (
	"errors"
	"fmt"

	"mqt/internal/mqtt"
)

// RawProperties is an encoded property list without its length. Lists that
// come out of a Decode are valid.
type RawProperties []byte

// Parse decodes the list. Strings are copied. Of a list that is not valid it
// returns the properties before the first that cannot be parsed.
func (r RawProperties) Parse() mqtt.Properties {
	count := 0
	for b := []byte(r); len(b) > 0; count++ {
		_, n, err := nextProperty(b)
		if err != nil {
			break
		}
		b = b[n:]
	}
	if count == 0 {
		return nil
	}
	text := string(r) // one copy that all strings share
	ps := make(mqtt.Properties, 0, count)
	for at := 0; len(ps) < count; {
		p, n, _ := nextProperty(r[at:])
		ps = append(ps, mqtt.Property{
			ID:    p.id,
			Int:   p.num,
			Key:   text[at+p.key.from : at+p.key.to],
			Value: text[at+p.value.from : at+p.value.to],
		})
		at += n
	}
	return ps
}

// AppendProperties appends the encoding of ps without a length. It fails when
// a value does not fit its type or a string is not valid UTF-8.
func AppendProperties(dst []byte, ps mqtt.Properties) ([]byte, error) {
	out := dst
	for i := range ps {
		var err error
		if out, err = appendProperty(out, &ps[i]); err != nil {
			if ps[i].ID.Type() == mqtt.TypeNone {
				return dst, err
			}
			return dst, fmt.Errorf("property %v %w", ps[i].ID, err)
		}
	}
	return out, nil
}

func appendProperty(dst []byte, p *mqtt.Property) ([]byte, error) {
	dst = append(dst, byte(p.ID))
	switch p.ID.Type() {
	case mqtt.TypeByte:
		return append(dst, byte(p.Int)), fits(p.Int, 0xFF)
	case mqtt.TypeUint16:
		return append(dst, byte(p.Int>>8), byte(p.Int)), fits(p.Int, 0xFFFF)
	case mqtt.TypeUint32:
		return append(dst, byte(p.Int>>24), byte(p.Int>>16), byte(p.Int>>8), byte(p.Int)), nil
	case mqtt.TypeVarint:
		return AppendVarint(dst, p.Int), fits(p.Int, MaxRemaining)
	case mqtt.TypeString:
		return appendText(dst, p.Value)
	case mqtt.TypeBinary:
		if len(p.Value) > maxField {
			return dst, errors.New("is longer than 65,535 bytes")
		}
		dst = append(dst, byte(len(p.Value)>>8), byte(len(p.Value)))
		return append(dst, p.Value...), nil
	case mqtt.TypePair:
		dst, err := appendText(dst, p.Key)
		if err != nil {
			return dst, fmt.Errorf("name %w", err)
		}
		return appendText(dst, p.Value)
	}
	return dst, fmt.Errorf("property 0x%02X does not exist", uint8(p.ID))
}

func fits(v, limit uint32) error {
	if v > limit {
		return fmt.Errorf("is %d, above %d", v, limit)
	}
	return nil
}

// span is a part of a property: offsets from its identifier byte.
type span struct{ from, to int }

func (s span) of(b []byte) []byte { return b[s.from:s.to] }

// rawProperty is one property of an encoded list.
type rawProperty struct {
	id         mqtt.PropertyID
	num        uint32
	key, value span
}

// nextProperty reads the property at the front of b, which is not empty, and
// returns its length. It checks nothing but that the property exists and is
// all there. Identifiers are variable byte integers, but all have one byte.
func nextProperty(b []byte) (p rawProperty, n int, err error) {
	p.id = mqtt.PropertyID(b[0])
	switch p.id.Type() {
	case mqtt.TypeByte:
		n = 2
	case mqtt.TypeUint16:
		n = 3
	case mqtt.TypeUint32:
		n = 5
	case mqtt.TypeVarint:
		p.num, n, err = varint(b[1:])
		return p, n + 1, inProperty(err)
	case mqtt.TypeString, mqtt.TypeBinary:
		p.value, n = field(b, 1)
	case mqtt.TypePair:
		if p.key, n = field(b, 1); n <= len(b) {
			p.value, n = field(b, n)
		}
	default:
		return p, 0, malformed(fmt.Sprintf("property 0x%02X does not exist", b[0]))
	}
	if n > len(b) {
		return p, 0, inProperty(ErrIncomplete)
	}
	if p.value.to == 0 {
		for _, c := range b[1:n] {
			p.num = p.num<<8 | uint32(c)
		}
	}
	return p, n, nil
}

// field returns where the string or binary data whose length is at b[at:]
// stands, and the offset of what follows it, which is above len(b) when b is
// too short.
func field(b []byte, at int) (span, int) {
	if at+2 > len(b) {
		return span{}, len(b) + 1
	}
	end := at + 2 + int(b[at])<<8 + int(b[at+1])
	return span{at + 2, end}, end
}

func inProperty(err error) error {
	if err == ErrIncomplete {
		return malformed("property list ends inside a property")
	}
	return err
}

// splitProperties reads a property list with its length off the front of b.
func splitProperties(b []byte) (raw RawProperties, rest []byte, err error) {
	n, size, err := varint(b)
	if err == ErrIncomplete || err == nil && int(n) > len(b)-size {
		err = malformed("packet ends inside the property list")
	}
	if err != nil {
		return nil, nil, err
	}
	end := size + int(n)
	return RawProperties(b[size:end:end]), b[end:], nil
}
