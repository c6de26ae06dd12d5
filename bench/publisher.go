package bench

import (
	"encoding/binary"
	"fmt"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// publisher makes the PUBLISH packets of one client.
type publisher struct {
	load   *Load
	client *client
	queued bool // in load.ready

	frames    []byte // Batch encoded packets, patched before each write
	size      int    // of one of them
	idAt      int    // offset of the packet identifier in one of them
	payloadAt int

	limit     uint64 // messages that may be on their way
	fanout    uint64 // subscribers that get each message
	sent      uint64
	accounted uint64 // deliveries that have come or are known to be lost
	unacked   int
}

func newPublisher(l *Load, number int) (*publisher, error) {
	payload := make([]byte, l.plan.Payload)
	for i := range payload {
		payload[i] = byte('a' + i%26)
	}
	header{publisher: uint32(number)}.put(payload)
	packet := wire.Publish{QoS: l.plan.QoS, Topic: []byte(l.plan.Topics[number]), Payload: payload}
	if packet.QoS > mqtt.AtMostOnce {
		packet.PacketID = 1
	}
	frame, err := packet.Append(nil, l.plan.Version)
	if err != nil {
		return nil, fmt.Errorf("publisher %d: %w", number, err)
	}
	p := &publisher{load: l, size: len(frame), payloadAt: len(frame) - len(payload)}
	p.idAt = p.payloadAt - 2
	if l.plan.Version == mqtt.V5 {
		p.idAt-- // the length of the properties, 0
	}
	for range l.plan.Batch {
		p.frames = append(p.frames, frame...)
	}
	return p, nil
}

// room returns how many messages may be sent now. At QoS 0 it is 0 or a whole
// number of batches.
func (p *publisher) room() int {
	if !p.load.publishing {
		return 0
	}
	n := p.limit
	if p.fanout > 0 {
		n -= min(n, (p.sent*p.fanout-p.accounted)/p.fanout)
	}
	if p.load.plan.QoS > mqtt.AtMostOnce {
		return min(int(n), p.load.plan.Window-p.unacked)
	}
	return int(n) / p.load.plan.Batch * p.load.plan.Batch
}

// next returns the bytes of the next n packets, at most one batch. They are
// valid until the following call.
func (p *publisher) next(n int) []byte {
	n = min(n, p.load.plan.Batch)
	now := uint64(time.Since(p.load.epoch))
	acked := p.load.plan.QoS > mqtt.AtMostOnce
	for i := range n {
		f := p.frames[i*p.size : (i+1)*p.size]
		binary.BigEndian.PutUint32(f[p.payloadAt+4:], uint32(p.sent))
		binary.BigEndian.PutUint64(f[p.payloadAt+8:], now)
		if acked {
			binary.BigEndian.PutUint16(f[p.idAt:], uint16(p.sent%65535)+1)
		}
		p.sent++
	}
	if acked {
		p.unacked += n
	}
	p.load.counts.Sent += uint64(n)
	return p.frames[:n*p.size]
}

// acknowledge takes note that the broker has taken a message over.
func (p *publisher) acknowledge() error {
	if p.unacked == 0 {
		return fmt.Errorf("the broker acknowledged what was not sent")
	}
	p.unacked--
	p.load.counts.Acked++
	p.load.wake(p)
	return nil
}

// account takes note of n deliveries that need not be waited for any more.
func (p *publisher) account(n uint64) {
	p.accounted += n
	p.load.wake(p)
}
