package sub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"mqt/internal/mqtt"
)

// blockedGrace is how long a blocked sink may delay the end that the caller's
// context asked for.
const blockedGrace = time.Second

// removeQuiet is how long nothing may have arrived when RetainedOnly ends after
// every removal has been acknowledged.
const removeQuiet = time.Second

// unsubscribeGrace is how long to wait for the answers to UNSUBSCRIBE when
// everything else is done.
const unsubscribeGrace = time.Second

// Run subscribes and hands each accepted message to sink until one of the
// reasons to end in o, or until ctx is done, the client is over, or sink
// returns an error.
//
// The error is nil when Count was reached, RetainedOnly or SubackOnly ended it;
// ErrTimeout; the cause of ctx; the client's error; the error of sink or
// Options.Flush; or a *[mqtt.ReasonError] when every filter was refused.
//
// The sink is called from the client's goroutine, with a payload that is valid
// only during the call. While it blocks, the broker is held back. It is never
// called again after Run has returned. A message with QoS above 0 that the sink
// did not take, or that arrives after the end, is left unacknowledged for the
// next session: its handler blocks until the client is over, so disconnecting
// is what to do next.
func Run(ctx context.Context, s Subscriber, sink func(mqtt.Message) error, o Options) (Stats, error) {
	caller := ctx
	if o.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, o.Timeout, ErrTimeout)
		defer stop()
	}
	run, cancel := context.WithCancelCause(ctx)
	r := newReceiver(s, sink, o, cancel)
	r.start()

	err := r.subscribe(run, s)
	if err == nil || err == errEnded { // by messages that came before SUBACK
		err = cmp.Or(r.unsubscribe(ctx, run, s), err)
	}
	if err == nil && !o.SubackOnly {
		err = r.wait(run, s)
	}
	if r.remove != nil {
		if err == nil || err == errEnded {
			r.removeErr = r.remove.wait(ctx, s.Done())
		}
		r.remove.stop()
	}
	cancel(errEnded)
	return r.close(caller, err)
}

// errEnded cancels the context of Run when the receiver has had enough; its
// own error then tells why.
var errEnded = errors.New("ended")

func clientError(s interface{ Err() error }) error {
	if err := s.Err(); err != nil {
		return err
	}
	return errors.New("connection closed")
}

// wait returns when there is a reason to end.
func (r *receiver) wait(ctx context.Context, s Subscriber) error {
	var tick <-chan time.Time
	if r.remove != nil && r.o.RetainedOnly {
		t := time.NewTicker(removeQuiet)
		defer t.Stop()
		tick = t.C
	}
	var before uint64
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.Done():
			return clientError(s)
		case <-tick:
			// The message that ends it may never come: a broker may not send
			// our own back, or drop it behind a long queue.
			received, settled := r.progress()
			if settled && received > 0 && received == before {
				return nil
			}
			before = received
		}
	}
}

// subscribe sends SUBSCRIBE and sorts out the answers.
func (r *receiver) subscribe(ctx context.Context, s Subscriber) error {
	codes, err := s.SubscribeWith(ctx, r.o.Subscriptions, r.o.SubscribeProps, r.handle)
	if err != nil {
		return subscribeError(ctx, "subscribe", err)
	}
	if refused := r.refusals(codes); len(refused) > 0 && len(refused) == len(r.o.Subscriptions) {
		return refusedError(refused)
	}
	return nil
}

// unsubscribe sends each UNSUBSCRIBE, also when run ends because of what was
// received.
func (r *receiver) unsubscribe(ctx, run context.Context, s Subscriber) error {
	limit, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(run, func() { time.AfterFunc(unsubscribeGrace, cancel) })()
	for _, f := range r.o.Unsubscribe {
		codes, err := s.Unsubscribe(limit, []string{f}, r.o.UnsubscribeProps)
		if err != nil && ctx.Err() == nil && limit.Err() != nil {
			return errEnded
		}
		if err != nil {
			return subscribeError(ctx, "unsubscribe", err)
		}
		for _, c := range codes {
			if c.Failed() {
				r.refuse(Refusal{Op: "unsubscribe", Filter: f, Code: c})
			}
		}
	}
	return nil
}

func subscribeError(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var refused *mqtt.ReasonError
	if errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("%s: %w", op, err)
}

func (r *receiver) refusals(codes []mqtt.ReasonCode) []Refusal {
	var out []Refusal
	for i, c := range codes {
		if c.Failed() && i < len(r.o.Subscriptions) {
			refusal := Refusal{Op: "subscribe", Filter: r.o.Subscriptions[i].Filter.String(), Code: c}
			r.refuse(refusal)
			out = append(out, refusal)
		}
	}
	return out
}

func (r *receiver) refuse(refusal Refusal) {
	r.refused = append(r.refused, refusal)
	if r.o.Refused != nil {
		r.o.Refused(refusal)
	}
}

// close stops the receiver and returns what Run returns. The caller's context
// bounds how long a blocked sink is waited for.
func (r *receiver) close(caller context.Context, err error) (Stats, error) {
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		r.stop(err)
	}()
	select {
	case <-finished:
		return r.result()
	case <-caller.Done():
	}
	grace := time.NewTimer(cmp.Or(r.o.grace, blockedGrace))
	defer grace.Stop()
	select {
	case <-finished:
		return r.result()
	case <-grace.C:
		return Stats{Refusals: r.refused}, errors.Join(context.Cause(caller), ErrBlocked)
	}
}
