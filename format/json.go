package format

import (
	"io"
	"time"

	"mqt/internal/mqtt"
)

// mosquittoTime is the layout of "tst".
const mosquittoTime = "2006-01-02T15:04:05.000000-0700"

func newJSON(_ io.Writer, o Options) appendFunc {
	j := newMosquittoJSON(o)
	return func(dst []byte, m mqtt.Message) []byte {
		dst, _ = j.append(dst, m, false)
		if !o.NoNewline {
			dst = append(dst, '\n')
		}
		return dst
	}
}

// mosquittoJSON writes %j and %J of mosquitto_sub 2.1.
type mosquittoJSON struct {
	p      cjson
	loc    *time.Location
	escape bool
}

func newMosquittoJSON(o Options) *mosquittoJSON {
	return &mosquittoJSON{p: cjson{indent: o.Indent, compat: o.Compat}, loc: location(o), escape: o.Escape}
}

// append appends the object. With parse the payload is JSON and is printed
// again instead of as a string; false is returned, and nothing appended, when
// it is not.
func (j *mosquittoJSON) append(dst []byte, m mqtt.Message, parse bool) ([]byte, bool) {
	at := len(dst)
	dst, ok := j.object(dst, m, parse)
	if j.escape {
		dst = visibleJSON(dst, at)
	}
	return dst, ok
}

// object is append without regard to terminals.
func (j *mosquittoJSON) object(dst []byte, m mqtt.Message, parse bool) ([]byte, bool) {
	p := &j.p
	p.dst = dst
	p.open(false)
	p.key("tst")
	p.dst = append(p.dst, '"')
	p.dst = received(m, j.loc).AppendFormat(p.dst, mosquittoTime)
	p.dst = append(p.dst, '"')
	p.key("topic")
	p.text(m.Topic)
	p.key("qos")
	p.uint(uint64(m.QoS))
	p.key("retain")
	p.dst = appendBool(p.dst, m.Retain)
	p.key("payloadlen")
	p.uint(uint64(len(m.Payload)))
	if m.QoS > mqtt.AtMostOnce {
		p.key("mid")
		p.uint(uint64(m.PacketID))
	}
	if len(m.Props) > 0 {
		p.key("properties")
		j.properties(m.Props)
	}
	p.key("payload")
	ok := true
	switch {
	case len(m.Payload) == 0:
		p.dst = append(p.dst, "null"...)
	case parse:
		ok = p.reprint(m.Payload)
	default:
		p.bytes(m.Payload)
	}
	p.close()
	out := p.dst
	p.dst = nil
	if !ok {
		return dst, false
	}
	return out, true
}

// properties writes the properties in the order of the wire, all user
// properties as one array at the place of the first.
func (j *mosquittoJSON) properties(ps mqtt.Properties) {
	p := &j.p
	p.open(false)
	user := false
	for i := range ps {
		switch ps[i].ID.Type() {
		case mqtt.TypePair:
			if !user {
				user = true
				j.userProperties(ps)
			}
		case mqtt.TypeString, mqtt.TypeBinary:
			p.key(ps[i].ID.String())
			p.text(ps[i].Value)
		case mqtt.TypeNone:
		default:
			p.key(ps[i].ID.String())
			p.uint(uint64(ps[i].Int))
		}
	}
	p.close()
}

func (j *mosquittoJSON) userProperties(ps mqtt.Properties) {
	p := &j.p
	p.key("user-properties")
	p.open(true)
	for key, value := range ps.User() {
		p.open(false)
		p.key(key)
		p.text(value)
		p.close()
	}
	p.close()
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

func location(o Options) *time.Location {
	if o.Location == nil {
		return time.Local
	}
	return o.Location
}

// received returns when the message arrived; now if it does not say.
func received(m mqtt.Message, loc *time.Location) time.Time {
	if m.Received.IsZero() {
		return time.Now().In(loc)
	}
	return m.Received.In(loc)
}
