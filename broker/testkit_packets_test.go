package broker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// show writes a packet as text, for whole comparison: type, packet identifier
// with a # before it, reason codes in hexadecimal, properties in braces. A
// success code and a reason string are left out, and so is the packet
// identifier of a PUBLISH, which is for the broker to choose.
func show(p wire.Packet) string {
	switch p := p.(type) {
	case nil:
		return "nothing"
	case *wire.Publish:
		return showPublish(p)
	case *wire.Connack:
		s := "CONNACK" + showCode(p.Code)
		if p.SessionPresent {
			s += " present"
		}
		return s
	case *wire.Ack:
		return fmt.Sprintf("%s #%d", p.Type, p.PacketID) + showCode(p.Code) + showProps(p.Props)
	case *wire.Suback:
		return fmt.Sprintf("SUBACK #%d", p.PacketID) + showCodes(p.Codes) + showProps(p.Props)
	case *wire.Unsuback:
		return fmt.Sprintf("UNSUBACK #%d", p.PacketID) + showCodes(p.Codes) + showProps(p.Props)
	case *wire.Disconnect:
		return "DISCONNECT" + showCode(p.Code) + showProps(p.Props)
	case *wire.Pingresp:
		return "PINGRESP"
	}
	return fmt.Sprintf("%T", p)
}

func showPublish(p *wire.Publish) string {
	s := fmt.Sprintf("PUBLISH %s %q q%d", p.Topic, p.Payload, p.QoS)
	if p.Dup {
		s += " dup"
	}
	if p.Retain {
		s += " retain"
	}
	return s + showProps(p.Props.Parse())
}

func showCode(c mqtt.ReasonCode) string {
	if c == 0 {
		return ""
	}
	return fmt.Sprintf(" %02x", uint8(c))
}

func showCodes(codes []mqtt.ReasonCode) string {
	var b strings.Builder
	for _, c := range codes {
		fmt.Fprintf(&b, " %02x", uint8(c))
	}
	return b.String()
}

func showProps(ps mqtt.Properties) string {
	var words []string
	for _, p := range ps {
		switch p.ID.Type() {
		case mqtt.TypePair:
			words = append(words, p.Key+":"+p.Value)
		case mqtt.TypeString, mqtt.TypeBinary:
			if p.ID != mqtt.PropReasonString {
				words = append(words, p.ID.String()+"="+p.Value)
			}
		default:
			words = append(words, fmt.Sprintf("%s=%d", p.ID, p.Int))
		}
	}
	if words == nil {
		return ""
	}
	return " {" + strings.Join(words, " ") + "}"
}

// message is a PUBLISH to be sent; props is only for MQTT 5.
type message struct {
	topic   string
	payload string
	q       mqtt.QoS
	retain  bool
	dup     bool
	props   mqtt.Properties
}

func (m message) packet(id uint16) *wire.Publish {
	raw, err := wire.AppendProperties(nil, m.props)
	if err != nil {
		panic(err)
	}
	p := &wire.Publish{Topic: []byte(m.topic), Payload: []byte(m.payload), QoS: m.q, Retain: m.retain, Dup: m.dup, Props: raw}
	if m.q > 0 {
		p.PacketID = id
	}
	return p
}

// newID returns a packet identifier that this client has not used.
func (c *client) newID() uint16 { c.nextID++; return c.nextID }

// publish sends m and takes part in its handshake. When it returns, the
// broker has routed the message.
func (c *client) publish(m message) {
	c.t.Helper()
	id := c.newID()
	c.send(m.packet(id))
	switch m.q {
	case 0:
		c.fence()
	case 1:
		c.acked(wire.PUBACK, id)
	case 2:
		c.acked(wire.PUBREC, id)
		c.send(&wire.Ack{Type: wire.PUBREL, PacketID: id})
		c.acked(wire.PUBCOMP, id)
	}
}

// acked expects an acknowledgement of success, with or without subscribers.
func (c *client) acked(typ wire.Type, id uint16) {
	c.t.Helper()
	a, ok := c.read().(*wire.Ack)
	if !ok || a.Type != typ || a.PacketID != id || a.Code.Failed() {
		c.t.Fatalf("the broker sent %s, want %s #%d", show(a), typ, id)
	}
}

// say publishes a text at QoS 1.
func (c *client) say(topic, payload string) {
	c.t.Helper()
	c.publish(message{topic: topic, payload: payload, q: 1})
}

// filters reads subscriptions: a filter, the QoS, and any of nl, rap, rh1, rh2.
func filters(subs []string) []wire.SubscribeFilter {
	var out []wire.SubscribeFilter
	for _, s := range subs {
		w := strings.Fields(s)
		out = append(out, wire.SubscribeFilter{
			Filter:            w[0],
			QoS:               mqtt.QoS(w[1][0] - '0'),
			NoLocal:           slices.Contains(w, "nl"),
			RetainAsPublished: slices.Contains(w, "rap"),
			RetainHandling:    map[bool]mqtt.RetainHandling{slices.Contains(w, "rh1"): 1, slices.Contains(w, "rh2"): 2}[true],
		})
	}
	return out
}

// subscribe subscribes in the notation of filters and expects to be granted
// what it asks for.
func (c *client) subscribe(subs ...string) {
	c.t.Helper()
	c.subscribeID(0, subs...)
}

// subscribeID is subscribe with a subscription identifier, unless it is 0.
func (c *client) subscribeID(sub uint32, subs ...string) {
	c.t.Helper()
	p := &wire.Subscribe{PacketID: c.newID(), Filters: filters(subs)}
	if sub > 0 {
		p.Props.SetUint(mqtt.PropSubscriptionID, sub)
	}
	c.send(p)
	want := fmt.Sprintf("SUBACK #%d", p.PacketID)
	for _, f := range p.Filters {
		want += fmt.Sprintf(" %02x", uint8(f.QoS))
	}
	c.expect(want)
}

func (c *client) unsubscribe(subs ...string) {
	c.t.Helper()
	p := &wire.Unsubscribe{PacketID: c.newID(), Filters: subs}
	c.send(p)
	want := fmt.Sprintf("UNSUBACK #%d", p.PacketID)
	if c.v == mqtt.V5 {
		want += strings.Repeat(" 00", len(subs))
	}
	c.expect(want)
}

// take expects PUBLISH packets in the notation of show, and acknowledges each
// as its QoS asks before it reads the next.
func (c *client) take(want ...string) {
	c.t.Helper()
	for _, w := range want {
		c.ack(c.expect("PUBLISH " + w)[0].(*wire.Publish))
	}
}

// ack completes the handshake of a received message.
func (c *client) ack(p *wire.Publish) {
	c.t.Helper()
	switch p.QoS {
	case 1:
		c.send(&wire.Ack{Type: wire.PUBACK, PacketID: p.PacketID})
	case 2:
		c.send(&wire.Ack{Type: wire.PUBREC, PacketID: p.PacketID})
		c.released(p.PacketID)
		c.send(&wire.Ack{Type: wire.PUBCOMP, PacketID: p.PacketID})
	}
}

// released expects PUBREL, and puts aside messages that come before it.
func (c *client) released(id uint16) {
	c.t.Helper()
	early := c.early
	c.early = nil
	for {
		p := c.read()
		if a, ok := p.(*wire.Ack); ok && a.Type == wire.PUBREL && a.PacketID == id && a.Code == 0 {
			break
		}
		if _, ok := p.(*wire.Publish); !ok {
			c.t.Fatalf("packet for %q is %s, want PUBREL #%d", c.id, show(p), id)
		}
		early = append(early, p)
	}
	c.early = early
}

// collect reads and acknowledges messages until the fence that it sends, and
// returns them without properties as "topic payload". Only for what fits the
// broker's buffer for one client: PINGRESP may overtake what waits behind it.
func (c *client) collect() []string {
	c.t.Helper()
	c.send(&wire.Pingreq{})
	var out []string
	for {
		switch p := c.read().(type) {
		case *wire.Suback:
			c.send(&wire.Pingreq{}) // the retained ones follow SUBACK
		case *wire.Pingresp:
			return out
		case *wire.Publish:
			out = append(out, string(p.Topic)+" "+string(p.Payload))
			if p.QoS == 1 {
				c.send(&wire.Ack{Type: wire.PUBACK, PacketID: p.PacketID})
			}
		default:
			c.t.Fatalf("the broker sent %s, want PUBLISH or PINGRESP", show(p))
		}
	}
}

// sys returns the $SYS topics as a new subscriber sees them.
func (b *fixture) sys(t testing.TB) map[string]string {
	t.Helper()
	c := b.connect(t, mqtt.V311, "")
	defer c.nc.Close()
	c.send(&wire.Subscribe{PacketID: 1, Filters: filters([]string{"$SYS/# 0"})})
	out := map[string]string{}
	for {
		switch p := c.read().(type) {
		case *wire.Publish: // may come before SUBACK
			out[string(p.Topic)] = string(p.Payload)
		case *wire.Suback:
			c.send(&wire.Pingreq{}) // the retained ones follow SUBACK
		case *wire.Pingresp:
			return out
		}
	}
}
