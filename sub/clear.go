package sub

import (
	"context"
	"fmt"
	"sync"

	"mqt/internal/mqtt"
)

// ClearOptions say what [Clear] removes.
type ClearOptions struct {
	// Topics are the topics whose retained message goes.
	Topics []string
	// Collect tells how to verify: its filters must match the topics. No
	// filters: nothing is verified.
	Collect CollectOptions
	// Progress, when not nil, is called after each answer with the number so
	// far; from the client's goroutine, so it must not block.
	Progress func(done int)
}

// ClearStats tell what [Clear] did.
type ClearStats struct {
	// Cleared topics have no retained message any more. Without verification:
	// the broker acknowledged the removal.
	Cleared int
	// Remaining topics still have one, in the order of ClearOptions.Topics.
	Remaining []string
	// Refused holds the first error of a removal, nil when there was none.
	Refused error
	// Verified reports whether the retained messages were collected again.
	Verified bool
}

// Clear publishes an empty retained message at QoS 1 to each topic, waits for
// the acknowledgements, and collects again to see what remained. Topics that
// remain are no error: look at Remaining. The error is the cause of ctx, the
// client's error, or that of the verifying [Collect].
func Clear(ctx context.Context, c RetainedClient, o ClearOptions) (ClearStats, error) {
	job := &clearing{o: o, left: len(o.Topics), failed: map[string]bool{}, all: make(chan struct{})}
	if job.left > 0 {
		if err := job.run(ctx, c); err != nil {
			return job.stats(), err
		}
	}
	if len(o.Collect.Filters) == 0 {
		return job.stats(), nil
	}
	return job.verify(ctx, c)
}

// clearing is a Clear under way.
type clearing struct {
	o ClearOptions

	mu     sync.Mutex // guards the fields below
	left   int        // unanswered
	failed map[string]bool
	first  error
	all    chan struct{} // closed when left is 0
}

func (j *clearing) run(ctx context.Context, c RetainedClient) error {
	sent := make(chan error, 1)
	go func() { sent <- j.send(ctx, c) }() // ends when the client is over, at the latest
	for answered := j.all; ; {
		select {
		case err := <-sent:
			if err != nil {
				return err
			}
			sent = nil
		case <-answered:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.Done():
			return clientError(c)
		}
	}
}

func (j *clearing) send(ctx context.Context, c RetainedClient) error {
	for _, topic := range j.o.Topics {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m := mqtt.Message{Topic: topic, QoS: mqtt.AtLeastOnce, Retain: true}
		if err := c.PublishAsync(m, func(err error) { j.settle(topic, err) }); err != nil {
			return fmt.Errorf("clear %q: %w", topic, err)
		}
	}
	return nil
}

func (j *clearing) settle(topic string, err error) {
	j.mu.Lock()
	j.left--
	left := j.left
	if err != nil {
		j.failed[topic] = true
		if j.first == nil {
			j.first = fmt.Errorf("clear %q: %w", topic, err)
		}
	}
	j.mu.Unlock()
	if j.o.Progress != nil {
		j.o.Progress(len(j.o.Topics) - left)
	}
	if left == 0 {
		close(j.all)
	}
}

// stats returns the outcome as far as the acknowledgements tell it.
func (j *clearing) stats() ClearStats {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := ClearStats{Refused: j.first, Cleared: len(j.o.Topics) - j.left - len(j.failed)}
	for _, t := range j.o.Topics {
		if j.failed[t] {
			s.Remaining = append(s.Remaining, t)
		}
	}
	return s
}

func (j *clearing) verify(ctx context.Context, c RetainedClient) (ClearStats, error) {
	found := map[string]bool{}
	_, err := Collect(ctx, c, j.o.Collect, func(m mqtt.Message) error {
		found[m.Topic] = true
		return nil
	})
	if err != nil {
		return j.stats(), fmt.Errorf("verify: %w", err)
	}
	s := ClearStats{Refused: j.stats().Refused, Verified: true}
	for _, t := range j.o.Topics {
		if found[t] {
			s.Remaining = append(s.Remaining, t)
		}
	}
	s.Cleared = len(j.o.Topics) - len(s.Remaining)
	return s, nil
}
