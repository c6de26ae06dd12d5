package sub

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"mqt/internal/mqtt"
)

// RetainedClient is the part of a client that [Collect], [Gather] and [Clear]
// need.
type RetainedClient interface {
	Subscriber
	Publisher
}

// CollectOptions say what [Collect] asks for and when it has waited enough.
type CollectOptions struct {
	// Filters are the topic filters to collect; shared ones have no retained
	// messages and are refused by brokers.
	Filters []mqtt.Filter
	// QoS is the most the messages are asked for with. 0 is what brokers
	// deliver whole; some cut off what exceeds a queue at QoS 1 and 2, but only
	// there a message shows the QoS it was published with.
	QoS mqtt.QoS
	// Version is the protocol in use. Before MQTT 5 nothing tells that the
	// marker was refused, so the quiet times below are longer.
	Version mqtt.Version
	// NoMarker keeps Collect from publishing. It then ends after silence only.
	NoMarker bool
	// Quiet is how long no retained message may have arrived after the marker
	// came back; 0 is 100 ms with MQTT 5 and 1 s before.
	Quiet time.Duration
	// Silence is the same when no marker came back; 0 is 1 s.
	Silence time.Duration
	// Timeout ends Collect with ErrTimeout; 0 is no limit.
	Timeout time.Duration
	// Refused, when not nil, is told each filter the broker refused.
	Refused func(Refusal)
	// Progress, when not nil, is called after each message with the number so
	// far; from the client's goroutine, so it must not block.
	Progress func(received int)
	// Again, when not nil, is called by [GatherExact] before it asks for so many
	// messages by name. Progress counts them from 1 then.
	Again func(total int)

	// only, when not nil, are the topics that are asked for by name: when all
	// have come, Collect is done without waiting for more.
	only map[string]bool
}

func (o CollectOptions) withDefaults() CollectOptions {
	if o.Quiet == 0 {
		o.Quiet = 100 * time.Millisecond
		if o.Version != mqtt.V5 {
			o.Quiet = time.Second
		}
	}
	if o.Silence == 0 {
		o.Silence = max(time.Second, o.Quiet)
	}
	return o
}

// CollectStats tell how a [Collect] went.
type CollectStats struct {
	// Messages is how many retained messages arrived, Bytes the sum of their
	// payloads.
	Messages, Bytes int
	// Marker reports whether the marker came back: the list is then known to
	// be complete, else it is what arrived before a silence.
	Marker bool
	// Refusals lists the filters the broker refused.
	Refusals []Refusal
}

// Collect subscribes to the filters and calls each for every retained message,
// in the order of arrival, until the broker has no more. It is done when a
// message that it published itself, to a topic that nobody else uses, has come
// back and no retained message followed for a moment; when the marker does not
// come back, after a longer silence. A topic that several filters match may
// come several times.
//
// each runs on the client's goroutine; the payload is valid only during the
// call, and an error ends Collect with that error. The error is ErrTimeout when
// Options.Timeout passed, the cause of ctx, the client's error, or a
// *[mqtt.ReasonError] when every filter was refused. The subscriptions stay.
func Collect(ctx context.Context, c RetainedClient, o CollectOptions, each func(mqtt.Message) error) (CollectStats, error) {
	if len(o.Filters) == 0 {
		return CollectStats{}, errors.New("no topic filter")
	}
	o = o.withDefaults()
	if o.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, o.Timeout, ErrTimeout)
		defer stop()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	k := &collector{o: o, each: each, cancel: cancel, marked: make(chan struct{}), complete: make(chan struct{})}
	if !o.NoMarker {
		k.marker = "mqt/marker/" + rand.Text()
	}
	refused, err := k.subscribe(ctx, c)
	if err == nil {
		err = k.wait(ctx, c)
	}
	stats := k.close()
	stats.Refusals = refused
	return stats, err
}

// collector is the handler of a Collect with its state.
type collector struct {
	// Read-only after the start.
	o        CollectOptions
	each     func(mqtt.Message) error
	cancel   context.CancelCauseFunc
	marker   string        // topic; empty when there is none
	marked   chan struct{} // closed when the marker came back
	complete chan struct{} // closed when all of o.only have come

	mu    sync.Mutex // guards the fields below, and o.only; held while each runs
	stats CollectStats
	over  bool
}

func (k *collector) handle(m mqtt.Message) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.over:
	case m.Topic == k.marker && k.marker != "":
		if !k.stats.Marker {
			k.stats.Marker = true
			close(k.marked)
		}
	case m.Retain:
		k.stats.Messages++
		k.stats.Bytes += len(m.Payload)
		if err := k.each(m); err != nil {
			k.over = true
			k.cancel(err)
		}
		if k.o.Progress != nil {
			k.o.Progress(k.stats.Messages)
		}
		k.arrived(m.Topic)
	}
}

// arrived closes complete when topic is the last one of o.only.
func (k *collector) arrived(topic string) {
	if !k.o.only[topic] {
		return
	}
	delete(k.o.only, topic)
	if len(k.o.only) == 0 {
		close(k.complete)
	}
}

// subscribe sends the SUBSCRIBE, the marker's topic last, and then the marker.
func (k *collector) subscribe(ctx context.Context, c RetainedClient) ([]Refusal, error) {
	subs := make([]mqtt.Subscription, 0, len(k.o.Filters)+1)
	for _, f := range k.o.Filters {
		subs = append(subs, mqtt.Subscription{Filter: f, QoS: k.o.QoS})
	}
	if k.marker != "" {
		f, err := mqtt.ParseFilter(k.marker)
		if err != nil {
			return nil, err
		}
		marker := mqtt.Subscription{Filter: f}
		if k.o.Version == mqtt.V5 { // older versions have no such option
			marker.RetainHandling = mqtt.RetainDontSend
		}
		subs = append(subs, marker)
	}
	codes, err := c.SubscribeWith(ctx, subs, nil, k.handle)
	if err != nil {
		return nil, subscribeError(ctx, "subscribe", err)
	}
	var refused []Refusal
	for i, f := range k.o.Filters {
		if i < len(codes) && codes[i].Failed() {
			refused = append(refused, Refusal{Op: "subscribe", Filter: f.String(), Code: codes[i]})
			if k.o.Refused != nil {
				k.o.Refused(refused[len(refused)-1])
			}
		}
	}
	if len(refused) == len(k.o.Filters) {
		return refused, refusedError(refused)
	}
	if last := len(subs) - 1; k.marker == "" || last < len(codes) && codes[last].Failed() {
		return refused, nil // silence decides
	}
	m := mqtt.Message{Topic: k.marker, Payload: []byte("end")}
	return refused, c.PublishAsync(m, func(error) {}) // refused: silence decides
}

// wait returns when the collection is complete. It looks at the count of
// messages after each quiet time, so a message costs no timer.
func (k *collector) wait(ctx context.Context, c RetainedClient) error {
	marked := k.marked
	if k.marker == "" {
		marked = nil
	}
	quiet := k.o.Silence
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	seen := k.count()
	for {
		select {
		case <-k.complete:
			return nil
		case <-marked:
			marked, quiet = nil, k.o.Quiet
			seen = k.count()
		case <-timer.C:
			n := k.count()
			if n == seen {
				return nil
			}
			seen = n
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.Done():
			return clientError(c)
		}
		timer.Reset(quiet)
	}
}

func (k *collector) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.stats.Messages
}

func (k *collector) close() CollectStats {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.over = true
	return k.stats
}

// Gather is Collect with the messages kept: one a topic, the last to arrive,
// sorted by topic. On an error it returns what had arrived.
func Gather(ctx context.Context, c RetainedClient, o CollectOptions) ([]mqtt.Message, CollectStats, error) {
	var kept keeper
	stats, err := Collect(ctx, c, o, kept.keep)
	return kept.sorted(), stats, err
}

// keeper keeps messages with their payloads packed into slabs.
type keeper struct {
	messages []mqtt.Message
	slab     []byte
}

const slabSize = 64 << 10

func (k *keeper) keep(m mqtt.Message) error {
	if n := len(m.Payload); n > slabSize/4 {
		m.Payload = slices.Clone(m.Payload)
	} else if n > 0 {
		if cap(k.slab)-len(k.slab) < n {
			k.slab = make([]byte, 0, slabSize)
		}
		at := len(k.slab)
		k.slab = append(k.slab, m.Payload...)
		m.Payload = k.slab[at:len(k.slab):len(k.slab)]
	} else {
		m.Payload = nil
	}
	k.messages = append(k.messages, m)
	return nil
}

func (k *keeper) sorted() []mqtt.Message {
	slices.SortStableFunc(k.messages, func(a, b mqtt.Message) int { return compareTopics(a.Topic, b.Topic) })
	out := k.messages[:0]
	for i, m := range k.messages {
		if i+1 < len(k.messages) && k.messages[i+1].Topic == m.Topic {
			continue // a later one follows
		}
		out = append(out, m)
	}
	return out
}

// compareTopics orders topics level by level, so that a topic is followed by
// what is below it.
func compareTopics(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		switch {
		case x == y:
		case x == '/':
			return -1
		case y == '/':
			return 1
		default:
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}
