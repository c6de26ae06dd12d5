package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mqt/format"
	"mqt/internal/mqtt"
	"mqt/internal/rr"
)

func runRR(ctx context.Context, env *Env, o *rrOptions) error {
	if len(o.Command) > 0 {
		return runResponder(ctx, env, o)
	}
	o.Out.Conn.Quiet = o.In.Conn.Quiet
	w, err := o.Out.stdout(env)
	if err != nil {
		return fmt.Errorf("rr: %w", err)
	}
	src, err := o.In.source(ctx, env)
	if err != nil {
		return err
	}
	s, err := o.In.Conn.connectToReceive(ctx, env)
	if err != nil {
		return err
	}
	work, stop := s.bound(ctx)
	ro, err := o.ask(env, s)
	var stats rr.Stats
	if err == nil {
		ro.Requests = o.In.Stream.shape(work, src(work))
		stats, err = rr.Ask(work, s, ro, o.sink(env, w))
	}
	stop()
	closed := s.close(ctx)
	o.summary(env, stats)
	if err == nil {
		return closed
	}
	return o.explain(s, err)
}

func (o *rrOptions) ask(env *Env, s *session) (rr.Options, error) {
	filter, err := mqtt.ParseFilter(o.Response)
	if err != nil {
		return rr.Options{}, usagef("rr: -e %q %w", o.Response, err)
	}
	ro := rr.Options{
		Response: mqtt.Subscription{Filter: filter, QoS: mqtt.QoS(o.In.QoS), RetainHandling: o.Out.retainHandling(),
			RetainAsPublished: o.Out.RetainAsPublished},
		SubscribeProps: o.In.Conn.Props.Subscribe,
		Correlate:      s.Version() == mqtt.V5,
		DropRetained:   o.Out.DropRetained,
		Timeout:        o.Timeout.duration(),
	}
	if o.Out.DropRetained && o.Out.RetainHandling == "" && s.Version() == mqtt.V5 {
		ro.Response.RetainHandling = mqtt.RetainDontSend // why have it sent
	}
	if !o.In.Conn.Quiet {
		ro.Foreign = func(m mqtt.Message) {
			env.notef("a message on %q has other correlation data than the request; it is no response", m.Topic)
		}
	}
	return ro, nil
}

// sink writes a response, at once.
func (o *rrOptions) sink(env *Env, w format.Writer) func(mqtt.Message, time.Duration) error {
	return func(m mqtt.Message, took time.Duration) error {
		if err := w.Write(m); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if !o.Latency {
			return nil
		}
		_, err := fmt.Fprintf(env.Stdout, "Latency: %s\n", latencyText(took))
		return err
	}
}

// latencyText returns d as mosquitto_rr writes it.
func latencyText(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%d.%09d", d/time.Second, d%time.Second)
	case d >= time.Millisecond:
		return fmt.Sprintf("%fms", float64(d)/1e6)
	case d >= time.Microsecond:
		return fmt.Sprintf("%fµs", float64(d)/1e3)
	}
	return fmt.Sprintf("%dns", d)
}

// summary says on standard error what came of more than one request.
func (o *rrOptions) summary(env *Env, stats rr.Stats) {
	if o.In.times() == 1 || o.In.Conn.Quiet || stats.Requests == 0 {
		return
	}
	text := fmt.Sprintf("%s, %s", count(int(stats.Requests), "request"), count(int(stats.Responses), "response"))
	if l := &stats.Latency; stats.Responses > 0 {
		text += fmt.Sprintf("; latency min %v, mean %v, median %v, p99 %v, max %v", brieflyTimed(l.Min()), brieflyTimed(l.Mean()),
			brieflyTimed(l.Quantile(0.5)), brieflyTimed(l.Quantile(0.99)), brieflyTimed(l.Max()))
	}
	env.notef("%s", text)
}

func brieflyTimed(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

// explain says what the end of the asking was about.
func (o *rrOptions) explain(s *session, err error) error {
	var refused *mqtt.ReasonError
	switch {
	case errors.Is(err, rr.ErrTimeout):
		return hint(fmt.Errorf("rr: no response on %q within %v: %w", o.Response, o.Timeout.duration(), &brief{"timed out", err}),
			fmt.Sprintf("is there somebody who subscribes to %q, and responds there?", o.In.Topic))
	case errors.As(err, &refused) && (refused.Op == "publish" || refused.Op == "subscribe"):
		topic := o.In.Topic
		if refused.Op == "subscribe" {
			topic = o.Response
		}
		what := fmt.Sprintf("%s %q: %s", refused.Op, topic, refused.Code)
		if refused.Reason != "" {
			what += ": " + refused.Reason
		}
		return &brief{what + s.who(refused.Code), err}
	}
	return fmt.Errorf("rr: %w", err)
}
