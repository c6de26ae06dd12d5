package wire

import (
	"errors"
	"strings"

	"mqt/internal/mqtt"
)

// Subscribe is SUBSCRIBE. Filters are checked for UTF-8 and emptiness, not for
// wildcard rules.
type Subscribe struct {
	PacketID uint16
	Props    mqtt.Properties
	Filters  []SubscribeFilter
}

// SubscribeFilter is one entry of a SUBSCRIBE. Everything but Filter and QoS
// needs MQTT 5.
type SubscribeFilter struct {
	Filter            string
	QoS               mqtt.QoS
	NoLocal           bool
	RetainAsPublished bool
	RetainHandling    mqtt.RetainHandling
}

// The bits of the subscription options, MQTT 5.0 section 3.8.3.1.
const (
	optionQoS            = 0x03
	optionNoLocal        = 0x04
	optionAsPublished    = 0x08
	optionRetainHandling = 0x30
	optionReserved       = 0xC0
)

// Decode implements Packet.
func (p *Subscribe) Decode(v mqtt.Version, flags byte, body []byte) error {
	*p = Subscribe{}
	if err := checkFlags(SUBSCRIBE, v, flags); err != nil {
		return err
	}
	c := cursor{b: body}
	p.PacketID = c.packetID()
	p.Props = c.properties(v, inSubscribe)
	for c.err == nil && len(c.b) > 0 {
		var f SubscribeFilter
		f.decode(&c, v)
		p.Filters = append(p.Filters, f)
	}
	if c.err == nil && len(p.Filters) == 0 { // [MQTT-3.8.3-2]
		return protocolError("no topic filter")
	}
	return c.err
}

func (f *SubscribeFilter) decode(c *cursor, v mqtt.Version) {
	f.Filter = filterText(c, v)
	o := c.uint8("subscription options")
	if c.err != nil {
		return
	}
	f.QoS = mqtt.QoS(o & optionQoS)
	f.NoLocal = o&optionNoLocal != 0
	f.RetainAsPublished = o&optionAsPublished != 0
	f.RetainHandling = mqtt.RetainHandling(o & optionRetainHandling >> 4)
	if v != mqtt.V5 && o > byte(mqtt.ExactlyOnce) { // 3.1.1 [MQTT-3-8.3-4]
		c.err = malformed("requested QoS is not 0, 1 or 2")
	} else if o&optionReserved != 0 { // [MQTT-3.8.3-5]
		c.err = malformed("reserved subscription option is set")
	} else {
		c.err = f.check()
	}
}

// check refuses the options that section 3.8.3.1 calls a protocol error.
func (f *SubscribeFilter) check() error {
	switch {
	case !f.QoS.Valid():
		return protocolError("maximum QoS is not 0, 1 or 2")
	case !f.RetainHandling.Valid():
		return protocolError("retain handling is not 0, 1 or 2")
	case f.NoLocal && strings.HasPrefix(f.Filter, "$share/"): // [MQTT-3.8.3-4]
		return protocolError("no local on a shared subscription")
	}
	return nil
}

// filterText reads one topic filter.
func filterText(c *cursor, v mqtt.Version) string {
	s := string(c.text("topic filter"))
	if c.err == nil && s == "" {
		c.err = emptyText(v, "topic filter")
	}
	return s
}

// Append implements Packet.
func (p *Subscribe) Append(dst []byte, v mqtt.Version) ([]byte, error) {
	e := begin(dst, SUBSCRIBE)
	e.packetID(p.PacketID)
	e.requestProperties(v, p.Props, inSubscribe)
	if len(p.Filters) == 0 {
		e.fail(errors.New("no topic filter"))
	}
	for i := range p.Filters {
		f := &p.Filters[i]
		e.filter(f.Filter)
		e.fail(f.check())
		o := f.options()
		if v != mqtt.V5 && o > optionQoS {
			e.fail(needsV5("a subscription option other than QoS"))
		}
		e.uint8(o)
	}
	return e.finish(fixedFlags)
}

func (e *encoder) filter(s string) {
	if s == "" {
		e.fail(errors.New("topic filter is empty"))
	}
	e.text("topic filter", s)
}

func (f *SubscribeFilter) options() byte {
	o := byte(f.QoS) | byte(f.RetainHandling)<<4
	if f.NoLocal {
		o |= optionNoLocal
	}
	if f.RetainAsPublished {
		o |= optionAsPublished
	}
	return o
}
