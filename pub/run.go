package pub

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"mqt/internal/mqtt"
)

// Publisher sends messages without waiting for their acknowledgements.
type Publisher interface {
	// PublishAsync accepts m, blocking while too much is unacknowledged. It
	// calls done once: with nil when m was acknowledged (QoS 1, 2) or written
	// (QoS 0), else with the reason. It does not call done when it returns an
	// error itself, which ends the run.
	PublishAsync(m mqtt.Message, done func(error)) error
	// Flush blocks until done was called for everything accepted.
	Flush(ctx context.Context) error
}

// Options changes how Run works. The zero value streams at full speed.
type Options struct {
	// OneByOne waits until a message is delivered before the source is asked
	// for the next one, so that a delay in the source is a delay between
	// deliveries.
	OneByOne bool
}

// Stats is what became of the messages of a run.
type Stats struct {
	Sent    uint64 // accepted by the publisher
	Acked   uint64 // acknowledged; at QoS 0: written
	Refused uint64 // refused by the broker
	Lost    uint64 // given up for another reason
}

// Pending returns the number of messages whose fate is unknown.
func (s Stats) Pending() uint64 { return s.Sent - s.Acked - s.Refused - s.Lost }

// LostError says that messages were neither delivered nor refused.
type LostError struct {
	// Lost of the Sent messages did not arrive, or may not have.
	Lost, Sent uint64
	// Err is why the first of them was given up. May be nil.
	Err error
}

// Error returns "n of m messages were not delivered", and why.
func (e *LostError) Error() string {
	s := fmt.Sprintf("%d of %d messages were not delivered", e.Lost, e.Sent)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns Err.
func (e *LostError) Unwrap() error { return e.Err }

// Run publishes every message of src and blocks until the fate of each is
// known. It returns nil only when all of them were acknowledged. Otherwise it
// returns the first of: an error of src, an error of p, ctx's cause, the first
// refusal as a *mqtt.ReasonError, a *LostError. What was accepted before src
// failed is still delivered.
func Run(ctx context.Context, p Publisher, src iter.Seq2[mqtt.Message, error], o Options) (Stats, error) {
	r := &run{p: p, o: o}
	err := r.stream(ctx, src)
	if ctx.Err() == nil {
		if flushed := p.Flush(ctx); err == nil {
			err = flushed
		}
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return r.result(err)
}

type run struct {
	p    Publisher
	o    Options
	sent uint64 // owned by stream

	mu      sync.Mutex // guards the fields below; nothing is called under it
	acked   uint64
	refused uint64
	lost    uint64
	refusal *mqtt.ReasonError
	loss    error
}

func (r *run) stream(ctx context.Context, src iter.Seq2[mqtt.Message, error]) error {
	done := r.done // one closure for all messages
	for m, err := range src {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := r.p.PublishAsync(m, done); err != nil {
			return err
		}
		r.sent++
		if r.o.OneByOne {
			if err := r.p.Flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) done(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var refusal *mqtt.ReasonError
	switch {
	case err == nil:
		r.acked++
	case errors.As(err, &refusal):
		r.refused++
		if r.refusal == nil {
			r.refusal = refusal
		}
	default:
		r.lost++
		if r.loss == nil {
			r.loss = err
		}
	}
}

func (r *run) result(err error) (Stats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Stats{Sent: r.sent, Acked: r.acked, Refused: r.refused, Lost: r.lost}
	switch {
	case err != nil:
	case r.refusal != nil:
		err = r.refusal
	case s.Lost+s.Pending() > 0:
		err = &LostError{Lost: s.Lost + s.Pending(), Sent: s.Sent, Err: r.loss}
	}
	return s, err
}
