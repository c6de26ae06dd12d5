package client

import (
	"encoding/binary"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

const (
	batchBytes  = 64 << 10 // a batch is handed over when it reaches this
	batchQueue  = 4        // batches between reader and dispatcher
	batchKeep   = 1 << 20  // a larger buffer is not used again
	maxInterned = 4096     // topics whose string is kept
)

// batch is a run of PUBLISH and PUBREL packets as they came, each preceded by
// its first byte and the length of its body in four bytes.
type batch struct {
	l        *link
	received time.Time
	data     []byte
}

// gather adds a packet to the batch.
func (l *link) gather(h wire.Header, body []byte) error {
	if l.batch == nil {
		l.batch = l.c.freeBatch()
		l.batch.l, l.batch.received = l, l.readAt
	}
	b := l.batch
	b.data = append(b.data, byte(h.Type)<<4|h.Flags)
	b.data = binary.LittleEndian.AppendUint32(b.data, uint32(len(body)))
	b.data = append(b.data, body...)
	if len(b.data) >= batchBytes {
		l.handOver()
	}
	return nil
}

// batchTime notes when bytes arrived.
func (l *link) batchTime() { l.readAt = time.Now() }

// settle passes on everything that was read: messages to the dispatcher,
// verdicts to the publishers. It blocks while the dispatcher's queue is full.
func (l *link) settle() {
	if len(l.acks) > 0 {
		l.fruitful.Store(true)
		l.c.finishPublishes(l)
	}
	if l.batch != nil {
		l.handOver()
	}
}

// handOver queues the batch. Without a handler a full queue drops it, unless
// HoldMessages is set, so that a client that only publishes goes on: what has
// QoS 1 or 2 stays unacknowledged, and with the broker's session.
func (l *link) handOver() {
	l.fruitful.Store(true)
	b := l.batch
	l.batch = nil
	if l.c.handler.Load() == nil && !l.c.opts.HoldMessages {
		select {
		case l.c.batches <- b:
		default:
		}
		return
	}
	select {
	case l.c.batches <- b:
	case <-l.c.closing:
	}
}

func (c *Client) freeBatch() *batch {
	select {
	case b := <-c.spares:
		return b
	default:
		return &batch{}
	}
}

// dispatcher calls the handler and acknowledges. All its fields belong to its
// goroutine.
type dispatcher struct {
	c        *Client
	l        *link             // whose packets are being handled
	aliases  []string          // topic by alias, of this link
	received map[uint16]bool   // QoS 2 messages between PUBLISH and PUBREL
	topics   map[string]string // interned
	last     string            // the last topic
	pub      wire.Publish
	answered bool // pub has been acknowledged, or needs no acknowledgement
}

// dispatch runs until the client is closing.
func (c *Client) dispatch() {
	defer close(c.dispatched)
	d := &c.dispatcher
	for {
		select {
		case <-c.closing:
			return
		case b := <-c.batches:
			if !d.batch(b) {
				return
			}
			if cap(b.data) <= batchKeep {
				b.data, b.l = b.data[:0], nil
				select {
				case c.spares <- b:
				default:
				}
			}
		}
	}
}

// batch handles b, and reports false when the client is closing.
func (d *dispatcher) batch(b *batch) bool {
	if b.l != d.l {
		d.l, d.aliases = b.l, nil
		if !b.l.connack.SessionPresent {
			clear(d.received)
		}
	}
	handle, ok := d.c.awaitHandler()
	if !ok {
		return false
	}
	defer d.c.handling.Store(false)
	for data := b.data; len(data) > 0; {
		d.c.handling.Store(true) // before the look at closing: see Client.wait
		if d.c.isClosing() {
			return false
		}
		n := binary.LittleEndian.Uint32(data[1:])
		first, body := data[0], data[5:5+n]
		data = data[5+n:]
		var err error
		if wire.Type(first>>4) == wire.PUBLISH {
			err = d.publish(first, body, b.received, handle)
		} else {
			err = d.release(first, body)
		}
		if err != nil {
			d.l.refuse(err)
			return true
		}
	}
	return true
}

// awaitHandler waits for the first Subscribe: with a session that the broker
// kept, messages arrive before it.
func (c *Client) awaitHandler() (func(mqtt.Message), bool) {
	if h := c.handler.Load(); h != nil {
		return *h, true
	}
	select {
	case <-c.handlerSet:
		return *c.handler.Load(), true
	case <-c.closing:
		return nil, false
	}
}

// publish handles one PUBLISH.
func (d *dispatcher) publish(first byte, body []byte, at time.Time, handle func(mqtt.Message)) error {
	p := &d.pub
	if err := p.Decode(d.l.version, first&0x0F, body); err != nil {
		return err
	}
	topic, err := d.topic(p)
	if err != nil {
		return err
	}
	if p.QoS == mqtt.ExactlyOnce && d.received[p.PacketID] { // [MQTT-4.3.3-10]
		return d.l.ack(wire.PUBREC, p.PacketID, mqtt.Success)
	}
	m := mqtt.Message{
		Topic: topic, Payload: p.Payload, QoS: p.QoS, Retain: p.Retain,
		Dup: p.Dup, PacketID: p.PacketID, Received: at,
	}
	if len(p.Props) > 0 {
		m.Props = p.Props.Parse()
	}
	d.answered = false
	handle(m)
	return d.answer()
}

// Acknowledge acknowledges the message that the handler is handling, at once
// instead of when the handler returns. Only the handler may call it: before
// it tells anybody who may disconnect that it has had enough, lest DISCONNECT
// overtake the acknowledgement and the next session bring the message again.
func (c *Client) Acknowledge() error { return c.dispatcher.answer() }

// answer acknowledges d.pub once.
func (d *dispatcher) answer() error {
	if d.answered {
		return nil
	}
	d.answered = true
	switch d.pub.QoS {
	case mqtt.AtLeastOnce:
		return d.l.ack(wire.PUBACK, d.pub.PacketID, mqtt.Success)
	case mqtt.ExactlyOnce:
		d.received[d.pub.PacketID] = true
		return d.l.ack(wire.PUBREC, d.pub.PacketID, mqtt.Success)
	}
	return nil
}

// topic returns the topic name of p, resolving its alias, MQTT 5.0 section
// 3.3.2.3.4. The result is valid for ever.
func (d *dispatcher) topic(p *wire.Publish) (string, error) {
	name := ""
	if len(p.Topic) > 0 {
		name = d.intern(p.Topic)
	}
	if p.TopicAlias == 0 && p.AliasAt < 0 {
		return name, nil
	}
	most, _ := d.c.opts.Props.Uint(mqtt.PropTopicAliasMaximum)
	if uint32(p.TopicAlias) > most || p.TopicAlias == 0 {
		return "", &mqtt.ReasonError{Code: mqtt.TopicAliasInvalid, Reason: "topic alias above the announced maximum"}
	}
	if d.aliases == nil {
		d.aliases = make([]string, most+1)
	}
	if name != "" {
		d.aliases[p.TopicAlias] = name
	} else if name = d.aliases[p.TopicAlias]; name == "" {
		return "", protocolError("unknown topic alias")
	}
	return name, nil
}

// intern returns b as a string, the same one for the same topic.
func (d *dispatcher) intern(b []byte) string {
	if string(b) == d.last {
		return d.last
	}
	s, ok := d.topics[string(b)]
	if !ok {
		if len(d.topics) >= maxInterned {
			clear(d.topics)
		}
		s = string(b)
		d.topics[s] = s
	}
	d.last = s
	return s
}

// release handles one PUBREL.
func (d *dispatcher) release(first byte, body []byte) error {
	p := wire.Ack{Type: wire.PUBREL}
	if err := p.Decode(d.l.version, first&0x0F, body); err != nil {
		return err
	}
	code := mqtt.Success
	if !d.received[p.PacketID] && d.l.version == mqtt.V5 {
		code = mqtt.PacketIdentifierNotFound
	}
	delete(d.received, p.PacketID)
	return d.l.ack(wire.PUBCOMP, p.PacketID, code)
}

// ack sends an acknowledgement, unless the link is gone: then the broker
// delivers again on the next one.
func (l *link) ack(t wire.Type, id uint16, code mqtt.ReasonCode) error {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.out.answer(&wire.Ack{Type: t, PacketID: id, Code: code}, l.version)
}
