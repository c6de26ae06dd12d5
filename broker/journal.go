package broker

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Sequence numbers of messages that must not be sent.
const (
	notLogged = math.MaxUint64     // the record is being written
	notStored = math.MaxUint64 - 1 // the store could not take the record
)

// snapshotAbove is how many bytes of log call for a snapshot.
const snapshotAbove = 64 << 20

// journal is the server's side of its Store. What a client is told has been
// taken is told when the records that say so are committed: workers hold those
// packets back, and one goroutine releases them in order.
type journal struct {
	store   Store        // nil: nothing outlives the server
	backlog StoreBacklog // the same, nil when it does not tell
	epoch   time.Time

	durable atomic.Uint64 // everything up to this sequence number is committed
	nextSID atomic.Uint64
	compact atomic.Bool // a snapshot is being taken

	mu    sync.Mutex // guards the field below
	ready []*settlement
	wake  chan struct{} // capacity 1
}

func (j *journal) on() bool { return j.store != nil }

// wall converts the server's clock to Unix nanoseconds.
func (j *journal) wall(ns int64) int64 { return j.epoch.Add(time.Duration(ns)).UnixNano() }

// local converts Unix nanoseconds to the server's clock.
func (j *journal) local(wall int64) int64 {
	return max(int64(time.Unix(0, wall).Sub(j.epoch)), 1)
}

// Bytes that wait for the store: above the first, whoever adds to them is held
// back until they are below the second.
const (
	storeHigh = 32 << 20
	storeLow  = 16 << 20
)

// waits returns how many bytes wait for the store, 0 when it does not tell.
func (j *journal) waits() int64 {
	if j.backlog == nil {
		return 0
	}
	return j.backlog.Pending()
}

// append adds a record that nobody waits for.
func (j *journal) append(e *encoder) {
	if j.on() {
		j.store.Append(e.b)
	}
}

// log adds a record to the store; the packets the batch holds back wait for it.
func (b *batch) log(e *encoder) uint64 {
	seq := b.srv.journal.store.Append(e.b)
	b.seqs = append(b.seqs, seq)
	b.record = e.b[:0]
	if b.srv.journal.waits() > storeHigh {
		b.behind = true
	}
	return seq
}

// heldPacket is an answer that waits for the store: an acknowledgement, or
// SUBACK and UNSUBACK in raw.
type heldPacket struct {
	conn *conn
	raw  []byte
	typ  wire.Type
	id   uint16
	outcome
}

// answer sends an acknowledgement once what it acknowledges is committed.
func (c *conn) answer(b *batch, t wire.Type, id uint16, o outcome) {
	if c.srv.journal.on() {
		b.held = append(b.held, heldPacket{conn: c, typ: t, id: id, outcome: o})
		return
	}
	c.acknowledge(b, t, id, o)
}

// answerRaw is answer for a packet that is encoded already.
func (c *conn) answerRaw(b *batch, raw []byte) {
	if c.srv.journal.on() {
		b.held = append(b.held, heldPacket{conn: c, raw: raw})
		return
	}
	b.appendPacket(c, raw)
}

// settlement is what happens when a batch's records are committed.
type settlement struct {
	held    []heldPacket
	touched []*session // with messages that may be sent then
	msgs    []*message // that the records are about

	// Owned by whoever calls the commits' done, one call after the other.
	left int // commits that are still to come
	err  error
}

// commit lets go of what the batch holds back, now or when the store is ready.
// Answers on one connection keep their order. [MQTT-4.6.0-2]
func (b *batch) commit() {
	j := &b.srv.journal
	seq := uint64(0)
	for i := range b.held {
		seq = max(seq, b.held[i].conn.heldSeq)
	}
	if len(b.seqs) > 0 {
		seq = b.seqs[len(b.seqs)-1]
	} else if seq > j.durable.Load() {
		b.seqs = append(b.seqs, seq) // nothing of its own, but answers before these wait
	}
	if len(b.seqs) == 0 {
		for i := range b.held {
			b.held[i].send(b)
		}
	} else {
		for i := range b.held {
			b.held[i].conn.heldSeq = seq
		}
		s := &settlement{left: len(b.seqs), held: slices.Clone(b.held), touched: slices.Clone(b.touched), msgs: slices.Clone(b.msgs)}
		for _, seq := range b.seqs {
			j.store.Commit(seq, func(err error) { j.committed(s, seq, err) })
		}
	}
	clear(b.held)
	clear(b.touched)
	clear(b.msgs)
	b.held, b.touched, b.msgs, b.seqs = b.held[:0], b.touched[:0], b.msgs[:0], b.seqs[:0]
}

// committed notes the outcome for one record. It is called by the store, in
// the order of the records. A record that failed fails its batch.
func (j *journal) committed(s *settlement, seq uint64, err error) {
	if err == nil {
		j.durable.Store(max(seq, j.durable.Load()))
	} else if s.err == nil {
		s.err = err
		for _, m := range s.msgs {
			atomic.StoreUint64(&m.seq, notStored)
		}
	}
	if s.left--; s.left == 0 {
		j.settled(s)
	}
}

// settled queues a settlement for run. It is called by the store and must not
// keep it from its next commit.
func (j *journal) settled(s *settlement) {
	j.mu.Lock()
	j.ready = append(j.ready, s)
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// run releases what is committed until stop is closed.
func (j *journal) run(srv *Server, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-j.wake:
		}
		j.mu.Lock()
		list := j.ready
		j.ready = nil
		j.mu.Unlock()
		b := srv.takeBatch()
		for _, s := range list {
			s.release(b)
		}
		srv.putBatch(b)
		if j.store.Size() > snapshotAbove && j.compact.CompareAndSwap(false, true) {
			srv.stopped.Go(srv.snapshot)
		}
	}
}

// release sends what was held back, or refuses it when the store failed.
func (s *settlement) release(b *batch) {
	for i := range s.held {
		if s.err == nil {
			s.held[i].send(b)
		} else {
			s.held[i].refuse(b)
			s.lose(b, &s.held[i])
		}
	}
	for _, sess := range s.touched {
		if s.err != nil {
			sess.forget()
		}
		if c := sess.conn.Load(); c != nil {
			b.markDirty(c)
		}
	}
	if s.err != nil {
		b.srv.warnings.warn(b.srv.log, "the store failed: messages are refused", "error", s.err.Error())
	}
}

// lose counts a message that was not taken. Those that had receivers are
// counted as theirs.
func (s *settlement) lose(b *batch, h *heldPacket) {
	if len(s.touched) == 0 && (h.typ == wire.PUBACK || h.typ == wire.PUBREC) {
		b.srv.dropped(dropStore, 1, h.conn.sess.id)
	}
}

func (h *heldPacket) send(b *batch) {
	if h.raw != nil {
		b.appendPacket(h.conn, h.raw)
		return
	}
	h.conn.acknowledge(b, h.typ, h.id, h.outcome)
}

var errStore = &mqtt.ReasonError{Code: mqtt.QuotaExceeded, Reason: whyStore}

// refuse tells the client that its message was not taken, where the version
// and the packet can; otherwise the connection ends unacknowledged.
func (h *heldPacket) refuse(b *batch) {
	if s := h.conn.sess; h.typ == wire.PUBREC { // the client may send it again
		s.mu.Lock()
		delete(s.recv, h.id)
		s.mu.Unlock()
	}
	if h.conn.version == mqtt.V5 && (h.typ == wire.PUBACK || h.typ == wire.PUBREC) {
		h.conn.acknowledge(b, h.typ, h.id, outcome{mqtt.QuotaExceeded, whyStore})
		return
	}
	h.conn.disconnect(b, errStore)
}

// logPublish logs the message that was routed for a client.
func (b *batch) logPublish(from *session, packetID uint16) {
	if b.pub.qos < mqtt.ExactlyOnce {
		packetID = 0
	}
	sid := from.sid
	if packetID == 0 {
		sid = 0
	}
	b.logDeliveries(sid, packetID)
}

// logDeliveries writes the record of the message that the batch has routed:
// who gets it, and the QoS 2 packet identifier it came with.
func (b *batch) logDeliveries(originSID uint64, packetID uint16) {
	if len(b.entries) == 0 && originSID == 0 {
		return
	}
	e := record(b.record, opMessage).num(originSID).num(uint64(packetID))
	e.message(&b.pub.message, b.srv.journal.wall).num(uint64(len(b.entries)))
	for i := range b.entries {
		e.entry(&b.entries[i])
	}
	seq := b.log(e)
	if m := b.pub.heap; m != nil {
		atomic.StoreUint64(&m.seq, seq)
		b.msgs = append(b.msgs, m)
	}
	clear(b.entries)
	b.entries = b.entries[:0]
}

// logLater adds a delivery to the record that logDeliveries will write. Called
// with the session's mu held.
func (b *batch) logLater(s *session, d *delivery) {
	atomic.StoreUint64(&d.msg.seq, notLogged)
	b.entries = append(b.entries, entry{sid: s.sid, ord: d.ord, qos: d.qos, retain: d.retain, subIDs: d.subIDs})
	b.touched = append(b.touched, s)
}

// stored reports whether a message may be sent to sessions that outlive the
// server: its record is committed.
func (s *Server) stored(m *message) bool {
	return !s.journal.on() || atomic.LoadUint64(&m.seq) <= s.journal.durable.Load()
}

// release frees a QoS 2 packet identifier of the client and reports whether it
// was in use. Called with the session's mu held.
func (b *batch) release(s *session, id uint16) (known bool) {
	_, known = s.recv[id]
	delete(s.recv, id)
	if known && s.sid != 0 {
		b.log(record(b.record, opReleased).num(s.sid).num(uint64(id)))
	}
	return known
}

// logAcked logs what an acknowledgement from the client changed about a
// delivery. Called with the session's mu held.
func (b *batch) logAcked(s *session, p *wire.Ack, ord uint64) {
	fl := s.out.find(p.PacketID)
	switch {
	case fl == nil || fl.ord != ord:
		s.done(ord)
	case p.Type == wire.PUBREC && fl.step == stepRelease:
		b.log(record(b.record, opReceived).num(s.sid).num(ord))
	}
}
