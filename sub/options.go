package sub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mqt/internal/mqtt"
)

// Subscriber is the part of a client that [Run] needs.
type Subscriber interface {
	// SubscribeWith sends one SUBSCRIBE and returns the codes of the SUBACK;
	// without subscriptions it sends nothing and returns none. Either way it
	// calls handle for each message, from one goroutine, in the order of
	// arrival; the payload is valid only during the call, and a message is
	// acknowledged when handle has returned.
	SubscribeWith(ctx context.Context, subs []mqtt.Subscription, props mqtt.Properties, handle func(mqtt.Message)) ([]mqtt.ReasonCode, error)
	// Unsubscribe sends one UNSUBSCRIBE and returns the codes of the UNSUBACK.
	Unsubscribe(ctx context.Context, filters []string, props mqtt.Properties) ([]mqtt.ReasonCode, error)
	// Acknowledge, called by handle, acknowledges its message at once.
	Acknowledge() error
	// Done is closed when the client is over.
	Done() <-chan struct{}
	// Err says why Done is closed.
	Err() error
}

// Publisher publishes without waiting. PublishAsync may block while the
// client's window is full, and calls done once with the outcome.
type Publisher interface {
	PublishAsync(m mqtt.Message, done func(error)) error
}

// ErrTimeout is returned by [Run] when Options.Timeout has passed.
var ErrTimeout = errors.New("timed out")

// ErrBlocked is joined to the error of [Run] when the sink or Options.Flush did
// not return within a second of the context's end. They may still be running:
// do not use what they write to.
var ErrBlocked = errors.New("output is blocked")

// Options say what [Run] subscribes to, which messages it accepts, and when it
// ends. The zero value subscribes to nothing and never ends by itself.
type Options struct {
	// Subscriptions go out in one SUBSCRIBE. None: no SUBSCRIBE is sent, and
	// what arrives is what the session was subscribed to before.
	Subscriptions []mqtt.Subscription
	// SubscribeProps are the properties of the SUBSCRIBE; MQTT 5 only.
	SubscribeProps mqtt.Properties
	// Unsubscribe filters are unsubscribed from after the SUBSCRIBE, each with
	// an UNSUBSCRIBE of its own.
	Unsubscribe []string
	// UnsubscribeProps are the properties of each UNSUBSCRIBE; MQTT 5 only.
	UnsubscribeProps mqtt.Properties

	// FilterOut drops messages whose topic one of the filters matches.
	FilterOut []mqtt.Filter
	// DropRetained drops messages with the retain flag.
	DropRetained bool
	// Decode, when not nil, changes the payload for Keep and the sink, after the
	// filters above. What it returns need not outlive the next call.
	Decode func(mqtt.Message) mqtt.Message
	// Keep drops the messages it returns false for. Nil keeps all. It is called
	// after the filters above and before anything is counted, and must neither
	// block nor keep the payload.
	Keep func(mqtt.Message) bool
	// Percent gives the sink that share of the accepted messages, chosen at
	// random; the others are still counted. 0 means 100.
	Percent float64
	// Remover, when not nil, publishes an empty retained message at QoS 1 to
	// the topic of each accepted retained message that the sink, where it is
	// to have it, has taken. That removes it from the broker. Run ends when all
	// of them are acknowledged, or at once when the sink returns an error.
	Remover Publisher

	// Count ends Run after that many accepted messages. 0 is no limit.
	Count uint64
	// RetainedOnly ends Run at the first message without the retain flag,
	// which is dropped. With Remover the echoes of the removals do not end it
	// before the last, and a second of silence after them does, too.
	RetainedOnly bool
	// SubackOnly ends Run when the SUBACK has arrived.
	SubackOnly bool
	// Timeout ends Run with ErrTimeout. 0 is no limit.
	Timeout time.Duration

	// Flush, when not nil, is called after messages went to the sink: at once
	// after a pause, else every other millisecond, and before Run returns. It
	// never runs at the same time as the sink.
	Flush func() error
	// Refused, when not nil, is told each filter that the broker refused, from
	// the goroutine of Run.
	Refused func(Refusal)

	// chance returns a number in [0, 100); nil is a random one.
	chance func() float64
	// grace replaces blockedGrace when it is not 0.
	grace time.Duration
}

// Refusal is a filter that the broker did not accept.
type Refusal struct {
	// Op is "subscribe" or "unsubscribe".
	Op string
	// Filter is the topic filter as it was sent.
	Filter string
	// Code is the broker's reason.
	Code mqtt.ReasonCode
}

// String returns "op filter: code".
func (r Refusal) String() string { return fmt.Sprintf("%s %s: %v", r.Op, r.Filter, r.Code) }

// Stats counts what [Run] did.
type Stats struct {
	// Received messages arrived from the broker.
	Received uint64
	// Accepted messages passed every filter; Count counts these.
	Accepted uint64
	// Delivered messages went to the sink: the accepted ones that Percent let
	// through.
	Delivered uint64
	// Bytes is the sum of the payloads of the delivered messages, as they were
	// received.
	Bytes uint64
	// Removed retained messages: the broker acknowledged their removal.
	Removed uint64
	// Refusals lists what the broker refused, in the order of the filters.
	Refusals []Refusal
}

// refusedError returns the error of a SUBSCRIBE of which nothing was granted.
func refusedError(rs []Refusal) error {
	names := make([]string, len(rs))
	for i, r := range rs {
		names[i] = r.Filter
		if r.Code != rs[0].Code {
			names[i] += " (" + r.Code.String() + ")"
		}
	}
	return &mqtt.ReasonError{Op: rs[0].Op, Code: rs[0].Code, Reason: strings.Join(names, ", ")}
}
