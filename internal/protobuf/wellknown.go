package protobuf

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// printFunc appends a message that has a form of its own in JSON.
type printFunc func(p *printer, dst []byte, m *message) ([]byte, error)

// wellKnown returns how the messages that come with Protocol Buffers are
// written, nil for all others.
func wellKnown(name string) printFunc {
	name, ok := strings.CutPrefix(name, "google.protobuf.")
	if !ok {
		return nil
	}
	switch name {
	case "Any":
		return (*printer).any
	case "Timestamp":
		return (*printer).timestamp
	case "Duration":
		return (*printer).duration
	case "FieldMask":
		return (*printer).fieldMask
	case "Struct", "ListValue":
		return (*printer).only
	case "Value":
		return (*printer).value
	case "BoolValue", "Int32Value", "Int64Value", "UInt32Value", "UInt64Value", "FloatValue", "DoubleValue", "StringValue", "BytesValue":
		return (*printer).only
	}
	return nil // Empty has no fields
}

// only appends the only field of a message in its place.
func (p *printer) only(dst []byte, m *message) ([]byte, error) {
	if len(m.desc.fields) != 1 || m.desc.fields[0].message != nil && !m.desc.fields[0].repeated {
		return dst, errors.New("a schema of its own for " + m.desc.name)
	}
	d, items := m.desc.fields[0], m.values[0].items
	if len(items) == 0 && !d.repeated {
		items = []item{{}}
	}
	return p.field(dst, d, items)
}

// value appends a google.protobuf.Value, one of whose fields is set.
func (p *printer) value(dst []byte, m *message) ([]byte, error) {
	for i, d := range m.desc.fields {
		if !m.has(i) {
			continue
		}
		it := m.values[i].items[0]
		if v := math.Float64frombits(it.bits); d.kind == kindDouble && (math.IsNaN(v) || math.IsInf(v, 0)) {
			return dst, errors.New("a Value is not a number of JSON")
		}
		return p.item(dst, d, it)
	}
	return dst, errors.New("a Value without a value")
}

// any appends the message that a google.protobuf.Any holds.
func (p *printer) any(dst []byte, m *message) ([]byte, error) {
	url, data := string(m.get(1).text), m.get(2).text
	if url == "" {
		if len(data) > 0 {
			return dst, errors.New("an Any without a type")
		}
		return append(dst, "{}"...), nil
	}
	desc := p.schema.messages[url[strings.LastIndexByte(url, '/')+1:]]
	if desc == nil {
		return dst, fmt.Errorf("an Any of the unknown type %q", url)
	}
	inside, err := desc.unmarshal(data, p.deep)
	if err != nil {
		return dst, err
	}
	if wellKnown(desc.name) == nil && desc.name != "google.protobuf.Empty" {
		return p.message(dst, inside, url)
	}
	dst = append(appendString(append(dst, `{"@type":`...), url), `,"value":`...)
	dst, err = p.message(dst, inside, "")
	return append(dst, '}'), err
}

// The times that Timestamp and Duration can say, in seconds.
const (
	earliest = -62135596800 // the year 1
	latest   = 253402300799 // the year 9999
	longest  = 315576000000
)

func (p *printer) timestamp(dst []byte, m *message) ([]byte, error) {
	seconds, nanos := int64(m.get(1).bits), int64(m.get(2).bits)
	if seconds < earliest || seconds > latest || nanos < 0 || nanos >= 1e9 {
		return dst, errors.New("a Timestamp out of range")
	}
	dst = time.Unix(seconds, 0).UTC().AppendFormat(append(dst, '"'), "2006-01-02T15:04:05")
	return append(appendFraction(dst, nanos), `Z"`...), nil
}

func (p *printer) duration(dst []byte, m *message) ([]byte, error) {
	seconds, nanos := int64(m.get(1).bits), int64(m.get(2).bits)
	if max(seconds, -seconds) > longest || seconds == math.MinInt64 || max(nanos, -nanos) >= 1e9 || seconds > 0 && nanos < 0 || seconds < 0 && nanos > 0 {
		return dst, errors.New("a Duration out of range")
	}
	dst = append(dst, '"')
	if seconds < 0 || nanos < 0 {
		dst = append(dst, '-')
	}
	dst = fmt.Append(dst, max(seconds, -seconds))
	return append(appendFraction(dst, max(nanos, -nanos)), `s"`...), nil
}

// appendFraction appends no, 3, 6 or 9 digits after a point.
func appendFraction(dst []byte, nanos int64) []byte {
	switch {
	case nanos == 0:
		return dst
	case nanos%1e6 == 0:
		return fmt.Appendf(dst, ".%03d", nanos/1e6)
	case nanos%1e3 == 0:
		return fmt.Appendf(dst, ".%06d", nanos/1e3)
	}
	return fmt.Appendf(dst, ".%09d", nanos)
}

// fieldMask appends names as JSON has them, if they can be told from those.
func (p *printer) fieldMask(dst []byte, m *message) ([]byte, error) {
	if len(m.values) == 0 || !m.desc.fields[0].repeated {
		return dst, errors.New("a schema of its own for " + m.desc.name)
	}
	var names []string
	for _, it := range m.values[0].items {
		name := string(it.text)
		if !maskName(name) || snakeCase(camelCase(name)) != name {
			return dst, fmt.Errorf("%q cannot be in a FieldMask", name)
		}
		names = append(names, camelCase(name))
	}
	return appendString(dst, strings.Join(names, ",")), nil
}

// maskName reports whether s is made of names and dots.
func maskName(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || digit(part[0]) || wordLength(part) != len(part) {
			return false
		}
	}
	return true
}

// snakeCase is the other way round from camelCase.
func snakeCase(s string) string {
	var b []byte
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b = append(b, '_', c+'a'-'A')
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}
