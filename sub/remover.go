package sub

import (
	"context"
	"fmt"
	"sync"

	"mqt/internal/mqtt"
)

// remover publishes empty retained messages from a goroutine of its own,
// because the message handler must not wait for acknowledgements that are read
// behind it. Its queue holds topics only and is as long as the broker's
// retained messages are many.
type remover struct {
	p    Publisher
	wake chan struct{}
	quit chan struct{}
	// stop ends the loop and wait. It does not wait: a publish that is blocked
	// returns when the client is over.
	stop func()

	mu      sync.Mutex // guards the fields below
	queue   []string
	waiting int                 // queued or unacknowledged
	echoes  map[string]struct{} // removals that may come back as live messages
	acked   uint64
	err     error // the first one
	idle    chan struct{}
}

func newRemover(p Publisher) *remover {
	quit := make(chan struct{})
	return &remover{p: p, wake: make(chan struct{}, 1), quit: quit, stop: sync.OnceFunc(func() { close(quit) }),
		echoes: map[string]struct{}{}, idle: make(chan struct{}, 1)}
}

func (r *remover) start() { go r.loop() }

func (r *remover) add(topic string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, topic)
	r.echoes[topic] = struct{}{}
	r.waiting++
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// echo reports whether m is a removal of ours that the broker sent back, and
// if so whether no other is outstanding.
func (r *remover) echo(m mqtt.Message) (echo, last bool) {
	if len(m.Payload) > 0 {
		return false, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, echo = r.echoes[m.Topic]; echo {
		delete(r.echoes, m.Topic)
	}
	return echo, len(r.echoes) == 0
}

func (r *remover) loop() {
	for {
		select {
		case <-r.wake:
		case <-r.quit:
			return
		}
		r.mu.Lock()
		topics := r.queue
		r.queue = nil
		r.mu.Unlock()
		for _, t := range topics {
			select {
			case <-r.quit:
				return
			default:
			}
			empty := mqtt.Message{Topic: t, QoS: mqtt.AtLeastOnce, Retain: true}
			if err := r.p.PublishAsync(empty, func(err error) { r.settle(t, err) }); err != nil {
				r.settle(t, err)
			}
		}
	}
}

func (r *remover) settle(topic string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting--
	if err == nil {
		r.acked++
	} else {
		delete(r.echoes, topic) // refused, so it will not come back
		if r.err == nil {
			r.err = fmt.Errorf("remove retained message %q: %w", topic, err)
		}
	}
	if r.waiting == 0 {
		select {
		case r.idle <- struct{}{}:
		default:
		}
	}
}

// wait returns when every removal is settled, with the first error, or when
// the remover is stopped, or the context or the client ends.
func (r *remover) wait(ctx context.Context, gone <-chan struct{}) error {
	for {
		r.mu.Lock()
		waiting, err := r.waiting, r.err
		r.mu.Unlock()
		if waiting == 0 {
			return err
		}
		select {
		case <-r.idle:
		case <-r.quit:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-gone:
			return fmt.Errorf("connection closed with %d removals unacknowledged", waiting)
		}
	}
}

// settled reports whether every removal so far was answered.
func (r *remover) settled() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.waiting == 0
}

func (r *remover) count() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.acked
}
