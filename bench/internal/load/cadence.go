package load

import (
	"time"

	"mqt/bench/pace"
)

// cadence says which messages are due. Message i of a schedule belongs to
// publisher i mod N and is due at a time that is computed, never accumulated.
type cadence struct {
	on       bool // publishing
	measured bool // what it says counts
	schedule pace.Schedule
	start    int64  // when message 0 is due, at the earliest
	total    uint64 // messages it has
	ready    uint64 // messages that are due by now
	turned   uint64 // of them, sent or skipped
	n        uint64 // publishers
}

// due returns how many messages of publisher k are due.
func (c *cadence) due(k uint64) uint64 {
	if c.ready <= k {
		return 0
	}
	return (c.ready - k + c.n - 1) / c.n
}

// intended returns when p's next message is due.
func (c *cadence) intended(p *publisher) int64 {
	return c.start + int64(c.schedule.Due(uint64(p.number)+p.turn*c.n))
}

// left returns how many messages a closed loop may still send.
func (c *cadence) left() uint64 { return c.total - min(c.turned, c.total) }

// next returns when the first message is due that is not yet, or later when
// there is none before.
func (c *cadence) next(later int64) int64 {
	if !c.on || c.schedule == nil || c.ready >= c.total {
		return later
	}
	return min(later, c.start+int64(c.schedule.Due(c.ready)))
}

// advance makes due what is due now, and wakes the publishers of it.
func (l *Load) advance(now int64) {
	c := &l.cadence
	if !c.on || c.schedule == nil || c.ready >= c.total || now < c.start {
		return
	}
	first := c.start + int64(c.schedule.Due(c.ready))
	if first > now {
		return
	}
	before := c.ready
	c.ready = min(c.total, max(before+1, c.schedule.Count(time.Duration(now-c.start+1))))
	if c.measured {
		l.paced(before, now)
		l.intend(before)
	}
	if c.ready-before >= c.n {
		for _, p := range l.pubs {
			l.wake(p)
		}
		return
	}
	for i := before; i < c.ready; i++ {
		l.wake(l.pubs[i%c.n])
	}
}

// paceParts is into how many parts paced divides messages at most.
const paceParts = 16

// paced records how late each message from number from to what is ready became
// due. Each counts, not each time the engine wakes up: one that comes late is
// late for all the messages of that time.
func (l *Load) paced(from uint64, now int64) {
	c := &l.cadence
	part := (c.ready-from)/paceParts + 1
	for i := from; i < c.ready; i += part {
		due := c.start + int64(c.schedule.Due(i))
		l.lat.Pacing.recordN(max(0, now-due), min(part, c.ready-i))
	}
}

// intend counts the messages from number from to what is ready as intended.
// Those that the broker is to keep are due before any second is measured.
func (l *Load) intend(from uint64) {
	c := &l.cadence
	l.counts.Intended += c.ready - from
	for i := from; i < c.ready; {
		at := int64(c.schedule.Due(i))
		end := (at/1e9 + 1) * 1e9
		n := max(i+1, min(c.ready, c.schedule.Count(time.Duration(end))))
		if second := l.series.at(c.start + at); second != nil {
			second.Intended += n - i
		}
		i = n
	}
}
