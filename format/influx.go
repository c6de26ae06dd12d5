package format

import (
	"bytes"
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"mqt/internal/mqtt"
)

// influx writes the line protocol of InfluxDB: measurement mqtt, the topic as a
// tag, the values of the payload as fields, and the time of arrival.
//
// The members of JSON objects and arrays become fields named after their path
// with _ between its parts, anything else one field named value. All numbers
// are floats, because a field that was 21 once must be able to become 21.5. The
// name time, which InfluxDB refuses, becomes payload_time.
type influx struct {
	o      Options
	dst    []byte
	name   []byte // the path of the current value
	fields int
	line   []byte // before Escape
}

func newInflux(_ io.Writer, o Options) appendFunc {
	f := &influx{o: o}
	if !o.Escape {
		return f.append
	}
	return func(dst []byte, m mqtt.Message) []byte {
		f.line = f.append(f.line[:0], m)
		return appendVisible(dst, f.line)
	}
}

// append appends a line; nothing when the payload has no value that could be a
// field: null, empty, or not text.
func (f *influx) append(dst []byte, m mqtt.Message) []byte {
	if !utf8.Valid(m.Payload) {
		if f.o.Warn != nil {
			f.o.Warn(&PayloadError{Topic: m.Topic, Want: "UTF-8"})
		}
		return dst
	}
	start := len(dst)
	f.dst, f.name, f.fields = append(dst, "mqtt"...), f.name[:0], 0
	if topic := bytes.TrimRight([]byte(m.Topic), `\`); len(topic) > 0 {
		f.dst = append(f.dst, ",topic="...)
		f.key(topic)
	}
	if validJSON(m.Payload) {
		f.value(gjson.ParseBytes(m.Payload))
	} else if len(m.Payload) > 0 {
		f.field()
		f.text(string(m.Payload))
	}
	dst, f.dst = f.dst, nil
	if f.fields == 0 {
		return dst[:start]
	}
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, received(m, time.UTC).UnixNano(), 10)
	return append(dst, '\n')
}

// value writes a JSON value and what is in it.
func (f *influx) value(r gjson.Result) {
	switch {
	case r.IsObject(), r.IsArray():
		end, index := len(f.name), 0
		r.ForEach(func(key, value gjson.Result) bool {
			if end > 0 {
				f.name = append(f.name, '_')
			}
			if r.IsObject() {
				f.name = append(f.name, key.Str...)
			} else {
				f.name = strconv.AppendInt(f.name, int64(index), 10)
			}
			f.value(value)
			f.name = f.name[:end]
			index++
			return true
		})
	case r.Type == gjson.True, r.Type == gjson.False:
		f.field()
		f.dst = strconv.AppendBool(f.dst, r.Type == gjson.True)
	case r.Type == gjson.Number && !math.IsInf(r.Num, 0):
		f.field()
		f.dst = append(f.dst, r.Raw...)
	case r.Type == gjson.String:
		f.field()
		f.text(r.Str)
	}
}

// field writes what stands before a value.
func (f *influx) field() {
	sep := byte(' ')
	if f.fields > 0 {
		sep = ','
	}
	f.fields++
	f.dst = append(f.dst, sep)
	switch name := bytes.TrimRight(f.name, `\`); {
	case len(name) == 0:
		f.dst = append(f.dst, "value"...)
	case string(name) == "time":
		f.dst = append(f.dst, "payload_time"...)
	default:
		f.key(name)
	}
	f.dst = append(f.dst, '=')
}

// key writes the name of a field, or the value of a tag. Neither can hold a
// control character, nor end in a backslash.
func (f *influx) key(s []byte) {
	for _, r := range string(s) {
		switch {
		case r == ' ' || r == ',' || r == '=':
			f.dst = append(f.dst, '\\', byte(r))
		case r < ' ' || r == 0x7f:
			f.dst = append(f.dst, '_')
		default:
			f.dst = utf8.AppendRune(f.dst, r)
		}
	}
}

// text writes a string as the value of a field.
func (f *influx) text(s string) {
	f.dst = append(f.dst, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			f.dst = append(f.dst, '\\')
		}
		f.dst = append(f.dst, s[i])
	}
	f.dst = append(f.dst, '"')
}
