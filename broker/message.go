package broker

import (
	"encoding/binary"
	"slices"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// message is an application message inside the broker. The slices of one that
// is being routed alias the read buffer; clone makes one that can be kept.
type message struct {
	topic    []byte
	payload  []byte
	props    []byte       // MQTT 5 properties as encoded, without a topic alias
	expiryAt int          // offset in props of the message expiry property, or -1
	expires  int64        // when the message expires, on the server's clock; 0 is never
	from     *ConnectInfo // who published it, for the Authorizer; nil without one
	seq      uint64       // of its record in the store; atomic; 0 when there is none
	qos      mqtt.QoS
	retain   bool
}

// size is what the message counts for in limits, in bytes.
func (m *message) size() int { return len(m.topic) + len(m.payload) + len(m.props) }

// clone returns a copy that shares no memory with m.
func (m *message) clone() *message {
	out := *m
	buf := make([]byte, 0, m.size())
	buf = append(append(append(buf, m.topic...), m.props...), m.payload...)
	t, p := len(m.topic), len(m.topic)+len(m.props)
	out.topic, out.props, out.payload = buf[:t:t], buf[t:p:p], buf[p:]
	return &out
}

// expired reports whether the message must not be sent any more. [MQTT-3.3.2-5]
func (m *message) expired(now int64) bool { return m.expires != 0 && now >= m.expires }

// delivery is a message on its way to one session.
type delivery struct {
	msg    *message
	subIDs []uint32 // identifiers of the subscriptions that matched
	ord    uint64   // which of the session's QoS 1 and 2 deliveries this is; gives the packet identifier
	qos    mqtt.QoS
	retain bool
	again  bool // it may have been sent before the server was started again
}

// packetID returns the packet identifier of a QoS 1 or 2 delivery. It follows
// from the order of deliveries, so that it is the same after a restart.
func (d *delivery) packetID() uint16 { return uint16((d.ord-1)%maxPacketID + 1) }

// envelope is what an encoded PUBLISH says beside its message.
type envelope struct {
	version mqtt.Version
	qos     mqtt.QoS
	retain  bool
	dup     bool
	id      uint16
	alias   uint16 // 0: none
	noTopic bool   // the alias stands for the topic
	subIDs  []uint32
	now     int64
}

const (
	flagRetain = 0x01
	flagDup    = 0x08
)

func (e *envelope) first() byte {
	b := byte(wire.PUBLISH)<<4 | byte(e.qos)<<1
	if e.retain {
		b |= flagRetain
	}
	if e.dup {
		b |= flagDup
	}
	return b
}

// extraProps returns how many bytes of properties the envelope adds.
func (e *envelope) extraProps() int {
	n := 0
	if e.alias != 0 {
		n += 3
	}
	for _, id := range e.subIDs {
		n += 1 + wire.VarintSize(id)
	}
	return n
}

// publishSize returns the size of the encoded packet in bytes.
func publishSize(m *message, e *envelope) int {
	n := remaining(m, e)
	return 1 + wire.VarintSize(uint32(n)) + n
}

func remaining(m *message, e *envelope) int {
	n := 2 + len(m.payload)
	if !e.noTopic {
		n += len(m.topic)
	}
	if e.qos > 0 {
		n += 2
	}
	if e.version == mqtt.V5 {
		n += propsSize(m, e)
	}
	return n
}

// propsSize returns the size of the property list with its length.
func propsSize(m *message, e *envelope) int {
	p := len(m.props) + e.extraProps()
	return wire.VarintSize(uint32(p)) + p
}

// appendPublishHead appends the PUBLISH packet of m up to its payload. The
// message expiry interval is reduced by the time the message waited.
// [MQTT-3.3.2-6]
func appendPublishHead(dst []byte, m *message, e *envelope) []byte {
	dst = slices.Grow(dst, publishSize(m, e)-len(m.payload))
	dst = append(dst, e.first())
	dst = wire.AppendVarint(dst, uint32(remaining(m, e)))
	if e.noTopic {
		dst = append(dst, 0, 0)
	} else {
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(m.topic)))
		dst = append(dst, m.topic...)
	}
	if e.qos > 0 {
		dst = binary.BigEndian.AppendUint16(dst, e.id)
	}
	if e.version == mqtt.V5 {
		dst = appendProps(dst, m, e)
	}
	return dst
}

func appendProps(dst []byte, m *message, e *envelope) []byte {
	dst = wire.AppendVarint(dst, uint32(len(m.props)+e.extraProps()))
	at := len(dst)
	dst = append(dst, m.props...)
	if m.expiryAt >= 0 && m.expires != 0 {
		left := max((m.expires-e.now+1e9-1)/1e9, 0)
		binary.BigEndian.PutUint32(dst[at+m.expiryAt+1:], uint32(left))
	}
	if e.alias != 0 {
		dst = append(dst, byte(mqtt.PropTopicAlias))
		dst = binary.BigEndian.AppendUint16(dst, e.alias)
	}
	for _, id := range e.subIDs {
		dst = append(dst, byte(mqtt.PropSubscriptionID))
		dst = wire.AppendVarint(dst, id)
	}
	return dst
}
