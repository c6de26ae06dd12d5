package broker

import (
	"bytes"
	"hash/maphash"

	"mqt/internal/mqtt"
)

const (
	routeSlots  = 1024     // routes a worker remembers; a power of two
	shareAbove  = 4 << 10  // payloads from this size on are referenced by outboxes, not copied
	outboxHigh  = 64 << 10 // bytes pending for a client from which on messages are queued instead
	outboxAmple = 16 << 10 // bytes pending below which the queue is drawn on again
)

// batch is the working memory of one worker while it handles a batch of
// input: an event loop has one for life, other goroutines take one from the
// server's pool. It is never used by two goroutines at once.
type batch struct {
	srv *Server
	now int64 // the server's clock, read once per batch

	tallies []tally // by place in the list of flows
	in      tally   // of what is being received, from one connection
	upgrade bool    // Server.UpgradeQoS

	pub     publication
	scratch []byte
	packets decoded

	record  []byte // memory for a record of the store
	entries []entry
	held    []heldPacket // wait for the store
	touched []*session   // have messages that wait for the store
	msgs    []*message   // that records of this batch are about
	seqs    []uint64     // records of this batch

	dirty     []*conn  // have bytes to be written at the end of the batch
	behind    bool     // the store cannot keep up with this batch's publisher
	congested *session // a receiver that cannot keep up with this batch's publisher

	seed    maphash.Seed
	routes  [routeSlots]*route
	matches [][]*subscription
}

func newBatch(s *Server) *batch {
	return &batch{srv: s, upgrade: s.UpgradeQoS, now: s.now(), seed: maphash.MakeSeed()}
}

// takeBatch returns a batch for a goroutine that is not an event loop.
func (s *Server) takeBatch() *batch {
	b := s.batches.Get().(*batch)
	b.now = s.now()
	return b
}

// putBatch ends the batch and gives it back.
func (s *Server) putBatch(b *batch) {
	b.flush()
	s.batches.Put(b)
}

// flush writes what the batch left pending for each receiver, once each, and
// adds the counters up.
func (b *batch) flush() {
	for first := true; first || b.logged(); first = false {
		if b.logged() {
			b.commit()
		}
		for i := 0; i < len(b.dirty); i++ { // a flush may mark further receivers
			b.dirty[i].flush(b)
		}
		clear(b.dirty)
		b.dirty = b.dirty[:0]
	}
	b.congested, b.behind = nil, false
	b.addTallies()
}

// logged reports whether the batch has something to do with the store: records
// to be committed or answers that wait for them.
func (b *batch) logged() bool { return len(b.seqs) > 0 || len(b.held) > 0 }

// publication is the message a worker is routing, with its encodings.
type publication struct {
	message
	refused bool     // memory is short: it was not kept where it should have been
	heap    *message // a copy that outlives the batch, made when first needed
	payload []byte   // a copy of a large payload for outboxes to share
	heads   [16]head // by kind of receiver
}

// head is an encoded PUBLISH: whole, or up to the payload when that is shared.
type head struct {
	b    []byte
	idAt int // offset of the packet identifier
	ok   bool
}

// reset prepares p for another message; the encodings' memory is kept.
func (p *publication) reset() {
	p.heap, p.payload, p.refused = nil, nil, false
	for i := range p.heads {
		p.heads[i].ok = false
	}
}

// kept returns the copy of the message that queues and stores hold.
func (p *publication) kept() *message {
	if p.heap == nil {
		p.heap = p.message.clone()
	}
	return p.heap
}

// shared returns the payload for outboxes to reference.
func (p *publication) shared() []byte {
	if p.payload == nil {
		if p.heap != nil {
			p.payload = p.heap.payload
		} else {
			p.payload = bytes.Clone(p.message.payload)
		}
	}
	return p.payload
}

// encode returns the packet for receivers of one kind, made once per message.
func (p *publication) encode(e *envelope) *head {
	k := int(e.qos) << 1
	if e.version == mqtt.V5 {
		k |= 8
	}
	if e.retain {
		k |= 1
	}
	h := &p.heads[k]
	if !h.ok {
		h.fill(&p.message, e)
	}
	return h
}

func (h *head) fill(m *message, e *envelope) {
	h.b = appendPublishHead(h.b[:0], m, e)
	h.idAt = 0
	if e.qos > 0 {
		h.idAt = len(h.b) - 2
		if e.version == mqtt.V5 {
			h.idAt -= propsSize(m, e)
		}
	}
	if len(m.payload) < shareAbove {
		h.b = append(h.b, m.payload...)
	}
	h.ok = true
}
