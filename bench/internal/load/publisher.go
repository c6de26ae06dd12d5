package load

import (
	"mqt/internal/mqtt"
)

// publisher sends the messages of one client.
type publisher struct {
	load   *Load
	client *client
	number uint32 // in headers
	queued bool   // in load.runnable
	topic  topic

	turn     uint64 // messages of the schedule that are sent or skipped
	next     uint64 // sequence number
	measured uint64 // sequence number of the first message that counts
	ring     ring

	limit     uint64 // messages that may be on their way in a closed loop
	fanout    uint64 // deliveries of each message
	accounted uint64 // deliveries that have come or are known to be lost
	unordered bool   // an inbox of its deliveries is without order
	arrived   uint64 // then, the first message that has not come
	forgiven  uint64 // deliveries on their way that a closed loop does not wait for
	oldest    uint64 // sequence number of the oldest unacknowledged message
	unacked   int
	refused   uint64
}

// ordinal returns the number of message seq among those of all publishers.
func (p *publisher) ordinal(seq uint64) uint64 { return uint64(p.number) + seq*p.load.cadence.n }

// notMeasured is publisher.measured before measuring begins.
const notMeasured = ^uint64(0)

// backlog returns how many messages are due and neither sent nor skipped.
func (p *publisher) backlog() uint64 {
	return p.load.cadence.due(uint64(p.number)) - p.turn
}

// room returns how many messages may be sent now.
func (p *publisher) room() uint64 {
	l := p.load
	if p.client.phase != ready || !l.cadence.on {
		return 0
	}
	n := uint64(0)
	if l.cadence.schedule != nil {
		n = p.backlog()
	} else {
		n = min(p.closedRoom(), l.cadence.left())
	}
	if l.plan.QoS > mqtt.AtMostOnce {
		window := min(l.plan.Window, int(p.client.quota))
		n = min(n, uint64(max(0, window-p.unacked)), maxWindow-(p.next-p.oldest))
	}
	return n
}

// closedRoom returns how many messages fit the closed loop: at QoS 0 nothing or
// whole batches.
func (p *publisher) closedRoom() uint64 {
	n := p.limit
	if p.fanout > 0 && !p.load.stored() {
		open := p.outstanding()
		n -= min(n, (open-min(open, p.forgiven))/p.fanout)
	}
	if batch := uint64(p.load.plan.Batch); p.load.plan.QoS == mqtt.AtMostOnce && p.load.cadence.left() > batch {
		return n / batch * batch
	}
	return n
}

// lateAfter is how late a message may be sent when late ones are dropped, in
// nanoseconds.
const lateAfter = 10e6

// skip drops what is too late to be sent.
func (p *publisher) skip(now int64) {
	c := &p.load.cadence
	if !p.load.plan.Skip || c.schedule == nil {
		return
	}
	for n := p.backlog(); n > 0 && c.intended(p) < now-lateAfter; n-- {
		p.turn++
		c.turned++
		if c.measured {
			p.load.counts.Skipped++
		}
	}
}

// fill appends the next n packets to b, no more than a batch.
func (p *publisher) fill(b []byte, n uint64, now int64) []byte {
	l := p.load
	for range min(n, uint64(l.plan.Batch)) {
		if len(b) > maxBatch {
			break
		}
		m := message{from: p, seq: p.next, intended: now, size: l.sizes.pick()}
		if l.cadence.schedule != nil {
			m.intended = l.cadence.intended(p)
		}
		b = l.frames.append(b, m)
		p.sent(m, now)
	}
	return b
}

// sent takes note of a message that is about to be written.
func (p *publisher) sent(m message, now int64) {
	l := p.load
	acknowledged := l.plan.QoS > mqtt.AtMostOnce
	if acknowledged || l.cadence.schedule != nil && p.fanout > 0 {
		state := done
		if acknowledged {
			state = sent
			p.unacked++
			l.unacked++
		} else {
			p.oldest = p.next
		}
		p.ring.put(p.next, p.onItsWay(), slot{intended: m.intended, sent: now, size: int32(m.size), state: state})
	}
	l.moved = now
	p.next++
	p.turn++
	l.cadence.turned++
	l.owed += p.fanout
	if p.next <= p.measured {
		l.warmed.Sent++
		l.warmed.Expected += p.fanout
		return
	}
	l.counts.Sent++
	if l.ended == 0 {
		l.sent++
	}
	l.counts.Expected += p.fanout
	l.counts.BytesSent += uint64(m.size)
	if l.cadence.schedule != nil {
		l.lat.SendLag.record(now - m.intended)
	}
	if second := l.series.at(m.intended); second != nil {
		second.Sent++
	}
}

// outstanding returns how many deliveries are on their way.
func (p *publisher) outstanding() uint64 { return p.next*p.fanout - min(p.accounted, p.next*p.fanout) }

// forgive lets a closed loop go on without what is on its way now: a
// connection was lost, and QoS 0 with it.
func (p *publisher) forgive() {
	p.forgiven = p.outstanding()
	p.load.wake(p)
}

// onItsWay returns how many messages before the next have to be remembered.
func (p *publisher) onItsWay() uint64 {
	n := p.next - p.oldest
	if p.fanout == 0 || p.load.stored() {
		return n
	}
	if p.unordered {
		return max(n, p.next-p.arrived)
	}
	return max(n, p.outstanding()) // one subscriber may be behind with all of it
}

// account takes note of n deliveries that need not be waited for any more.
func (p *publisher) account(n uint64) {
	p.accounted += n
	p.load.owed -= min(n, p.load.owed)
	if p.load.cadence.schedule == nil {
		p.load.wake(p)
	}
}
