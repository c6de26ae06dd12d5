package protobuf

import (
	"encoding/base64"
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// AppendJSON decodes a message and appends it as JSON to dst: 64-bit integers
// are strings there, fields without a value are left out. known is false when
// the message has no field that is described: almost any short text decodes as
// unknown fields. Messages may be nested deep times.
func (s *Schema) AppendJSON(dst []byte, m *Message, data []byte, deep int) (text []byte, known bool, err error) {
	msg, err := m.unmarshal(data, deep)
	if err != nil {
		return dst, false, err
	}
	p := &printer{schema: s, deep: deep}
	text, err = p.message(dst, msg, "")
	return text, msg.known, err
}

var errNotUTF8 = errors.New("a string is not UTF-8")

// printer writes JSON.
type printer struct {
	schema *Schema
	deep   int // how many more messages may be nested
}

// message appends a message. typeURL is what an Any calls it, else empty.
func (p *printer) message(dst []byte, m *message, typeURL string) ([]byte, error) {
	if p.deep--; p.deep < 0 {
		return dst, errDepth
	}
	defer func() { p.deep++ }()
	if known := wellKnown(m.desc.name); known != nil {
		return known(p, dst, m)
	}
	dst = append(dst, '{')
	before := len(dst)
	if typeURL != "" {
		dst = append(appendString(append(dst, `"@type":`...), typeURL), ',')
	}
	for i, d := range m.desc.fields {
		if !m.has(i) {
			continue
		}
		dst = append(appendString(dst, d.json), ':')
		var err error
		if dst, err = p.field(dst, d, m.values[i].items); err != nil {
			return dst, err
		}
		dst = append(dst, ',')
	}
	return closing(dst, before, '}'), nil
}

// closing ends an object or an array that began before; the last comma goes.
func closing(dst []byte, before int, end byte) []byte {
	if len(dst) > before {
		dst = dst[:len(dst)-1]
	}
	return append(dst, end)
}

func (p *printer) field(dst []byte, d *field, items []item) ([]byte, error) {
	switch {
	case d.message != nil && d.message.isMap:
		return p.mapEntries(dst, d.message, items)
	case d.repeated:
		return p.list(dst, d, items)
	}
	return p.item(dst, d, items[0])
}

func (p *printer) list(dst []byte, d *field, items []item) ([]byte, error) {
	dst = append(dst, '[')
	before := len(dst)
	for _, it := range items {
		var err error
		if dst, err = p.item(dst, d, it); err != nil {
			return dst, err
		}
		dst = append(dst, ',')
	}
	return closing(dst, before, ']'), nil
}

// mapEntries appends an object, by key; the last entry with a key counts.
func (p *printer) mapEntries(dst []byte, m *Message, entries []item) ([]byte, error) {
	key, val := m.fields[0], m.fields[1]
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b item) int { return compareKeys(key.kind, a.msg.get(1), b.msg.get(1)) })
	dst = append(dst, '{')
	before := len(dst)
	for i, e := range sorted {
		k := e.msg.get(1)
		if i+1 < len(sorted) && compareKeys(key.kind, k, sorted[i+1].msg.get(1)) == 0 {
			continue
		}
		if key.kind == kindString && !utf8.Valid(k.text) {
			return dst, errNotUTF8
		}
		dst = append(appendString(dst, keyText(key.kind, k)), ':')
		v, err := mapValue(val, e.msg)
		if err == nil {
			dst, err = p.item(dst, val, v)
		}
		if err != nil {
			return dst, err
		}
		dst = append(dst, ',')
	}
	return closing(dst, before, '}'), nil
}

// mapValue returns the value of an entry, which may be left out.
func mapValue(d *field, entry *message) (item, error) {
	v := entry.get(2)
	if d.message == nil || v.msg != nil {
		return v, nil
	}
	empty, err := d.message.unmarshal(nil, 1)
	return item{msg: empty}, err
}

// item appends one value.
func (p *printer) item(dst []byte, d *field, it item) ([]byte, error) {
	switch d.kind {
	case kindMessage, kindGroup:
		return p.message(dst, it.msg, "")
	case kindString:
		if !utf8.Valid(it.text) {
			return dst, errNotUTF8
		}
		return appendString(dst, string(it.text)), nil
	case kindBytes:
		dst = base64.StdEncoding.AppendEncode(append(dst, '"'), it.text)
		return append(dst, '"'), nil
	case kindEnum:
		return appendEnum(dst, d.enum, int32(it.bits)), nil
	case kindBool:
		return strconv.AppendBool(dst, it.bits != 0), nil
	case kindFloat:
		return appendFloat(dst, float64(math.Float32frombits(uint32(it.bits))), 32), nil
	case kindDouble:
		return appendFloat(dst, math.Float64frombits(it.bits), 64), nil
	case kindInt32, kindSint32, kindSfixed32:
		return strconv.AppendInt(dst, int64(it.bits), 10), nil
	case kindUint32, kindFixed32:
		return strconv.AppendUint(dst, it.bits, 10), nil
	case kindInt64, kindSint64, kindSfixed64:
		return append(strconv.AppendInt(append(dst, '"'), int64(it.bits), 10), '"'), nil
	}
	return append(strconv.AppendUint(append(dst, '"'), it.bits, 10), '"'), nil
}

func appendEnum(dst []byte, e *enum, n int32) []byte {
	if e.name == "google.protobuf.NullValue" {
		return append(dst, "null"...)
	}
	if name, ok := e.names[n]; ok {
		return appendString(dst, name)
	}
	return strconv.AppendInt(dst, int64(n), 10)
}
