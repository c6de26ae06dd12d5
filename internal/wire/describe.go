package wire

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

const (
	previewBytes = 60   // of a payload that Describe shows
	textBytes    = 1024 // of a topic or another text
)

// Describe writes one packet, fixed header included, as a line of text for
// people: type, packet identifier, flags, quoted texts, the size and beginning
// of the payload, reason codes and properties by name. v is the connection's
// version, 0 before CONNECT. Whatever could steer a terminal is escaped.
// Passwords and authentication data appear as their length only. Bytes that
// are not one valid packet are described as what is wrong with them, and not
// shown, since they could hold a password.
func Describe(v mqtt.Version, packet []byte) string {
	h, err := ParseHeader(packet)
	switch {
	case len(packet) == 0:
		return "nothing"
	case err == nil && h.Total() != len(packet):
		err = ErrIncomplete
	case err == nil:
		p := New(h.Type)
		if err = p.Decode(v, h.Flags, packet[h.Size:]); err == nil {
			d := description{b: []byte(h.Type.String()), v: v}
			d.packet(p)
			return string(d.b)
		}
	}
	var re *mqtt.ReasonError
	if errors.As(err, &re) {
		return fmt.Sprintf("%v of %d bytes, refused: %v", Type(packet[0]>>4), len(packet), re)
	}
	return fmt.Sprintf("%v, not one whole packet: %d bytes", Type(packet[0]>>4), len(packet))
}

// description is a line that is being written.
type description struct {
	b []byte
	v mqtt.Version
}

func (d *description) packet(p Packet) {
	switch p := p.(type) {
	case *Connect:
		d.connect(p)
	case *Connack:
		d.word(p.Code.String())
		d.flag(p.SessionPresent, "session-present")
		d.properties(p.Props)
	case *Publish:
		d.publish(p)
	case *Ack:
		d.id(p.PacketID)
		if d.v == mqtt.V5 {
			d.word(p.Code.String())
		}
		d.properties(p.Props)
	case *Subscribe:
		d.subscribe(p)
	case *Suback:
		d.id(p.PacketID)
		for i, c := range p.Codes {
			d.item(i)
			d.word(subackName(c))
		}
		d.properties(p.Props)
	case *Unsubscribe:
		d.id(p.PacketID)
		for i, f := range p.Filters {
			d.item(i)
			d.text("", f)
		}
		d.properties(p.Props)
	case *Unsuback:
		d.id(p.PacketID)
		for i, c := range p.Codes {
			d.item(i)
			d.word(c.String())
		}
		d.properties(p.Props)
	case *Disconnect:
		if d.v == mqtt.V5 {
			d.word(disconnectName(p.Code))
		}
		d.properties(p.Props)
	case *Auth:
		d.word(p.Code.String())
		d.properties(p.Props)
	}
}

func subackName(c mqtt.ReasonCode) string {
	if c == mqtt.Success {
		return "granted QoS 0"
	}
	return c.String()
}

func disconnectName(c mqtt.ReasonCode) string {
	if c == mqtt.Success {
		return "normal disconnection"
	}
	return c.String()
}

func (d *description) connect(p *Connect) {
	d.word("MQTT " + p.Version.String())
	d.text("client=", p.ClientID)
	if p.Version == mqtt.V5 {
		d.flag(p.CleanStart, "clean-start")
	} else {
		d.flag(p.CleanStart, "clean-session")
	}
	d.word("keep-alive=" + strconv.Itoa(int(p.KeepAlive)) + "s")
	if p.HasUsername {
		d.text("user=", p.Username)
	}
	if p.HasPassword {
		d.word(fmt.Sprintf("password=(%d bytes)", len(p.Password)))
	}
	d.properties(p.Props)
	if w := p.Will; w != nil {
		d.word("will:")
		d.message(w.QoS, w.Retain, []byte(w.Topic), w.Payload)
		d.properties(w.Props)
	}
}

func (d *description) publish(p *Publish) {
	if p.QoS > 0 {
		d.id(p.PacketID)
	}
	d.flag(p.Dup, "dup")
	d.message(p.QoS, p.Retain, p.Topic, p.Payload)
	d.properties(p.Props.Parse())
}

func (d *description) message(q mqtt.QoS, retain bool, topic, payload []byte) {
	d.word("q" + strconv.Itoa(int(q)))
	d.flag(retain, "retain")
	d.text("", string(topic))
	d.word("(" + strconv.Itoa(len(payload)) + " bytes)")
	if len(payload) > 0 {
		d.b = append(d.b, ' ')
		d.quote(payload, previewBytes)
	}
}

func (d *description) subscribe(p *Subscribe) {
	d.id(p.PacketID)
	for i := range p.Filters {
		f := &p.Filters[i]
		d.item(i)
		d.text("", f.Filter)
		d.word("q" + strconv.Itoa(int(f.QoS)))
		d.flag(f.NoLocal, "no-local")
		d.flag(f.RetainAsPublished, "retain-as-published")
		if f.RetainHandling != 0 {
			d.word("retain-handling=" + strconv.Itoa(int(f.RetainHandling)))
		}
	}
	d.properties(p.Props)
}

// properties writes a list in braces, nothing when it is empty.
func (d *description) properties(ps mqtt.Properties) {
	if len(ps) == 0 {
		return
	}
	d.b = append(d.b, " {"...)
	for i := range ps {
		if i > 0 {
			d.b = append(d.b, ' ')
		}
		d.property(&ps[i])
	}
	d.b = append(d.b, '}')
}

func (d *description) property(p *mqtt.Property) {
	d.b = append(append(d.b, p.ID.String()...), '=')
	switch {
	case p.ID == mqtt.PropAuthData:
		d.b = fmt.Appendf(d.b, "(%d bytes)", len(p.Value))
	case p.ID.Type() == mqtt.TypePair:
		d.quote([]byte(p.Key), textBytes)
		d.b = append(d.b, ':')
		d.quote([]byte(p.Value), textBytes)
	case p.ID.Type() == mqtt.TypeString:
		d.quote([]byte(p.Value), textBytes)
	case p.ID.Type() == mqtt.TypeBinary:
		d.quote([]byte(p.Value), previewBytes)
	default:
		d.b = strconv.AppendUint(d.b, uint64(p.Int), 10)
	}
}

func (d *description) word(s string) { d.b = append(append(d.b, ' '), s...) }

func (d *description) id(id uint16) { d.word("#" + strconv.Itoa(int(id))) }

func (d *description) flag(on bool, name string) {
	if on {
		d.word(name)
	}
}

// item separates the i-th entry of a list from the one before.
func (d *description) item(i int) {
	if i > 0 {
		d.b = append(d.b, ',')
	}
}

func (d *description) text(name, s string) {
	d.word(name)
	d.quote([]byte(s), textBytes)
}

// quote appends the first limit bytes of b in quotes, escaped, and an ellipsis
// when there are more. A character is not cut in two.
func (d *description) quote(b []byte, limit int) {
	more := len(b) > limit
	if more {
		b = b[:limit]
		for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
			if last := b[len(b)-i:]; utf8.RuneStart(last[0]) {
				if !utf8.FullRune(last) {
					b = b[:len(b)-i]
				}
				break
			}
		}
	}
	d.b = strconv.AppendQuote(d.b, string(b))
	if more {
		d.b = append(d.b, "..."...)
	}
}
