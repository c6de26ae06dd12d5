package broker

import "mqt/internal/mqtt"

// step is where a QoS 1 or 2 delivery stands.
type step uint8

const (
	stepDone      step = iota // acknowledged; the place is free
	stepUnsent                // to be sent again on this connection
	stepPublish               // PUBLISH sent; PUBACK or PUBREC is due
	stepRelease               // PUBREL sent; PUBCOMP is due
	stepUnsentRel             // PUBREL to be sent again on this connection
)

// inflight is the window of QoS 1 and 2 deliveries to one client, in order of
// their packet identifiers, which are consecutive modulo 65,535.
type inflight struct {
	ring  []flight // a power of two long
	head  int      // place of the oldest delivery in ring
	n     int      // places in use, acknowledged ones between others included
	base  uint16   // packet identifier of the oldest delivery
	sent  int      // deliveries that count against limit
	limit int      // the client's window
	again int      // deliveries that have to be sent again
	bytes int      // of the messages that are kept
	scan  int      // no delivery to be sent again is before this place
}

type flight struct {
	delivery
	step step
}

const maxPacketID = 65535

// room reports whether a further message may be sent. [MQTT-3.3.4-9]
func (f *inflight) room() bool {
	return f.sent < f.limit && f.again == 0 && f.n < maxPacketID
}

// add takes in a message that is being sent and returns its packet identifier.
// Identifiers of deliveries that were given up stay unused.
func (f *inflight) add(d delivery) uint16 {
	f.put(flight{delivery: d, step: stepPublish})
	f.sent++
	return d.packetID()
}

// put appends a delivery at the place of its packet identifier.
func (f *inflight) put(fl flight) {
	id := fl.packetID()
	if f.n == 0 {
		f.base = id
	}
	for f.id(f.n) != id {
		f.push(flight{})
	}
	f.push(fl)
	f.keep(fl.msg, 1)
}

// keep counts a message that is kept until it is acknowledged.
func (f *inflight) keep(m *message, sign int) {
	if m != nil {
		f.bytes += sign * m.size()
	}
}

func (f *inflight) push(fl flight) {
	if f.n == len(f.ring) {
		f.grow()
	}
	f.ring[(f.head+f.n)&(len(f.ring)-1)] = fl
	f.n++
}

func (f *inflight) grow() {
	ring := make([]flight, max(8, 2*len(f.ring)))
	for i := range f.n {
		ring[i] = *f.at(i)
	}
	f.ring, f.head = ring, 0
}

// at returns the i-th oldest place.
func (f *inflight) at(i int) *flight { return &f.ring[(f.head+i)&(len(f.ring)-1)] }

// id returns the packet identifier of the i-th oldest place.
func (f *inflight) id(i int) uint16 { return uint16((int(f.base)-1+i)%maxPacketID + 1) }

// find returns the delivery with that packet identifier, nil when there is none.
func (f *inflight) find(id uint16) *flight {
	i := int(id) - int(f.base)
	if i < 0 {
		i += maxPacketID
	}
	if id == 0 || i >= f.n || f.at(i).step == stepDone {
		return nil
	}
	return f.at(i)
}

// finish frees the delivery's place, and those before it that were waiting
// for an older one.
func (f *inflight) finish(fl *flight) {
	switch fl.step {
	case stepUnsent, stepUnsentRel:
		f.again--
	default:
		f.sent--
	}
	f.keep(fl.msg, -1)
	*fl = flight{}
	for f.n > 0 && f.at(0).step == stepDone {
		f.base = f.id(1)
		f.scan = max(f.scan-1, 0)
		f.head = (f.head + 1) & (len(f.ring) - 1)
		f.n--
	}
}

// received notes a PUBREC: the message is not needed any more.
func (f *inflight) received(fl *flight) {
	if fl.step == stepUnsent {
		f.again--
		f.sent++
	}
	f.keep(fl.msg, -1)
	fl.delivery = delivery{ord: fl.ord, qos: mqtt.ExactlyOnce}
	fl.step = stepRelease
}

// reconnected marks everything unacknowledged to be sent again, in the
// original order. [MQTT-4.4.0-1], [MQTT-4.6.0-1]
func (f *inflight) reconnected(limit int) {
	f.limit, f.sent, f.again, f.scan = limit, 0, 0, 0
	for i := range f.n {
		switch fl := f.at(i); fl.step {
		case stepPublish, stepUnsent:
			fl.step = stepUnsent
			f.again++
		case stepRelease, stepUnsentRel:
			fl.step = stepUnsentRel
			f.again++
		}
	}
}

// unacknowledged counts the messages that would be sent again.
func (f *inflight) unacknowledged() int {
	n := 0
	for i := range f.n {
		if fl := f.at(i); fl.msg != nil && (fl.step == stepPublish || fl.step == stepUnsent) {
			n++
		}
	}
	return n
}

// nextAgain returns the oldest delivery to be sent again and its packet
// identifier, and notes that it is being sent.
func (f *inflight) nextAgain() (*flight, uint16) {
	for ; f.scan < f.n; f.scan++ {
		fl := f.at(f.scan)
		switch fl.step {
		case stepUnsent:
			fl.step = stepPublish
		case stepUnsentRel:
			fl.step = stepRelease
		default:
			continue
		}
		f.again--
		f.sent++
		return fl, f.id(f.scan)
	}
	return nil, 0
}
