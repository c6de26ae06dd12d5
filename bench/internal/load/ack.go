package load

import (
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// packetID returns the packet identifier of message seq, never 0.
func packetID(seq uint64) uint16 { return uint16(seq%65535) + 1 }

// find returns the message with that packet identifier, nil when it is not
// waiting for an acknowledgement.
func (p *publisher) find(id uint16) *slot {
	if p.next == 0 || id == 0 {
		return nil
	}
	last := p.next - 1
	back := (last%65535 + 65535 - uint64(id-1)) % 65535
	if back > last || last-back < p.oldest {
		return nil
	}
	s := p.ring.at(last-back, p.next)
	if s == nil || s.state == done {
		return nil
	}
	return s
}

// acknowledged handles PUBACK, PUBREC and PUBCOMP. What does not answer
// anything is ignored: it may answer what was sent before the connection was
// lost.
func (p *publisher) acknowledged(a *wire.Ack, now int64) {
	s := p.find(a.PacketID)
	if s == nil {
		return
	}
	if a.Type == wire.PUBREC && !a.Code.Failed() {
		s.state = received
		p.client.out = wire.AppendAck(p.client.out, wire.PUBREL, a.PacketID)
		return
	}
	p.settle(s)
	second := p.load.series.at(s.intended)
	if second == nil && !p.load.stored() {
		return // of the warm-up
	}
	if a.Code.Failed() && a.Type != wire.PUBCOMP { // that one can only say that it was done before
		p.refused++
		p.load.counts.Refused++
		p.load.failed(&mqtt.ReasonError{Op: "publish", Code: a.Code})
		return
	}
	p.load.counts.Acked++
	if p.load.series.start != 0 && p.load.ended == 0 {
		p.load.acked++
	}
	p.load.lat.Ack.record(now - s.sent)
	if second != nil {
		second.Acked++
	}
}

// settle ends the wait for the acknowledgement of s.
func (p *publisher) settle(s *slot) {
	s.state = done
	p.unacked--
	p.load.unacked--
	for p.oldest < p.next {
		if s := p.ring.at(p.oldest, p.next); s != nil && s.state != done {
			break
		}
		p.oldest++
	}
	p.load.wake(p)
}

// resume sends again what was not acknowledged when the connection was lost,
// [MQTT-4.4.0-1], or forgets it when the broker has.
func (p *publisher) resume(sessionPresent bool) {
	for seq := p.oldest; seq < p.next; seq++ {
		s := p.ring.at(seq, p.next)
		switch {
		case s == nil || s.state == done:
		case !sessionPresent:
			s.state = done
			p.unacked--
			p.load.unacked--
		case s.state == received:
			p.client.out = wire.AppendAck(p.client.out, wire.PUBREL, packetID(seq))
		default:
			p.client.out = p.load.frames.append(p.client.out, message{from: p, seq: seq, intended: s.intended, size: int(s.size), dup: true})
		}
	}
	if !sessionPresent {
		p.oldest = p.next
	}
}
