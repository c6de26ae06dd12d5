package broker

import (
	"bytes"
	"encoding/binary"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// onPublish handles PUBLISH from a client.
func (c *conn) onPublish(b *batch, h wire.Header, body []byte) error {
	p := &b.packets.publish
	if err := p.Decode(c.version, h.Flags, body); err != nil {
		return err
	}
	if err := c.checkPublish(p); err != nil {
		return err
	}
	c.load(b, p)
	b.in.pubIn++
	b.in.pubInB += int64(len(p.Payload))
	switch p.QoS {
	case mqtt.AtMostOnce:
		b.accept(c)
	case mqtt.AtLeastOnce:
		o := b.accept(c)
		if b.pub.refused && c.version != mqtt.V5 {
			return c.owe()
		}
		c.answer(b, wire.PUBACK, p.PacketID, o)
	default:
		return c.onPublishQoS2(b, p.PacketID)
	}
	return nil
}

// checkPublish applies the server's limits and resolves the topic alias.
func (c *conn) checkPublish(p *wire.Publish) error {
	lim := &c.srv.lim
	switch {
	case p.PropsSubID: // [MQTT-3.3.4-6]
		return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: "a client must not send a subscription identifier in PUBLISH"}
	case len(p.Props) > lim.MaxPropertiesSize:
		return &mqtt.ReasonError{Code: mqtt.PacketTooLarge, Reason: "the properties are larger than this server accepts"}
	}
	if c.picky {
		if err := c.checkOffer(p); err != nil {
			return err
		}
	}
	if p.TopicAlias != 0 {
		if err := c.resolveAlias(p); err != nil {
			return err
		}
	}
	if len(p.Topic) >= lim.MaxTopicLevels && bytes.Count(p.Topic, []byte{'/'}) >= lim.MaxTopicLevels {
		return &mqtt.ReasonError{Code: mqtt.TopicNameInvalid, Reason: "the topic name has too many levels"}
	}
	return nil
}

// checkOffer refuses what CONNACK said is not on offer.
func (c *conn) checkOffer(p *wire.Publish) error {
	switch {
	case p.QoS > c.on.maxQoS: // [MQTT-3.2.2-11]
		return errQoS
	case p.Retain && c.srv.RefuseRetained: // [MQTT-3.2.2-14]
		return errRetain
	}
	return nil
}

// resolveAlias learns the alias of a topic or fills the topic in. [MQTT-3.3.2-12]
func (c *conn) resolveAlias(p *wire.Publish) error {
	if int(p.TopicAlias) > c.on.aliasMax { // [MQTT-3.3.2-9]
		return &mqtt.ReasonError{Code: mqtt.TopicAliasInvalid, Reason: "the topic alias is above the topic alias maximum"}
	}
	if len(p.Topic) == 0 {
		topic, ok := c.aliasIn[p.TopicAlias]
		if !ok {
			return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: "the topic alias has not been defined"}
		}
		p.Topic = topic
		return nil
	}
	if c.aliasIn == nil {
		c.aliasIn = make(map[uint16][]byte)
	}
	if !bytes.Equal(c.aliasIn[p.TopicAlias], p.Topic) {
		c.aliasIn[p.TopicAlias] = bytes.Clone(p.Topic)
	}
	return nil
}

// load makes the packet the message that the batch routes.
func (c *conn) load(b *batch, p *wire.Publish) {
	b.pub.reset()
	m := &b.pub.message
	*m = message{topic: p.Topic, payload: p.Payload, props: p.Props, expiryAt: p.ExpiryAt, qos: p.QoS, retain: p.Retain}
	if p.AliasAt >= 0 { // the alias is the connection's own; the rest is forwarded
		m.props = append(append(make([]byte, 0, len(p.Props)), p.Props[:p.AliasAt]...), p.Props[p.AliasAt+3:]...)
		if m.expiryAt > p.AliasAt {
			m.expiryAt -= 3
		}
	}
	if len(p.Props) == 0 {
		m.expiryAt = -1
	}
	if m.expiryAt >= 0 {
		m.expires = b.now + expirySeconds(m.props, m.expiryAt)*int64(time.Second)
	}
}

// expirySeconds reads the message expiry property at an offset of a list.
func expirySeconds(props []byte, at int) int64 {
	return int64(binary.BigEndian.Uint32(props[at+1:]))
}

var sysPrefix = []byte("$SYS")

// reserved reports whether only the server may publish to the topic.
func reserved(topic []byte) bool {
	return bytes.HasPrefix(topic, sysPrefix) && (len(topic) == len(sysPrefix) || topic[len(sysPrefix)] == '/')
}

// outcome is what an acknowledgement says.
type outcome struct {
	code mqtt.ReasonCode
	why  string // for people; may be empty
}

// What is said with a code.
const (
	whySys      = "topics that begin with $SYS belong to the server"
	whyPayload  = "the payload is larger than this server accepts"
	whyRetained = "the server has no room for more retained messages"
	whyMemory   = "the server is short of memory"
	whyStore    = "the server cannot store messages"
)

// accept takes responsibility for b.pub: retains it, routes it, and returns
// what the acknowledgement says.
func (b *batch) accept(c *conn) outcome {
	m := &b.pub.message
	from := c.sess
	if m.topic[0] == '$' && reserved(m.topic) {
		b.srv.dropped(dropNotAllowed, 1, from.id)
		return outcome{mqtt.NotAuthorized, whySys}
	}
	if err := c.mayPublish(m.topic); err != nil {
		b.srv.drop(dropDenied, 1, from.id) // logged when it was found
		re := refusalOf(err)
		return outcome{re.Code, re.Reason}
	}
	if len(m.payload) > b.srv.lim.MaxPayloadSize {
		b.srv.dropped(dropPayload, 1, from.id)
		return outcome{mqtt.QuotaExceeded, whyPayload} // Packet too large is not a code of PUBACK
	}
	m.from = c.publisher()
	if m.qos == mqtt.ExactlyOnce && b.srv.memory.limited.Load() && b.needsMemory() {
		b.noMemory(from.id)
		return outcome{mqtt.QuotaExceeded, whyMemory}
	}
	var o outcome
	if m.retain && !b.srv.retained.store(b, from.id) {
		o = outcome{mqtt.QuotaExceeded, whyRetained}
	}
	n := b.publish(from)
	if b.srv.journal.on() {
		b.logPublish(from, b.packets.publish.PacketID)
	}
	switch {
	case b.pub.refused:
		o = outcome{mqtt.QuotaExceeded, whyMemory}
	case n == 0 && o.code == mqtt.Success:
		o.code = mqtt.NoMatchingSubscribers
	}
	return o
}

// onPublishQoS2 takes a QoS 2 message unless its packet identifier says that
// it has been taken already. [MQTT-4.3.3-10] Taking and routing are one step:
// a connection that takes the session over meanwhile does not get ahead with
// later messages. [MQTT-4.6.0-1]
func (c *conn) onPublishQoS2(b *batch, id uint16) error {
	s := c.sess
	s.routing.Lock()
	defer s.routing.Unlock()
	s.mu.Lock()
	if s.conn.Load() != c { // taken over: the client sends it again there
		s.mu.Unlock()
		return nil
	}
	_, known := s.recv[id]
	over := !known && len(s.recv) >= c.recvMax
	if !over {
		s.received(id)
	}
	if known && s.sid != 0 { // the answer waits for whatever the first one waits for
		b.log(record(b.record, opOrdinal).num(s.sid).num(s.ord))
	}
	s.mu.Unlock()
	switch {
	case over: // [MQTT-3.3.4-7]
		return &mqtt.ReasonError{Code: mqtt.ReceiveMaximumExceeded, Reason: "more QoS 2 messages are open than the receive maximum allows"}
	case known:
		c.answer(b, wire.PUBREC, id, outcome{})
		return nil
	}
	o := b.accept(c)
	owe := b.pub.refused && c.version != mqtt.V5
	if owe || o.code.Failed() && c.version == mqtt.V5 { // the exchange ends here [MQTT-4.3.3-9]
		s.mu.Lock()
		b.release(s, id)
		s.mu.Unlock()
	}
	if owe {
		return c.owe()
	}
	c.answer(b, wire.PUBREC, id, o)
	return nil
}

// acknowledge appends PUBACK, PUBREC, PUBREL or PUBCOMP, with the reason code where the version
// has one.
func (c *conn) acknowledge(b *batch, t wire.Type, id uint16, o outcome) {
	if o.code == mqtt.Success || c.version != mqtt.V5 {
		b.ack(c, t, id)
		return
	}
	if o.code == mqtt.NoMatchingSubscribers {
		buf := [5]byte{byte(t) << 4, 3, byte(id >> 8), byte(id), byte(o.code)}
		b.appendPacket(c, buf[:])
		return
	}
	ack := wire.Ack{Type: t, PacketID: id, Code: o.code}
	if o.why != "" && !c.terse {
		ack.Props.SetText(mqtt.PropReasonString, o.why)
	}
	out, err := ack.Append(b.scratch[:0], c.version)
	if err == nil && !c.accepts(len(out)) {
		ack.Props = nil
		out, err = ack.Append(out[:0], c.version)
	}
	if err == nil {
		b.scratch = out
		b.appendPacket(c, out)
	}
}
