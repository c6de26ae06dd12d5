package sub

import (
	"context"
	"fmt"
	"slices"

	"mqt/internal/mqtt"
)

// batchTopics is how many topics [GatherExact] asks for by name at once: fewer
// than brokers queue for a client by default, which is 1,000.
const batchTopics = 500

// GatherExact is [Gather] with each message as it was published, its QoS
// included, however many there are. At QoS 0 brokers send all of them, but
// with that QoS; at QoS 2 they send the QoS too, and leave out what exceeds
// the client's queue. So it does both, and then asks for what is missing by
// name, in parts that a queue holds. What is missing still has been removed
// meanwhile. CollectOptions.QoS is not used.
func GatherExact(ctx context.Context, c RetainedClient, o CollectOptions) ([]mqtt.Message, CollectStats, error) {
	o.QoS = mqtt.AtMostOnce
	all, stats, err := Gather(ctx, c, o)
	if err != nil {
		return all, stats, err
	}
	o.QoS, o.Refused = mqtt.ExactlyOnce, nil // the refused filters are told
	e := exact{c: c, o: o, found: make(map[string]mqtt.Message, len(all))}
	e.o.Progress = nil // the same messages once more
	if err := e.gather(ctx, e.o); err != nil {
		return all, stats, err
	}
	e.o.Progress = o.Progress
	if n := len(e.missing(all)); n > 0 && o.Again != nil {
		o.Again(n)
	}
	e.known = len(e.found)
	for size := batchTopics; size > 0; size /= 8 { // a queue may be smaller than most
		missing := e.missing(all)
		for batch := range slices.Chunk(missing, size) {
			if err := e.byName(ctx, batch); err != nil {
				return all, stats, err
			}
		}
	}
	return e.sorted(), stats, nil
}

// exact is a GatherExact under way.
type exact struct {
	c     RetainedClient
	o     CollectOptions
	found map[string]mqtt.Message
	known int // of them, before the first is asked for by name
}

func (e *exact) gather(ctx context.Context, o CollectOptions) error {
	messages, _, err := Gather(ctx, e.c, o)
	for _, m := range messages {
		e.found[m.Topic] = m
	}
	return err
}

// byName collects the messages of topics, and ends the subscriptions again.
func (e *exact) byName(ctx context.Context, topics []string) error {
	o := e.o
	o.Filters, o.only = make([]mqtt.Filter, len(topics)), make(map[string]bool, len(topics))
	for i, topic := range topics {
		var err error
		if o.Filters[i], err = mqtt.ParseFilter(topic); err != nil {
			return fmt.Errorf("topic %q %w", topic, err)
		}
		o.only[topic] = true
	}
	if o.Progress != nil {
		before := len(e.found) - e.known
		o.Progress = func(n int) { e.o.Progress(before + n) }
	}
	if err := e.gather(ctx, o); err != nil {
		return err
	}
	if _, err := e.c.Unsubscribe(ctx, topics, nil); err != nil {
		return subscribeError(ctx, "unsubscribe", err)
	}
	return nil
}

// missing returns the topics of all that are not found.
func (e *exact) missing(all []mqtt.Message) []string {
	var topics []string
	for _, m := range all {
		if _, ok := e.found[m.Topic]; !ok {
			topics = append(topics, m.Topic)
		}
	}
	return topics
}

func (e *exact) sorted() []mqtt.Message {
	k := keeper{messages: make([]mqtt.Message, 0, len(e.found))}
	for _, m := range e.found {
		k.messages = append(k.messages, m)
	}
	return k.sorted()
}
