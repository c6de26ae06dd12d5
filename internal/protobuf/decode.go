package protobuf

import (
	"errors"
	"unicode/utf8"
)

// message is a message that was decoded.
type message struct {
	desc   *Message
	values []value // of desc.fields
	known  bool    // at least one field is one of desc.fields
}

// value is what a field holds: items of a repeated one, else one item or none.
type value struct{ items []item }

// item is a number, a text, a message, or an entry of a map, which is one.
type item struct {
	bits uint64
	text []byte
	msg  *message
}

var errDepth = errors.New("messages are nested too deep")

// unmarshal decodes data, which it keeps. Messages may be nested deep times.
func (m *Message) unmarshal(data []byte, deep int) (*message, error) {
	out := &message{desc: m, values: make([]value, len(m.fields))}
	return out, out.merge(data, deep)
}

// merge decodes data into a message that may hold something already: a field
// that comes twice is one.
func (m *message) merge(data []byte, deep int) error {
	if deep <= 0 {
		return errDepth
	}
	for len(data) > 0 {
		f, rest, err := next(data)
		if err == nil && f.wire == wireEnd {
			err = errMalformed
		}
		if err == nil && f.wire == wireStart {
			f.data, rest, err = group(f.number, rest)
		}
		if err != nil {
			return err
		}
		data = rest
		i, ok := m.desc.byNumber[f.number]
		if !ok {
			continue
		}
		taken, err := m.set(i, f, deep)
		if err != nil {
			return err
		}
		m.known = m.known || taken
	}
	return nil
}

// set puts what was encoded into a field, and reports whether it is of the
// field's kind: else it counts as unknown.
func (m *message) set(i int, f wireField, deep int) (bool, error) {
	d := m.desc.fields[i]
	want := d.kind.wire()
	if d.repeated && f.wire == wireBytes && want != wireBytes && want != wireStart {
		return true, m.unpack(i, want, f.data)
	}
	if f.wire != want {
		return false, nil
	}
	if d.oneof > 0 {
		m.clearOneof(d)
	}
	v := &m.values[i]
	switch {
	case d.message != nil && !d.repeated && len(v.items) > 0:
		return true, v.items[0].msg.merge(f.data, deep-1)
	case d.message != nil:
		msg, err := d.message.unmarshal(f.data, deep-1)
		if err == nil {
			v.items = append(v.items, item{msg: msg})
		}
		return true, err
	}
	if d.kind == kindString && !d.lax && !utf8.Valid(f.data) {
		return true, errMalformed
	}
	v.add(d, item{bits: d.kind.bits(f.bits), text: f.data})
	return true, nil
}

// clearOneof empties the other fields of d's oneof.
func (m *message) clearOneof(d *field) {
	for i, other := range m.desc.fields {
		if other.oneof == d.oneof && other != d && other.extends == d.extends {
			m.values[i].items = nil
		}
	}
}

// unpack reads a packed field.
func (m *message) unpack(i, wire int, data []byte) error {
	d := m.desc.fields[i]
	for len(data) > 0 {
		bits, _, rest, err := nextValue(wire, data)
		if err != nil {
			return err
		}
		m.values[i].add(d, item{bits: d.kind.bits(bits)})
		data = rest
	}
	return nil
}

// add appends to a repeated field and sets others: the last one counts.
func (v *value) add(d *field, it item) {
	if !d.repeated {
		v.items = v.items[:0]
	}
	v.items = append(v.items, it)
}

// wire returns how a kind is encoded.
func (k kind) wire() int {
	switch k {
	case kindDouble, kindFixed64, kindSfixed64:
		return wireFixed64
	case kindFloat, kindFixed32, kindSfixed32:
		return wireFixed32
	case kindString, kindBytes, kindMessage:
		return wireBytes
	case kindGroup:
		return wireStart
	}
	return wireVarint
}

// bits returns what a number stands for: signed ones as 64 bits.
func (k kind) bits(v uint64) uint64 {
	switch k {
	case kindInt32, kindSfixed32, kindEnum:
		return uint64(int32(v))
	case kindUint32:
		return uint64(uint32(v))
	case kindSint32:
		v = uint64(uint32(v))
		fallthrough
	case kindSint64:
		return v>>1 ^ -(v & 1)
	case kindBool:
		if v != 0 {
			return 1
		}
	}
	return v
}

// has reports whether a field is there; what is not has its zero value.
func (m *message) has(i int) bool {
	items := m.values[i].items
	if len(items) == 0 {
		return false
	}
	return !m.desc.fields[i].implicit || items[0].bits != 0 || len(items[0].text) > 0
}

// get returns what the field with the number holds, which is not repeated; the
// zero item when it is not there.
func (m *message) get(number uint64) item {
	if i, ok := m.desc.byNumber[number]; ok && m.has(i) {
		return m.values[i].items[0]
	}
	return item{}
}
