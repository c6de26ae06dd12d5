package load

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"mqt/bench/payload"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// maxBatch is how many bytes are written at once, about.
const maxBatch = 128 << 10

// message is one PUBLISH that a publisher is to send.
type message struct {
	from     *publisher
	seq      uint64
	intended int64
	size     int // of the payload
	dup      bool
	clear    bool // takes a retained message away: QoS 0, no payload
}

// frames composes PUBLISH packets. A packet costs a few copies and nothing is
// kept for each publisher but its topic.
type frames struct {
	version  mqtt.Version
	first    byte // of the packet: type, QoS, retain
	qos      mqtt.QoS
	payload  []byte            // of the largest size, header included
	template *payload.Template // nil: all payloads are that one
	seed     uint64
	headers  []string
	epoch    time.Time
	props    []byte // scratch
	topic    []byte // scratch
	rng      *rand.Rand
}

func newFrames(p *Plan, epoch time.Time, rng *rand.Rand) (*frames, error) {
	f := &frames{version: p.Version, qos: p.QoS, template: p.Template, seed: p.Seed, headers: p.Headers, epoch: epoch, rng: rng}
	f.first = byte(wire.PUBLISH)<<4 | byte(p.QoS)<<1
	if p.Retain {
		f.first |= 1
	}
	for _, h := range p.Headers {
		if h != "ts" && h != "cnt64" {
			return nil, fmt.Errorf("payload header %q: want ts or cnt64", h)
		}
	}
	largest := 0
	for _, s := range p.Sizes {
		largest = max(largest, s.Bytes)
	}
	f.payload = make([]byte, largest)
	for i := range f.payload {
		f.payload[i] = byte('a' + i%26)
	}
	copy(f.payload[HeaderSize:], p.Payload)
	return f, nil
}

// append appends one packet to b.
func (f *frames) append(b []byte, m message) []byte {
	topic := m.from.topic.text
	if m.from.topic.parts != nil {
		f.topic = m.from.topic.appendTo(f.topic[:0], m.seq, f.rng)
		topic = f.topic
	}
	h := header{publisher: m.from.number, seq: uint32(m.seq), intended: uint64(m.intended)}
	size := 2 + len(topic) + m.size
	qos := f.qos
	if m.clear {
		qos, size = mqtt.AtMostOnce, size-m.size
	}
	if qos > mqtt.AtMostOnce {
		size += 2
	}
	var props []byte
	if f.version == mqtt.V5 && !m.clear {
		props = f.properties(m, h)
	}
	if f.version == mqtt.V5 {
		size += wire.VarintSize(uint32(len(props))) + len(props)
	}
	first := f.first&^(3<<1) | byte(qos)<<1
	if m.dup {
		first |= 8
	}
	b = append(b, first)
	b = wire.AppendVarint(b, uint32(size))
	b = append(b, byte(len(topic)>>8), byte(len(topic)))
	b = append(b, topic...)
	if qos > mqtt.AtMostOnce {
		b = binary.BigEndian.AppendUint16(b, packetID(m.seq))
	}
	if f.version == mqtt.V5 {
		b = wire.AppendVarint(b, uint32(len(props)))
		b = append(b, props...)
	}
	if m.clear {
		return b
	}
	at := len(b)
	b = append(b, f.payload[:m.size]...)
	h.put(b[at:])
	if f.template != nil {
		f.template.Put(b[at+HeaderSize:], payload.Message{
			Due: f.epoch.UnixNano() + m.intended, Number: m.from.ordinal(m.seq), Seed: f.seed,
		})
	}
	return b
}

// properties returns the properties of m without their length, valid until
// the next call.
func (f *frames) properties(m message, h header) []byte {
	if len(f.headers) == 0 && !m.from.client.plan.Request {
		return nil
	}
	b := f.props[:0]
	if m.from.client.plan.Request {
		b = append(b, byte(mqtt.PropResponseTopic))
		b = appendString(b, m.from.client.plan.Filters[0])
		b = append(b, byte(mqtt.PropCorrelationData), 0, HeaderSize)
		b = append(b, make([]byte, HeaderSize)...)
		h.put(b[len(b)-HeaderSize:])
	}
	for _, name := range f.headers {
		value := ""
		switch name {
		case "ts":
			value = strconv.FormatInt(f.epoch.Add(time.Duration(m.intended)).UnixMilli(), 10)
		case "cnt64":
			value = strconv.FormatUint(m.seq+1, 10)
		}
		b = append(b, byte(mqtt.PropUser))
		b = appendString(b, name)
		b = appendString(b, value)
	}
	f.props = b
	return b
}

func appendString(b []byte, s string) []byte {
	b = append(b, byte(len(s)>>8), byte(len(s)))
	return append(b, s...)
}

// sizes picks payload lengths by weight.
type sizes struct {
	all   []Size
	total int
	rng   *rand.Rand
}

func newSizes(all []Size, rng *rand.Rand) *sizes {
	s := &sizes{all: all, rng: rng}
	for _, size := range all {
		s.total += size.Weight
	}
	return s
}

func (s *sizes) pick() int {
	if len(s.all) == 1 {
		return s.all[0].Bytes
	}
	n := s.rng.IntN(s.total)
	for _, size := range s.all {
		if n -= size.Weight; n < 0 {
			return size.Bytes
		}
	}
	return s.all[0].Bytes
}
