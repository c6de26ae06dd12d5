package broker

import (
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// subscription is one session's interest in a filter, or in the index the
// place of a shared subscription.
type subscription struct {
	filter mqtt.Filter
	target target // whom it delivers to; immutable
}

// onSubscribe handles SUBSCRIBE, MQTT 5.0 section 3.8.4.
func (c *conn) onSubscribe(b *batch, h wire.Header, body []byte) error {
	var p wire.Subscribe
	if err := p.Decode(c.version, h.Flags, body); err != nil {
		return err
	}
	filters := make([]mqtt.Filter, len(p.Filters))
	codes := make([]mqtt.ReasonCode, len(p.Filters))
	for i, f := range p.Filters {
		var err error
		if filters[i], err = mqtt.ParseFilter(f.Filter); err != nil { // [MQTT-4.7.1-1]
			return &mqtt.ReasonError{Code: mqtt.MalformedPacket, Reason: "the topic filter " + err.Error()}
		}
		p.Filters[i].QoS = min(f.QoS, c.on.maxQoS) // [MQTT-3.2.2-10]
		codes[i] = mqtt.ReasonCode(p.Filters[i].QoS)
		if mqtt.Levels(f.Filter) > c.srv.lim.MaxTopicLevels {
			codes[i] = mqtt.TopicFilterInvalid
		}
		if c.srv.memory.limited.Load() {
			codes[i] = mqtt.QuotaExceeded
		}
	}
	id, _ := p.Props.Uint(mqtt.PropSubscriptionID)
	s := c.sess
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn.Load() != c {
		return nil // taken over while this was on its way
	}
	for i := range p.Filters {
		if !codes[i].Failed() && c.srv.policy.auth != nil {
			codes[i] = c.maySubscribe(filters[i], codes[i])
		}
		if !codes[i].Failed() {
			s.subscribe(b, filters[i], p.Filters[i], id)
		}
	}
	ack := wire.Suback{PacketID: p.PacketID, Codes: codes}
	out, err := ack.Append(nil, c.version)
	if err != nil {
		return err
	}
	c.answerRaw(b, out)
	s.note()
	return nil
}

// subscribe adds or replaces one subscription and lines up its retained
// messages. [MQTT-3.8.4-3]
func (s *session) subscribe(b *batch, f mqtt.Filter, o wire.SubscribeFilter, id uint32) {
	old := s.subs[f.String()]
	sub := newSubscription(s, f, o, id)
	if s.sid != 0 {
		b.log(sub.record(s.sid))
	}
	if s.subs == nil {
		s.subs = make(map[string]*subscription)
	}
	s.subs[f.String()] = sub
	s.srv.subscribe(sub, old)
	if f.ShareGroup() != "" || o.RetainHandling == mqtt.RetainDontSend || o.RetainHandling == mqtt.RetainSendIfNew && old != nil {
		return
	}
	if msgs := s.srv.retained.match(f); len(msgs) > 0 {
		s.cursors = append(s.cursors, cursor{entries: msgs, sub: sub})
	}
}

func newSubscription(s *session, f mqtt.Filter, o wire.SubscribeFilter, id uint32) *subscription {
	sub := &subscription{filter: f, target: target{sess: s, qos: o.QoS, noLocal: o.NoLocal, asPublished: o.RetainAsPublished}}
	if id != 0 {
		sub.target.subIDs = []uint32{id}
	}
	return sub
}

// subscribe puts sub into the index in place of old, which may be nil.
func (s *Server) subscribe(sub, old *subscription) {
	if old == nil {
		s.stats.subs.Add(1)
	}
	if sub.filter.ShareGroup() != "" {
		if old == nil {
			s.stats.shared.Add(1)
		}
		s.joinGroup(sub, old)
		return
	}
	if old == nil {
		s.index.Add(sub.filter.Topic(), sub)
	} else {
		s.index.Replace(sub.filter.Topic(), old, sub)
	}
}

func (s *Server) unsubscribe(sub *subscription) {
	s.stats.subs.Add(-1)
	if sub.filter.ShareGroup() != "" {
		s.stats.shared.Add(-1)
		s.leaveGroup(sub)
		return
	}
	s.index.Remove(sub.filter.Topic(), sub)
}

func (s *Server) unsubscribeAll(subs []*subscription) {
	for _, sub := range subs {
		s.unsubscribe(sub)
	}
}

// onUnsubscribe handles UNSUBSCRIBE, MQTT 5.0 section 3.10.4.
func (c *conn) onUnsubscribe(b *batch, h wire.Header, body []byte) error {
	var p wire.Unsubscribe
	if err := p.Decode(c.version, h.Flags, body); err != nil {
		return err
	}
	s := c.sess
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn.Load() != c {
		return nil
	}
	ack := wire.Unsuback{PacketID: p.PacketID}
	for _, f := range p.Filters {
		code := mqtt.NoSubscriptionExisted
		if sub := s.subs[f]; sub != nil {
			code = mqtt.Success
			delete(s.subs, f)
			s.srv.unsubscribe(sub)
			if s.sid != 0 {
				b.log(record(b.record, opUnsub).num(s.sid).text(f))
			}
		}
		if c.version == mqtt.V5 {
			ack.Codes = append(ack.Codes, code)
		}
	}
	out, err := ack.Append(nil, c.version)
	if err != nil {
		return err
	}
	c.answerRaw(b, out)
	return nil
}
