package broker

import (
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// will is a will message with its delay in nanoseconds.
type will struct {
	msg   message
	delay int64
}

// newWill keeps a will until it is needed. Its message expiry interval starts
// when it is published.
func newWill(w *wire.Will, from *ConnectInfo) (*will, error) {
	props, err := wire.AppendProperties(nil, w.Props.Without(mqtt.PropWillDelay))
	if err != nil {
		return nil, err
	}
	m := message{topic: []byte(w.Topic), payload: w.Payload, props: props,
		expiryAt: expiryOffset(props), from: from, qos: w.QoS, retain: w.Retain}
	delay, _ := w.Props.Uint(mqtt.PropWillDelay)
	return &will{msg: *m.clone(), delay: int64(delay) * int64(time.Second)}, nil
}

// expiryOffset finds the message expiry property in a valid encoded list.
func expiryOffset(props []byte) int {
	p := wire.Publish{}
	body := append([]byte{0, 1, 't'}, wire.AppendVarint(nil, uint32(len(props)))...)
	if p.Decode(mqtt.V5, 0, append(body, props...)) != nil {
		return -1
	}
	return p.ExpiryAt
}

// publishWill publishes w if there is one. [MQTT-3.1.2-8]
func (b *batch) publishWill(w *will) {
	if w == nil {
		return
	}
	if !b.srv.mayPublishWill(w) {
		return
	}
	b.srv.log.Info("will published", "topic", string(w.msg.topic))
	b.publishKept(&w.msg)
}

// mayPublishWill asks the Authorizer, and counts and logs a refusal. It was
// asked about the wills that come from the store before they went there.
func (s *Server) mayPublishWill(w *will) bool {
	if s.policy.auth == nil || w.msg.from == nil {
		return true
	}
	err := s.policy.auth.Publish(w.msg.from, string(w.msg.topic))
	if err != nil {
		s.drop(dropDenied, 1, w.msg.from.ClientID)
		s.denied("publish will", w.msg.from, "topic", string(w.msg.topic), "reason", err.Error())
	}
	return err == nil
}

// vetWill gives up a will that would go to the store, which does not keep whom
// it is from, if it may not be published.
func (s *session) vetWill(c *conn) {
	if !s.srv.journal.on() {
		return
	}
	s.mu.Lock()
	w := c.will
	s.mu.Unlock()
	if w == nil || w.delay == 0 || s.srv.mayPublishWill(w) {
		return
	}
	s.mu.Lock()
	c.will = nil
	s.mu.Unlock()
}

// publishKept publishes a will or a message of the server's own. Its message
// expiry interval starts now; after that nobody may change m.
func (b *batch) publishKept(m *message) {
	b.pub.reset()
	b.pub.heap = m
	if m.expiryAt >= 0 {
		m.expires = b.now + expirySeconds(m.props, m.expiryAt)*int64(time.Second)
	}
	b.pub.message = *m
	if m.retain {
		b.srv.retained.store(b, "")
	}
	b.publish(nil)
	if b.srv.journal.on() {
		b.logDeliveries(0, 0)
	}
}
