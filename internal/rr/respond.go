package rr

import (
	"bytes"
	"context"
	"sync"

	"mqt/internal/mqtt"
)

// maxWaiting is how many requests may wait for a free worker.
const maxWaiting = 1000

// Responder says how [Respond] responds.
type Responder struct {
	// Requests is the subscription to the requests.
	Requests mqtt.Subscription
	// SubscribeProps are the properties of the SUBSCRIBE; MQTT 5 only.
	SubscribeProps mqtt.Properties
	// Topic is where the responses to requests go that name no topic. Empty:
	// those are not answered.
	Topic string
	// QoS is that of the responses, Props are properties they have besides the
	// correlation data.
	QoS   mqtt.QoS
	Props mqtt.Properties
	// Workers is how many requests are worked on at a time, at least 1.
	Workers int
	// Count ends Respond after so many responses. 0 is no limit.
	Count uint64
	// DropRetained ignores retained requests.
	DropRetained bool
	// Answer makes the payload of the response to m. It is called from several
	// goroutines at a time. A request for which it fails gets no response.
	Answer func(ctx context.Context, m mqtt.Message) ([]byte, error)
	// Unanswered, when not nil, is told why a request got no response; one call
	// at a time.
	Unanswered func(m mqtt.Message, why error)
}

// noResponse is the error of a request that cannot be answered.
type noResponse string

// Error returns the reason.
func (e noResponse) Error() string { return string(e) }

// The reasons why a request is not even tried.
const (
	ErrNoTopic noResponse = "the request names no topic for the response"
	ErrTooMany noResponse = "too many requests are waiting"
)

// Respond subscribes and answers requests until ctx is done, the client is over
// or Count is reached; only then the error is nil. A thousand requests wait for
// a free worker at most; more get no response, because a client that does not
// read would not hear the acknowledgements of its responses either. What is
// being worked on at the end is cancelled and waited for.
func Respond(ctx context.Context, c Client, o Responder) error {
	work, cancel := context.WithCancel(ctx)
	r := &responder{c: c, o: o, queue: make(chan mqtt.Message, maxWaiting), answered: make(chan struct{})}
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel()
	codes, err := c.SubscribeWith(ctx, []mqtt.Subscription{o.Requests}, o.SubscribeProps, r.handle)
	if err == nil && len(codes) > 0 && codes[0].Failed() {
		err = &mqtt.ReasonError{Op: "subscribe", Code: codes[0]}
	}
	if err != nil {
		return reason(ctx, err)
	}
	for range max(o.Workers, 1) {
		workers.Go(func() { r.work(work) })
	}
	for n := uint64(0); o.Count == 0 || n < o.Count; n++ {
		select {
		case <-r.answered:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.Done():
			return over(c)
		}
	}
	return nil
}

type responder struct {
	c        Client
	o        Responder
	queue    chan mqtt.Message
	answered chan struct{} // one for each response

	mu sync.Mutex // one call of Unanswered at a time
}

func (r *responder) handle(m mqtt.Message) {
	if r.o.DropRetained && m.Retain {
		return
	}
	m.Payload = bytes.Clone(m.Payload)
	select {
	case r.queue <- m:
	default:
		r.unanswered(m, ErrTooMany)
	}
}

// work answers requests until ctx is done.
func (r *responder) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-r.queue:
			if err := r.respond(ctx, m); err != nil {
				if ctx.Err() == nil {
					r.unanswered(m, err)
				}
				continue
			}
			select {
			case r.answered <- struct{}{}:
			case <-ctx.Done():
			}
		}
	}
}

func (r *responder) respond(ctx context.Context, m mqtt.Message) error {
	topic := ResponseTopic(m, r.o.Topic)
	if topic == "" {
		return ErrNoTopic
	}
	payload, err := r.o.Answer(ctx, m)
	if err != nil {
		return err
	}
	response := mqtt.Message{Topic: topic, Payload: payload, QoS: r.o.QoS, Props: r.o.Props.Without()}
	if m.Props.Has(mqtt.PropCorrelationData) {
		response.Props.SetText(mqtt.PropCorrelationData, m.Props.Text(mqtt.PropCorrelationData))
	}
	return r.c.Publish(ctx, response)
}

// ResponseTopic returns where the response to m goes: the topic it names, or
// else the given one.
func ResponseTopic(m mqtt.Message, otherwise string) string {
	if topic := m.Props.Text(mqtt.PropResponseTopic); topic != "" {
		return topic
	}
	return otherwise
}

func (r *responder) unanswered(m mqtt.Message, why error) {
	if r.o.Unanswered == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.o.Unanswered(m, why)
}
