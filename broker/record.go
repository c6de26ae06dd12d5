package broker

import (
	"encoding/binary"
	"errors"
	"fmt"

	"mqt/internal/mqtt"
)

// op is the kind of a record in the store. Every record says what is the case
// after it, so that replaying one twice changes nothing: a snapshot may be
// taken while records are being appended.
type op uint8

const (
	opSession   op = 1  // sid, client identifier, expiry: the session exists
	opEnd       op = 2  // sid: it does not any more
	opDetached  op = 3  // sid, wall time it ends (0: never), wall time of its will (0: none), will
	opSubscribe op = 4  // sid, filter, options, subscription identifier
	opUnsub     op = 5  // sid, filter
	opRetain    op = 6  // message: it is its topic's retained message
	opUnretain  op = 7  // topic: it has none
	opMessage   op = 8  // origin sid and packet identifier (0: none), message, deliveries
	opDone      op = 9  // sid, ordinal: a delivery is over
	opReceived  op = 10 // sid, ordinal: PUBREC was received for a delivery
	opReleased  op = 11 // sid, packet identifier: PUBREL was received
	opOrdinal   op = 12 // sid, ordinal: no lower one is free
)

// errRecord says that a record cannot be understood.
var errRecord = errors.New("broker: damaged or foreign record in the store")

// encoder builds a record.
type encoder struct{ b []byte }

func record(buf []byte, o op) *encoder { return &encoder{append(buf[:0], byte(o))} }

func (e *encoder) num(v uint64) *encoder {
	e.b = binary.AppendUvarint(e.b, v)
	return e
}

func (e *encoder) bytes(v []byte) *encoder {
	e.num(uint64(len(v)))
	e.b = append(e.b, v...)
	return e
}

func (e *encoder) text(v string) *encoder {
	e.num(uint64(len(v)))
	e.b = append(e.b, v...)
	return e
}

// message appends a message. Its expiry becomes wall time, since the server's
// clock starts anew with it.
func (e *encoder) message(m *message, wall func(int64) int64) *encoder {
	flags := uint64(m.qos)
	if m.retain {
		flags |= 4
	}
	expires := uint64(0)
	if m.expires != 0 {
		expires = uint64(wall(m.expires))
	}
	return e.num(flags).num(expires).bytes(m.topic).bytes(m.props).bytes(m.payload)
}

// entry is one delivery of an opMessage record.
type entry struct {
	sid    uint64
	ord    uint64
	qos    mqtt.QoS
	retain bool
	subIDs []uint32
}

func (e *encoder) entry(d *entry) *encoder {
	flags := uint64(d.qos)
	if d.retain {
		flags |= 4
	}
	e.num(d.sid).num(d.ord).num(flags).num(uint64(len(d.subIDs)))
	for _, id := range d.subIDs {
		e.num(uint64(id))
	}
	return e
}

// decoder reads a record. The first error stays; every method then returns a
// zero value.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) num() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

// bytes returns a slice of the record.
func (d *decoder) bytes() []byte {
	n := d.num()
	if n > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) fail() {
	d.b, d.err = nil, errRecord
}

// message reads a message on its own memory.
func (d *decoder) message(local func(int64) int64) *message {
	flags, expires := d.num(), d.num()
	m := message{qos: mqtt.QoS(flags & 3), retain: flags&4 != 0}
	m.topic, m.props, m.payload = d.bytes(), d.bytes(), d.bytes()
	if d.err != nil || len(m.topic) == 0 || !m.qos.Valid() {
		d.fail()
		return nil
	}
	if m.expiryAt = expiryOffset(m.props); expires != 0 {
		m.expires = local(int64(expires))
	}
	return m.clone()
}

func (d *decoder) entry() entry {
	e := entry{sid: d.num(), ord: d.num()}
	flags := d.num()
	e.qos, e.retain = mqtt.QoS(flags&3), flags&4 != 0
	n := d.num()
	if n > uint64(len(d.b)) {
		d.fail()
		return entry{}
	}
	for range n {
		e.subIDs = append(e.subIDs, uint32(d.num()))
	}
	return e
}

// end returns the first error, or one when bytes are left.
func (d *decoder) end(o op) error {
	if d.err == nil && len(d.b) > 0 {
		d.err = errRecord
	}
	if d.err != nil {
		return fmt.Errorf("%w (kind %d)", d.err, o)
	}
	return nil
}
