package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"mqt/internal/mqtt"
	"mqt/sub"
)

func runSub(ctx context.Context, env *Env, o *subOptions) error {
	p, err := o.plan(env)
	if err != nil {
		return fmt.Errorf("sub: %w", err)
	}
	s, err := o.connect(ctx, env)
	if err != nil {
		return errors.Join(o.timedOut(err), p.close())
	}
	ro := o.run(env, s)
	work, stop := whileRead(ctx, p.reader)
	p.begin(work, &ro)
	count := o.newSubStats(env)
	stats, err := sub.Run(work, s, count.count(p.out.Write), ro)
	stop()
	closed := s.close(ctx)
	count.report(stats)
	err = p.end(env, stats, err)
	if o.Conn.Debug {
		env.notef("%d messages received, %d written", stats.Received, stats.Delivered)
	}
	if err == nil {
		return closed
	}
	return o.explain(s, err)
}

// whileRead returns a context that also ends when nobody reads w any more. The
// function it returns must be called.
func whileRead(ctx context.Context, w io.Writer) (context.Context, func()) {
	gone, stop := hangup(w)
	if gone == nil {
		return ctx, stop
	}
	work, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() { // ends with the context
		defer close(ended)
		select {
		case <-gone:
			cancel(errClosed)
		case <-work.Done():
		}
	}()
	return work, func() { cancel(context.Canceled); <-ended; stop() }
}

func (o *subOptions) run(env *Env, s *session) sub.Options {
	ro := sub.Options{
		Subscriptions:    o.Subscriptions,
		SubscribeProps:   o.Conn.Props.Subscribe,
		Unsubscribe:      o.Unsubscribe,
		UnsubscribeProps: o.Conn.Props.Unsubscribe,
		FilterOut:        o.DropTopics,
		DropRetained:     o.DropRetained,
		Percent:          o.RandomFilter,
		Count:            o.Count,
		RetainedOnly:     o.RetainedOnly,
		SubackOnly:       o.SubackOnly,
		Timeout:          o.Timeout.duration(),
	}
	if o.RemoveRetained {
		ro.Remover = s
		if s.Version() == mqtt.V5 { // or each removal would come back as a message
			for i := range ro.Subscriptions {
				ro.Subscriptions[i].NoLocal = ro.Subscriptions[i].Filter.ShareGroup() == "" // [MQTT-3.8.3-4]
			}
		}
	}
	if o.DropRetained && o.RetainHandling == "" && s.Version() == mqtt.V5 {
		for i := range ro.Subscriptions { // why have it sent
			ro.Subscriptions[i].RetainHandling = mqtt.RetainDontSend
		}
	}
	if one := len(o.Subscriptions) == 1; !o.Conn.Quiet {
		ro.Refused = func(r sub.Refusal) {
			if !one || r.Op != "subscribe" { // else the error of Run says it
				env.notef("%s %q: %v%s", r.Op, r.Filter, r.Code, s.who(r.Code))
			}
		}
	}
	return ro
}

// explain says what the end of a subscription was about.
func (o *subOptions) explain(s *session, err error) error {
	return s.named(o.timedOut(err))
}

// timedOut says when it was -W that ran out.
func (o *subOptions) timedOut(err error) error {
	if errors.Is(err, sub.ErrTimeout) {
		return &brief{fmt.Sprintf("timed out after %v", o.Timeout.duration()), err}
	}
	return err
}

// connect connects, which may take as long as -W when it is tried again and
// again; one attempt has a time of its own.
func (o *subOptions) connect(ctx context.Context, env *Env) (*session, error) {
	if o.Timeout > 0 && o.Conn.RetryConnect {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, o.Timeout.duration(), sub.ErrTimeout)
		defer stop()
	}
	return o.Conn.connectToReceive(ctx, env)
}
