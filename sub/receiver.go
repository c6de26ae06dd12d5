package sub

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"mqt/internal/mqtt"
)

// flushEvery is the shortest time between two flushes that are not forced by a
// full buffer.
const flushEvery = 2 * time.Millisecond

// receiver is the handler of a Run with its state.
type receiver struct {
	// Set before the subscription; read-only after.
	o    Options
	sink func(mqtt.Message) error
	gone <-chan struct{} // the client is over
	// acknowledge acknowledges the message that is being handled.
	acknowledge func() error
	cancel      context.CancelCauseFunc
	wake        chan struct{} // there is something to flush
	remove      *remover      // nil: nothing is removed

	// Owned by the goroutine of Run.
	refused   []Refusal
	removeErr error // the first removal that the broker did not accept
	flusher   sync.WaitGroup
	quit      chan struct{}

	mu    sync.Mutex // guards the fields below; held while the sink runs
	stats Stats
	dirty bool // messages went to the sink since the last flush
	over  bool // nothing more goes to the sink
	err   error
}

func newReceiver(s Subscriber, sink func(mqtt.Message) error, o Options, cancel context.CancelCauseFunc) *receiver {
	r := &receiver{o: o, sink: sink, gone: s.Done(), acknowledge: s.Acknowledge, cancel: cancel,
		wake: make(chan struct{}, 1), quit: make(chan struct{})}
	if o.Remover != nil {
		r.remove = newRemover(o.Remover)
	}
	if o.Percent > 0 && o.chance == nil {
		r.o.chance = func() float64 { return rand.Float64() * 100 }
	}
	return r
}

func (r *receiver) start() {
	if r.o.Flush != nil {
		r.flusher.Go(r.flushLoop)
	}
	if r.remove != nil {
		r.remove.start()
	}
}

// handle is the client's message handler.
func (r *receiver) handle(m mqtt.Message) {
	r.mu.Lock()
	over := r.over
	seen := !over && r.accept(m)
	r.mu.Unlock()
	if !seen && m.QoS > mqtt.AtMostOnce && (r.remove == nil || !over) {
		// Returning would acknowledge what nobody has seen. With a remover it
		// must return after the end, because acknowledgements that are waited
		// for arrive behind this message.
		<-r.gone
	}
}

// accept filters, counts and delivers one message. It reports whether the sink
// has not failed. The caller holds r.mu.
func (r *receiver) accept(m mqtt.Message) bool {
	r.stats.Received++
	if m.Retain && r.o.DropRetained {
		return true
	}
	if r.remove != nil && !m.Retain {
		if echo, last := r.remove.echo(m); echo {
			if last && r.o.RetainedOnly {
				r.finish(nil)
			}
			return true
		}
	}
	if r.o.RetainedOnly && !m.Retain {
		r.finish(nil)
		return true
	}
	for i := range r.o.FilterOut {
		if r.o.FilterOut[i].Match(m.Topic) {
			return true
		}
	}
	shown := m
	if r.o.Decode != nil {
		shown = r.o.Decode(m)
	}
	if r.o.Keep != nil && !r.o.Keep(shown) {
		return true
	}
	r.stats.Accepted++
	if (r.o.Percent <= 0 || r.o.chance() < r.o.Percent) && !r.deliver(shown, len(m.Payload)) {
		return false
	}
	if r.remove != nil && m.Retain && len(m.Payload) > 0 {
		r.remove.add(m.Topic)
	}
	if r.stats.Accepted == r.o.Count {
		r.finish(r.acknowledge()) // before Run returns and the caller disconnects
	}
	return true
}

// deliver gives the sink a message that arrived with a payload of size bytes,
// and reports whether it took it.
func (r *receiver) deliver(m mqtt.Message, size int) bool {
	if err := r.sink(m); err != nil {
		if r.remove != nil {
			r.remove.stop()
		}
		r.finish(err)
		return false
	}
	r.stats.Delivered++
	r.stats.Bytes += uint64(size)
	if !r.dirty && r.o.Flush != nil {
		r.dirty = true
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
	return true
}

// finish ends the run; the first error stays. The caller holds r.mu.
func (r *receiver) finish(err error) {
	if !r.over {
		r.over, r.err = true, err
		r.cancel(errEnded)
	}
}

// flushLoop flushes soon after a message and never more often than flushEvery.
func (r *receiver) flushLoop() {
	pause := time.NewTimer(flushEvery)
	defer pause.Stop()
	for {
		select {
		case <-r.wake:
		case <-r.quit:
			return
		}
		r.mu.Lock()
		r.flush()
		r.mu.Unlock()
		pause.Reset(flushEvery)
		select {
		case <-pause.C:
		case <-r.quit:
			return
		}
	}
}

// flush writes what the sink holds back. The caller holds r.mu.
func (r *receiver) flush() {
	if !r.dirty {
		return
	}
	r.dirty = false
	if err := r.o.Flush(); err != nil {
		r.over = true
		if r.err == nil {
			r.err = err
		}
		r.cancel(errEnded)
	}
}

// stop waits for the sink, flushes, and ends the receiver with err unless it
// has ended already.
func (r *receiver) stop(err error) {
	close(r.quit)
	r.flusher.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over { // else the job was done, whatever happened at the same time
		r.over, r.err = true, err
	}
	if r.err == nil {
		r.err = r.removeErr
	}
	r.flush()
}

// progress returns how many messages arrived, and whether no removal is
// outstanding.
func (r *receiver) progress() (received uint64, settled bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats.Received, r.remove.settled()
}

func (r *receiver) result() (Stats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Refusals = r.refused
	if r.remove != nil {
		r.stats.Removed = r.remove.count()
	}
	return r.stats, r.err
}
