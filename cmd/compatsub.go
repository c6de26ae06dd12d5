package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"mqt/format"
	"mqt/internal/compat"
	"mqt/internal/mqtt"
	"mqt/sub"
)

// errAlarm ends a run when the time of -W is over.
var errAlarm = errors.New("timed out")

// mosquittoSub is mosquitto_sub.
func mosquittoSub(ctx context.Context, env *Env) int {
	m, code := parseMosquitto(env, compat.Sub)
	if m == nil {
		return code
	}
	ctx = env.catch(ctx, 0)
	if m.o.DropRetained && m.o.RetainedOnly {
		fmt.Fprintln(env.Stderr, "\nError: Combining '-R' and '--retained-only' makes no sense.")
		return exitFailed
	}
	t, err := m.target()
	if err != nil {
		return m.fail(err)
	}
	out := env.Stdout
	if m.o.Debug {
		out = &serial{w: out}
	}
	t.Client.HoldMessages, t.Client.RequestsFirst = true, 100
	work, alarm, stop := m.alarm(ctx)
	defer stop()
	s, err := m.connectOn(work, t, out, alarm)
	if err != nil {
		return m.failEarly(err)
	}
	w, done, err := m.sink(work, out)
	if err == nil {
		reading, quit := whileRead(work, env.Stdout)
		_, err = sub.Run(reading, s, w.Write, m.subscription(s, w.Flush))
		quit()
	}
	done()
	return m.endSub(ctx, s, err)
}

// alarm returns a context that ends with errAlarm when the time of -W is over,
// counted from the first call of start, which never blocks.
func (m *mosquitto) alarm(ctx context.Context) (work context.Context, start, stop func()) {
	work, cancel := context.WithCancelCause(ctx)
	var once sync.Once
	var timer *time.Timer
	start = func() {
		once.Do(func() {
			if m.o.Timeout > 0 {
				timer = time.AfterFunc(m.o.Timeout, func() { cancel(errAlarm) })
			}
		})
	}
	return work, start, func() {
		once.Do(func() {}) // orders what start has done before this
		if timer != nil {
			timer.Stop()
		}
		cancel(context.Canceled)
	}
}

// subscription is what to subscribe to, which messages to take, and when to end.
func (m *mosquitto) subscription(s *session, flush func() error) sub.Options {
	o := m.o
	// With -E mosquitto_sub prints what a resumed session brings before the
	// SUBACK; retained messages come behind it.
	ro := sub.Options{Unsubscribe: o.Unsubscribe, DropRetained: o.DropRetained || o.SubackOnly, Percent: o.RandomFilter,
		Count: uint64(o.Count), RetainedOnly: o.RetainedOnly, SubackOnly: o.SubackOnly, Flush: flush}
	for _, text := range o.Topics {
		filter, _ := mqtt.ParseFilter(text) // the command line was checked
		subscription := mqtt.Subscription{Filter: filter, QoS: o.QoS}
		if o.Version == mqtt.V5 {
			subscription.RetainAsPublished, subscription.RetainHandling = o.RetainAsPublished, o.RetainHandling
		}
		ro.Subscriptions = append(ro.Subscriptions, subscription)
	}
	for _, text := range o.FilterOut {
		filter, _ := mqtt.ParseFilter(text)
		ro.FilterOut = append(ro.FilterOut, filter)
	}
	if o.Version == mqtt.V5 {
		ro.SubscribeProps, ro.UnsubscribeProps = o.SubscribeProps, o.UnsubscribeProps
	}
	if o.RemoveRetained {
		ro.Remover = s
	}
	return ro
}

// writer returns where messages go in the format asked for.
func (m *mosquitto) writer(out io.Writer) (format.Writer, error) {
	fo := format.Options{
		Verbose:   m.o.Verbose,
		NoNewline: m.o.NoNewline,
		Indent:    m.o.Pretty,
		Compat:    true,
		Escape:    m.env.StdoutTTY,
		Location:  m.env.Now().Location(),
		Warn:      m.warnPayload,
	}
	if m.o.HasFormat {
		return format.NewTemplate(m.o.Format, out, fo)
	}
	return format.New("text", out, fo)
}

func (m *mosquitto) warnPayload(err error) {
	var payload *format.PayloadError
	switch {
	case m.o.Quiet:
	case errors.As(err, &payload) && payload.Want != "JSON":
		fmt.Fprint(m.env.Stderr, payload) // without a line end, as there
	default:
		fmt.Fprintf(m.env.Stderr, "Error: %s\n", escape(err.Error()))
	}
}

// failEarly reports that there is no connection.
func (m *mosquitto) failEarly(err error) int {
	var signal *SignalError
	if errors.Is(err, errAlarm) || errors.As(err, &signal) {
		return mosquittoDied
	}
	return m.fail(err)
}

// endSub says goodbye as the reason for the end wants it, and returns the exit
// code.
func (m *mosquitto) endSub(ctx context.Context, s *session, err error) int {
	var signal *SignalError
	var refused *mqtt.ReasonError
	cut := errors.Is(err, errAlarm) || errors.As(err, &signal)
	code := mqtt.Success
	if cut && m.o.Version == mqtt.V5 {
		code = mqtt.DisconnectWithWill
	}
	lost := s.Err()
	_ = s.closeWith(ctx, code) // what came of the messages is known by now
	switch {
	case errors.Is(err, errAlarm):
		m.errorf("Timed out")
		return exitTimeout
	case err == nil, cut, isClosedPipe(err):
		return exitDone
	case errors.As(err, &refused) && refused.Op == "connect":
		return m.fail(m.refusal(refused))
	case errors.As(err, &refused) && refused.Op == "subscribe":
		m.errorf("All subscription requests were denied.")
		return exitDone
	case lost != nil:
		m.errorf("Error: The connection was lost.")
		return mosquittoLost
	}
	return m.fail(err)
}

// serial lets several goroutines write to w, one at a time.
type serial struct {
	mu sync.Mutex // held while writing
	w  io.Writer
}

// Write implements io.Writer.
func (s *serial) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}
