package wire

import (
	"errors"
	"strings"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

// encoder appends one packet. The body is written first, with room for the
// longest fixed header before it; finish writes the header and closes the gap.
// After the first error nothing more is checked; finish reports it.
type encoder struct {
	b     []byte
	start int
	typ   Type
	err   error
}

const maxHeader = 5 // bytes of the longest fixed header

func begin(dst []byte, t Type) encoder {
	return encoder{b: append(dst, make([]byte, maxHeader)...), start: len(dst), typ: t}
}

func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *encoder) uint8(v byte) { e.b = append(e.b, v) }

func (e *encoder) uint16(v uint16) { e.b = append(e.b, byte(v>>8), byte(v)) }

func (e *encoder) packetID(id uint16) {
	if id == 0 {
		e.fail(zeroPacketID())
	}
	e.uint16(id)
}

func (e *encoder) text(what, s string) {
	var err error
	if e.b, err = appendText(e.b, s); err != nil {
		e.fail(errors.New(what + " " + err.Error()))
	}
}

func (e *encoder) binary(what string, b []byte) {
	if len(b) > maxField {
		e.fail(errors.New(what + " is longer than 65,535 bytes"))
		return
	}
	e.uint16(uint16(len(b)))
	e.b = append(e.b, b...)
}

// code appends a reason code that must be one of its packet's.
func (e *encoder) code(c mqtt.ReasonCode) {
	e.fail(checkCode(e.typ, c))
	e.uint8(byte(c))
}

// properties appends a property list with its length.
func (e *encoder) properties(ps mqtt.Properties, where places) {
	if len(ps) == 0 {
		e.uint8(0)
		return
	}
	raw, err := AppendProperties(nil, ps)
	if err == nil {
		_, err = scanProperties(raw, where)
	}
	if err == nil && len(raw) > MaxRemaining {
		err = errors.New("property list is too long")
	}
	if err != nil {
		e.fail(err)
		return
	}
	e.b = append(AppendVarint(e.b, uint32(len(raw))), raw...)
}

// requestProperties appends the properties of a packet that asks for
// something: before MQTT 5 there must be none, as they cannot be honoured.
func (e *encoder) requestProperties(v mqtt.Version, ps mqtt.Properties, where places) {
	switch {
	case v == mqtt.V5:
		e.properties(ps, where)
	case len(ps) > 0:
		e.fail(needsV5("property " + ps[0].ID.String()))
	}
}

// finish returns the packet appended, or what begin was given and the error.
func (e *encoder) finish(flags byte) ([]byte, error) {
	n := len(e.b) - e.start - maxHeader
	if e.err == nil && n > MaxRemaining {
		e.err = errors.New("packet is longer than the wire can carry")
	}
	if e.err != nil {
		return e.b[:e.start], cannotEncode(e.typ, e.err)
	}
	head := AppendVarint(append(e.b[:e.start], byte(e.typ)<<4|flags), uint32(n))
	return append(head, e.b[e.start+maxHeader:]...), nil
}

// appendText appends s as a UTF-8 encoded string. Its errors lack the subject.
func appendText(dst []byte, s string) ([]byte, error) {
	switch {
	case len(s) > maxField:
		return dst, errors.New("is longer than 65,535 bytes")
	case strings.IndexByte(s, 0) >= 0:
		return dst, errors.New("contains U+0000")
	case !utf8.ValidString(s):
		return dst, errors.New("is not valid UTF-8")
	}
	dst = append(dst, byte(len(s)>>8), byte(len(s)))
	return append(dst, s...), nil
}
