// Package wheel runs the timers of a server on one timing wheel: setting and
// stopping one costs a few list operations under a lock, whatever their number,
// and nothing runs while none is set.
package wheel

import (
	"context"
	"math"
	"sync"
	"time"
)

// slots is the number of ticks in one turn; timers further ahead stay in their
// slot for several turns.
const slots = 512

const never = math.MaxInt64

// Handler is what a timer calls.
type Handler interface {
	// Expire is called once for each time that passed. It runs on the
	// goroutine of [Wheel.Run], which it must not block for long: every other
	// timer waits. It may schedule and stop timers, its own included.
	Expire()
}

// Timer is one entry of a wheel, to be held in the struct that it serves. The
// zero value is a stopped timer. It must not be copied, and belongs to the
// first wheel it is scheduled on.
type Timer struct {
	// Guarded by Wheel.mu.
	prev, next *Timer
	tick       int64
	handler    Handler // nil: not armed
}

// Wheel calls handlers at their time or, at most one tick and what the earlier
// handlers take, after it; never before. Only the monotonic clock counts.
// Schedule, Stop and Len may be called from any goroutine.
type Wheel struct {
	tick  time.Duration
	start time.Time
	wake  chan struct{} // capacity 1: Run has to look again

	mu    sync.Mutex // guards the fields below and all timers
	now   int64      // ticks since start up to which slots were turned
	sleep int64      // the tick that Run sleeps until; 0 when it is awake
	armed int
	due   Timer // sentinels of rings
	ring  [slots]Timer
}

// New returns a wheel that looks at its timers every tick, which must be
// positive. Nothing expires unless Run runs.
func New(tick time.Duration) *Wheel {
	w := &Wheel{tick: tick, start: time.Now(), wake: make(chan struct{}, 1)}
	w.due.init()
	for i := range w.ring {
		w.ring[i].init()
	}
	return w
}

func (t *Timer) init() { t.prev, t.next = t, t }

func (t *Timer) push(head *Timer) {
	t.prev, t.next = head.prev, head
	t.prev.next, head.prev = t, t
}

func (t *Timer) unlink() {
	t.prev.next, t.next.prev = t.next, t.prev
	t.prev, t.next = nil, nil
}

// Schedule has h called at the given time, which should come from [time.Now];
// a time in the past means now. If t was armed, its earlier time and handler
// are replaced.
func (w *Wheel) Schedule(t *Timer, at time.Time, h Handler) {
	after := at.Sub(w.start)
	tick := int64(after / w.tick)
	if after%w.tick > 0 {
		tick++ // never early
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.handler != nil {
		t.unlink()
	} else {
		w.armed++
	}
	t.handler = h
	t.tick = max(tick, w.now+1)
	t.push(&w.ring[t.tick%slots])
	if t.tick < w.sleep {
		w.sleep = 0 // one signal is enough
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// Stop disarms t. It reports whether t was armed: if so, its handler will not
// be called any more. If not, the handler may be running at this moment.
func (w *Wheel) Stop(t *Timer) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.handler == nil {
		return false
	}
	w.disarm(t)
	return true
}

// disarm needs the lock.
func (w *Wheel) disarm(t *Timer) {
	t.unlink()
	t.handler = nil
	w.armed--
}

// Len returns the number of armed timers.
func (w *Wheel) Len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.armed
}

// Run turns the wheel until ctx ends; only one Run at a time. Handlers are
// called one after the other, without a lock held. It sleeps until the next
// tick that may have a timer, for ever while there is none. Timers that are
// armed when it returns stay armed for the next Run.
func (w *Wheel) Run(ctx context.Context) {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for ctx.Err() == nil {
		w.turn()
		for ctx.Err() == nil {
			h := w.pop()
			if h == nil {
				break
			}
			h.Expire()
		}
		var ring <-chan time.Time
		if next := w.next(); next != never {
			alarm.Reset(time.Until(w.start.Add(time.Duration(next) * w.tick)))
			ring = alarm.C
		}
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-ring:
		}
	}
}

// turn moves the timers whose tick has come to the due ring.
func (w *Wheel) turn() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sleep = 0
	now := int64(time.Since(w.start) / w.tick)
	for i := max(w.now+1, now-slots+1); i <= now; i++ {
		head := &w.ring[i%slots]
		for t := head.next; t != head; {
			next := t.next
			if t.tick <= now {
				t.unlink()
				t.push(&w.due)
			}
			t = next
		}
	}
	w.now = max(w.now, now)
}

// pop disarms the first due timer and returns its handler, nil when there is
// none.
func (w *Wheel) pop() Handler {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.due.next
	if t == &w.due {
		return nil
	}
	h := t.handler
	w.disarm(t)
	return h
}

// next returns the first tick whose slot holds a timer, perhaps for a later
// turn, or never; from now on Run counts as asleep until then.
func (w *Wheel) next() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sleep = never
	if w.armed == 0 {
		return never
	}
	for i := w.now + 1; i <= w.now+slots; i++ {
		if head := &w.ring[i%slots]; head.next != head {
			w.sleep = i
			break
		}
	}
	return w.sleep
}
