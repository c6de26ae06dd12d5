package broker

import (
	"bytes"
	"fmt"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// inline is a subscription of the program that the server is part of.
type inline struct{ handle func(mqtt.Message) }

// Publish routes a message as if a client had published it, without asking the
// Authorizer. It returns when the message is with its receivers' queues; it
// does not wait for them, nor for the Store. Properties that a client may not
// send, a topic that is invalid or below $SYS, and a QoS above 2 are errors.
func (s *Server) Publish(m mqtt.Message) error {
	s.init()
	if err := mqtt.CheckTopic(m.Topic); err != nil {
		return fmt.Errorf("publish: topic %q %w", m.Topic, err)
	}
	if reserved([]byte(m.Topic)) {
		return fmt.Errorf("publish: topic %q belongs to the server", m.Topic)
	}
	if !m.QoS.Valid() {
		return fmt.Errorf("publish: QoS %d, want 0, 1 or 2", m.QoS)
	}
	props, err := publishProps(m.Props)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	b := s.takeBatch()
	defer s.putBatch(b)
	b.publishKept(&message{topic: []byte(m.Topic), payload: bytes.Clone(m.Payload), props: props,
		expiryAt: expiryOffset(props), qos: m.QoS, retain: m.Retain})
	return nil
}

// publishProps encodes properties of a PUBLISH and checks them as if they had
// come from a client.
func publishProps(ps mqtt.Properties) ([]byte, error) {
	props, err := wire.AppendProperties(nil, ps)
	if err != nil {
		return nil, err
	}
	body := append([]byte{0, 1, 't'}, wire.AppendVarint(nil, uint32(len(props)))...)
	var p wire.Publish
	if err := p.Decode(mqtt.V5, 0, append(body, props...)); err != nil {
		return nil, err
	}
	if p.PropsSubID || p.TopicAlias != 0 {
		return nil, fmt.Errorf("subscription identifiers and topic aliases belong to a connection")
	}
	return props, nil
}

// Subscribe calls handle for every message that the filter matches: first for
// the retained ones, then for each as it is published, until cancel is called.
// A call may be under way when cancel returns. handle runs on the publisher's
// goroutine and must not block; calls may be concurrent. The message is
// handle's to keep. Shared filters are an error.
func (s *Server) Subscribe(f mqtt.Filter, handle func(mqtt.Message)) (cancel func(), err error) {
	s.init()
	if f.Topic() == "" || f.ShareGroup() != "" {
		return nil, fmt.Errorf("subscribe: filter %q is invalid or shared", f)
	}
	sub := &subscription{filter: f, target: target{inline: &inline{handle}, qos: mqtt.ExactlyOnce, asPublished: true}}
	s.index.Add(f.Topic(), sub)
	for _, m := range s.Retained(f) {
		m.Retain = true
		handle(m)
	}
	return func() { s.index.Remove(f.Topic(), sub) }, nil
}

// export returns the message as other packages know it, on its own memory.
func (m *message) export() mqtt.Message {
	return mqtt.Message{Topic: string(m.topic), Payload: bytes.Clone(m.payload), QoS: m.qos, Retain: m.retain,
		Props: wire.RawProperties(m.props).Parse(), Received: time.Now()}
}
