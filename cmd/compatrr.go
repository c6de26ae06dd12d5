package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"mqt/internal/compat"
	"mqt/internal/mqtt"
	"mqt/internal/rr"
)

// mosquittoRR is mosquitto_rr.
func mosquittoRR(ctx context.Context, env *Env) int {
	m, code := parseMosquitto(env, compat.RR)
	if m == nil {
		return code
	}
	ctx = env.catch(ctx, 0)
	if m.o.PublishProps.Has(mqtt.PropResponseTopic) {
		m.errorf("Error in PUBLISH properties: Duplicate response topic.")
		return exitFailed
	}
	p := m.publication()
	if m.o.Version == mqtt.V5 {
		p.Conn.Props.Publish = append(p.Conn.Props.Publish, mqtt.Property{ID: mqtt.PropResponseTopic, Value: m.o.ResponseTopic})
	}
	src, err := p.source(ctx, env)
	if err != nil {
		return m.failInput(err)
	}
	t, err := m.target()
	if err != nil {
		return m.fail(err)
	}
	t.Client.HoldMessages, t.Client.RequestsFirst, t.Client.NoReconnect = true, 1, true
	out := &serial{w: env.Stdout}
	work, alarm, stop := m.alarm(ctx)
	defer stop()
	s, err := m.connect(work, t, out, alarm)
	if err != nil {
		return m.failAsking(err)
	}
	return m.endAsking(ctx, s, m.ask(work, s, src(work), out))
}

// ask publishes the request and writes the response.
func (m *mosquitto) ask(ctx context.Context, c rr.Client, requests iter.Seq2[mqtt.Message, error], out io.Writer) error {
	w, err := m.writer(out)
	if err != nil {
		return err
	}
	o := m.question()
	o.Requests = requests
	a := &asking{Client: c}
	_, err = rr.Ask(ctx, a, o, func(answer mqtt.Message, took time.Duration) error {
		a.took = took
		return errors.Join(w.Write(answer), w.Flush())
	})
	if m.o.Latency && !a.at.IsZero() {
		fmt.Fprintf(out, "Latency: %s\n", latencyText(a.latency()))
	}
	return err
}

// asking is a client that notes when the request goes out. mosquitto_rr
// waits on when the broker refuses it.
type asking struct {
	rr.Client
	at   time.Time
	took time.Duration // until the response; 0: there is none
}

// Publish implements rr.Client.
func (a *asking) Publish(ctx context.Context, msg mqtt.Message) error {
	a.at = time.Now()
	err := a.Client.Publish(ctx, msg)
	var refused *mqtt.ReasonError
	if errors.As(err, &refused) && refused.Op == "publish" && !beyond(refused) {
		return nil
	}
	return err
}

// latency returns how long the response took, or was waited for.
func (a *asking) latency() time.Duration {
	if a.took > 0 {
		return a.took
	}
	return time.Since(a.at)
}

// question is where the response comes.
func (m *mosquitto) question() rr.Options {
	o := m.o
	filter, _ := mqtt.ParseFilter(o.ResponseTopic) // the command line was checked
	ro := rr.Options{Response: mqtt.Subscription{Filter: filter, QoS: o.QoS}, DropRetained: o.DropRetained}
	if o.Version == mqtt.V5 {
		ro.Response.RetainAsPublished, ro.Response.RetainHandling = o.RetainAsPublished, o.RetainHandling
		ro.SubscribeProps = o.SubscribeProps
	}
	return ro
}

// failAsking reports that there is no connection.
func (m *mosquitto) failAsking(err error) int {
	var signal *SignalError
	switch {
	case errors.As(err, &signal):
		return exitSignal + signal.Number
	case errors.Is(err, errAlarm):
		m.errorf("Timed out")
		return exitTimeout
	}
	return m.fail(err)
}

// endAsking says goodbye and returns the exit code. A signal kills
// mosquitto_rr, and the broker publishes the will.
func (m *mosquitto) endAsking(ctx context.Context, s *session, err error) int {
	var signal *SignalError
	if errors.As(err, &signal) {
		_ = s.Close() // nothing more is to be said to the broker
		return exitSignal + signal.Number
	}
	var refused *mqtt.ReasonError
	if errors.As(err, &refused) && refused.Op == "subscribe" {
		m.errorf("%s", reasonText(refused.Code))
		err = nil
	}
	if err != nil && s.Err() == nil && (refused == nil || !beyond(refused)) {
		return m.endSub(ctx, s, err) // the same ends
	}
	return m.endPub(ctx, s, err)
}
