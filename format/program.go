package format

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"mqt/internal/mqtt"
)

// program runs a template.
type program struct {
	ops   []op
	o     Options
	loc   *time.Location
	clock bool // some op shows a time
	json  *mosquittoJSON
}

func newProgram(ops []op, o Options) *program {
	p := &program{ops: ops, o: o, loc: location(o), json: newMosquittoJSON(o)}
	for i := range ops {
		switch ops[i].kind {
		case 'I', 'U', opTime:
			p.clock = true
		}
	}
	return p
}

// append implements appendFunc.
func (p *program) append(dst []byte, m mqtt.Message) []byte {
	var now time.Time
	if p.clock {
		now = received(m, p.loc)
	}
	for i := range p.ops {
		o := &p.ops[i]
		switch o.kind {
		case opLiteral:
			dst = append(dst, o.lit...)
		case opTime:
			dst = appendStrftime(dst, o.conv, now)
		case 'I':
			dst = appendPadded(dst, o, now.Format("2006-01-02T15:04:05-0700"))
		case 'U':
			dst = strconv.AppendInt(dst, now.Unix(), 10)
			dst = append(dst, '.')
			dst = appendZeros(dst, now.Nanosecond(), 9)
		case 'C', 'D', 'P', 'R', 'A', 'E', 'F', 'S':
			dst = p.property(dst, o, m.Props)
		default:
			dst = p.field(dst, o, m)
		}
	}
	return dst
}

// field appends what does not come from the properties.
func (p *program) field(dst []byte, o *op, m mqtt.Message) []byte {
	switch o.kind {
	case 't':
		return appendPadded(dst, o, p.visible(m.Topic))
	case 'p':
		return p.payload(dst, o, m.Payload)
	case 'x':
		return appendHexField(dst, o, m.Payload, lowerHex)
	case 'X':
		return appendHexField(dst, o, m.Payload, "0123456789ABCDEF")
	case 'l':
		return appendInt(dst, o, uint64(len(m.Payload)))
	case 'm':
		return appendInt(dst, o, uint64(m.PacketID))
	case 'q':
		return append(dst, '0'+byte(m.QoS))
	case 'r':
		if m.Retain {
			return append(dst, '1')
		}
		return append(dst, '0')
	case 'j', 'J':
		dst, ok := p.json.append(dst, m, o.kind == 'J')
		if !ok {
			p.warn(&PayloadError{Topic: m.Topic, Want: "JSON"})
		}
		return dst
	case opPath:
		value, ok := Select(m.Payload, o.lit)
		if !ok {
			return appendBlank(dst, o)
		}
		return appendPadded(dst, o, p.visible(string(value)))
	}
	return p.float(dst, o, m)
}

// property appends a specifier that shows an MQTT 5 property.
func (p *program) property(dst []byte, o *op, ps mqtt.Properties) []byte {
	switch o.kind {
	case 'C':
		if s, ok := ps.Get(mqtt.PropContentType); ok {
			return appendPadded(dst, o, p.visible(s.Value))
		}
		return appendBlank(dst, o)
	case 'R': // nothing when missing, not even blanks
		if s, ok := ps.Get(mqtt.PropResponseTopic); ok {
			return appendPadded(dst, o, p.visible(s.Value))
		}
		return dst
	case 'D':
		return append(dst, p.visible(ps.Text(mqtt.PropCorrelationData))...)
	case 'P':
		sep := ""
		for key, value := range ps.User() {
			dst = append(append(dst, sep...), p.visible(key)...)
			dst = append(append(dst, ':'), p.visible(value)...)
			sep = " "
		}
		return dst
	}
	n, ok := ps.Uint(numberProperty(o.kind))
	if !ok {
		return appendBlank(dst, o)
	}
	return appendInt(dst, o, uint64(n))
}

func numberProperty(k opKind) mqtt.PropertyID {
	switch k {
	case 'A':
		return mqtt.PropTopicAlias
	case 'E':
		return mqtt.PropMessageExpiry
	case 'F':
		return mqtt.PropPayloadFormat
	}
	return mqtt.PropSubscriptionID
}

func (p *program) payload(dst []byte, o *op, b []byte) []byte {
	if !p.o.Escape {
		return appendRaw(dst, o, b)
	}
	if o.width > 0 && len(b) > o.width {
		b = b[:o.width]
	}
	return appendRaw(dst, o, appendVisible(nil, b))
}

// float appends the payload as a number of four (%f) or eight (%d) bytes, least
// significant first.
func (p *program) float(dst []byte, o *op, m mqtt.Message) []byte {
	switch {
	case o.kind == 'f' && len(m.Payload) == 4:
		v := math.Float32frombits(binary.LittleEndian.Uint32(m.Payload))
		return appendFloat(dst, o, float64(v))
	case o.kind == 'f':
		p.warn(&PayloadError{Topic: m.Topic, Want: "float"})
	case len(m.Payload) == 8:
		return appendFloat(dst, o, math.Float64frombits(binary.LittleEndian.Uint64(m.Payload)))
	default:
		p.warn(&PayloadError{Topic: m.Topic, Want: "double"})
	}
	return dst
}

// visible returns s, with control characters escaped if the options ask for it.
func (p *program) visible(s string) string {
	if !p.o.Escape {
		return s
	}
	return string(appendVisible(nil, s))
}

func (p *program) warn(err error) {
	if p.o.Warn != nil {
		p.o.Warn(err)
	}
}
