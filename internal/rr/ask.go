package rr

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"iter"
	"net"
	"sync"
	"time"

	"mqt/internal/mqtt"
)

// Client is the part of a client that requests and responses need.
type Client interface {
	// SubscribeWith sends one SUBSCRIBE and returns the codes of the SUBACK. It
	// calls handle for each message, from one goroutine; the payload is valid
	// only during the call.
	SubscribeWith(ctx context.Context, subs []mqtt.Subscription, props mqtt.Properties, handle func(mqtt.Message)) ([]mqtt.ReasonCode, error)
	// Publish returns when m has what its QoS asks for.
	Publish(ctx context.Context, m mqtt.Message) error
	// Done is closed when the client is over, and Err says why.
	Done() <-chan struct{}
	Err() error
}

// ErrTimeout is what Ask returns when a response did not come in time.
var ErrTimeout = errors.New("timed out")

// Options say how [Ask] asks.
type Options struct {
	// Requests are what is asked, one after the other. Their payloads must stay
	// valid until the next one is asked for.
	Requests iter.Seq2[mqtt.Message, error]
	// Response is the subscription to the topic of the responses, without
	// wildcards.
	Response mqtt.Subscription
	// SubscribeProps are the properties of the SUBSCRIBE; MQTT 5 only.
	SubscribeProps mqtt.Properties
	// Correlate adds response topic and correlation data to each request, and
	// accepts only a response with the same data. Correlation data that a
	// request already has is kept. MQTT 5 only.
	Correlate bool
	// DropRetained takes no retained message for a response.
	DropRetained bool
	// Timeout is how long each response may take. 0 is no limit.
	Timeout time.Duration
	// Foreign, when not nil, is told once of a message on the topic that has
	// other correlation data. It is called from the client's goroutine.
	Foreign func(m mqtt.Message)
}

// Stats is what came of the requests.
type Stats struct {
	Requests  uint64 // published
	Responses uint64
	Latency   Latency // from before a request was published until its response arrived
}

// Ask subscribes, publishes each request when the one before it has its
// response, and hands each response to sink with the time it took. It blocks
// until all are answered or have timed out, ctx is done, the client is over or
// sink returns an error.
//
// The error is nil only if each request has its response: ErrTimeout when one
// has not; the cause of ctx; an error of the requests, of the client or of
// sink; a *mqtt.ReasonError when the broker refused something.
func Ask(ctx context.Context, c Client, o Options, sink func(m mqtt.Message, took time.Duration) error) (Stats, error) {
	// Without correlation data a message that is already on the topic is a
	// response like any other, and comes right behind the SUBACK.
	a := &asker{c: c, o: o, answers: make(chan mqtt.Message, 1), waiting: !o.Correlate}
	codes, err := c.SubscribeWith(ctx, []mqtt.Subscription{o.Response}, o.SubscribeProps, a.handle)
	if err == nil && len(codes) > 0 && codes[0].Failed() {
		err = &mqtt.ReasonError{Op: "subscribe", Code: codes[0]}
	}
	if err != nil {
		return a.stats, reason(ctx, err)
	}
	var late error
	for m, err := range o.Requests {
		if err != nil {
			return a.stats, err
		}
		answer, took, err := a.ask(ctx, m)
		switch {
		case err == nil:
			if err := sink(answer, took); err != nil {
				return a.stats, err
			}
		case errors.Is(err, ErrTimeout) && ctx.Err() == nil:
			late = ErrTimeout
		default:
			return a.stats, err
		}
	}
	if ctx.Err() != nil {
		return a.stats, context.Cause(ctx)
	}
	return a.stats, late
}

type asker struct {
	c       Client
	o       Options
	stats   Stats
	answers chan mqtt.Message // holds what is taken while waiting

	mu      sync.Mutex // guards the fields below; nothing is called under it
	waiting bool
	want    string // correlation data
	told    bool   // Foreign was
}

// ask publishes a request and waits for its response.
func (a *asker) ask(ctx context.Context, m mqtt.Message) (mqtt.Message, time.Duration, error) {
	if a.o.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, a.o.Timeout, ErrTimeout)
		defer stop()
	}
	a.expect(&m)
	defer a.give()
	begin := time.Now()
	if err := a.c.Publish(ctx, m); err != nil {
		return mqtt.Message{}, 0, reason(ctx, err)
	}
	a.stats.Requests++
	select {
	case answer := <-a.answers:
		took := max(answer.Received.Sub(begin), 0)
		a.stats.Responses++
		a.stats.Latency.add(took)
		return answer, took, nil
	case <-ctx.Done():
		return mqtt.Message{}, 0, context.Cause(ctx)
	case <-a.c.Done():
		return mqtt.Message{}, 0, over(a.c)
	}
}

// expect prepares for the response to m.
func (a *asker) expect(m *mqtt.Message) {
	want := ""
	if a.o.Correlate {
		m.Props = m.Props.Without() // a copy
		m.Props.SetText(mqtt.PropResponseTopic, a.o.Response.Filter.String())
		if !m.Props.Has(mqtt.PropCorrelationData) {
			var b [16]byte
			rand.Read(b[:]) // never fails
			m.Props.SetText(mqtt.PropCorrelationData, string(b[:]))
		}
		want = m.Props.Text(mqtt.PropCorrelationData)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting, a.want = len(a.answers) == 0, want
}

// give ends the waiting: what comes now comes too late.
func (a *asker) give() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = false
	select {
	case <-a.answers:
	default:
	}
}

func (a *asker) handle(m mqtt.Message) {
	if a.o.DropRetained && m.Retain {
		return
	}
	if m.Received.IsZero() {
		m.Received = time.Now()
	}
	if a.take(m) && a.o.Foreign != nil {
		a.o.Foreign(m)
	}
}

// take passes m on if it is the response. It reports whether m is the first
// that is foreign.
func (a *asker) take(m mqtt.Message) (foreign bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !a.waiting:
	case a.o.Correlate && m.Props.Text(mqtt.PropCorrelationData) != a.want:
		foreign, a.told = !a.told, true
	default:
		a.waiting = false
		m.Payload = bytes.Clone(m.Payload)
		a.answers <- m // has room: one message for each time of waiting
	}
	return foreign
}

// reason returns why ctx ended if it did, else err.
func reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func over(c Client) error {
	if err := c.Err(); err != nil {
		return err
	}
	return net.ErrClosed
}
