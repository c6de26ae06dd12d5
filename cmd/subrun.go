package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"mqt/format"
	"mqt/internal/mqtt"
	"mqt/sub"
)

func runSub(ctx context.Context, env *Env, o *subOptions) error {
	w, err := o.writer(env)
	if err != nil {
		return fmt.Errorf("sub: %w", err)
	}
	keep, err := o.keep()
	if err != nil {
		return fmt.Errorf("sub: %w", err)
	}
	s, err := o.Conn.connectToReceive(ctx, env)
	if err != nil {
		return err
	}
	ro := o.run(env, s)
	ro.Keep, ro.Flush = keep, w.Flush
	work, stop := whileRead(ctx, env.Stdout)
	count := o.newSubStats(env)
	stats, err := sub.Run(work, s, count.count(w.Write), ro)
	stop()
	closed := s.close(ctx)
	count.report(stats)
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

// writer returns where messages go, in the format asked for.
func (o *subOptions) writer(env *Env) (format.Writer, error) {
	fo := format.Options{
		Verbose:   o.Verbose,
		NoNewline: o.NoNewline,
		Indent:    o.Pretty,
		Escape:    env.StdoutTTY,
		Select:    o.Select,
		Width:     env.Width,
		Location:  env.Now().Location(),
		Warn:      func(err error) { env.notef("%v", err) },
	}
	if o.HasTemplate {
		w, err := format.NewTemplate(o.Template, env.Stdout, fo)
		if err != nil {
			return nil, usagef("-F %q: %w", o.Template, err)
		}
		return w, nil
	}
	return format.New(defaultOutput(o.Output, env), env.Stdout, fo)
}

// defaultOutput is what a person wants to see on a terminal, and a program on
// a pipe.
func defaultOutput(output string, env *Env) string {
	switch {
	case output != "":
		return output
	case env.StdoutTTY:
		return "pretty"
	}
	return "text"
}

// keep returns the conditions of --where and --on-change as one function; nil
// keeps all.
func (o *subOptions) keep() (func(mqtt.Message) bool, error) {
	if len(o.Where) == 0 && !o.OnChange {
		return nil, nil
	}
	var conditions []format.Where
	for _, text := range o.Where {
		w, err := format.ParseWhere(text)
		if err != nil {
			return nil, usagef("--where: %w", err)
		}
		conditions = append(conditions, w)
	}
	var changes sub.Changes
	return func(m mqtt.Message) bool {
		for i := range conditions {
			if !conditions[i].Match(m) {
				return false
			}
		}
		return !o.OnChange || o.changed(&changes, m)
	}, nil
}

// changed reports whether what would be written differs from what was written
// for the topic before.
func (o *subOptions) changed(c *sub.Changes, m mqtt.Message) bool {
	if o.Select != "" {
		value, ok := format.Select(m.Payload, o.Select)
		return ok && c.Changed(m.Topic, value)
	}
	return c.Changed(m.Topic, m.Payload)
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
				env.notef("%s %q: %v", r.Op, r.Filter, r.Code)
			}
		}
	}
	return ro
}

// explain says what the end of a subscription was about.
func (o *subOptions) explain(s *session, err error) error {
	var refused *mqtt.ReasonError
	switch {
	case errors.Is(err, sub.ErrTimeout):
		return &brief{fmt.Sprintf("timed out after %v", o.Timeout.duration()), err}
	case errors.As(err, &refused) && refused.Code == mqtt.NotAuthorized && s.target.Client.Username != "":
		return &brief{fmt.Sprintf("%s (user %q)", err, s.target.Client.Username), err}
	}
	return err
}
