package bench

import (
	"context"
	"fmt"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// maxPacket is the largest packet a client reads, in bytes.
const maxPacket = maxPayload + 64<<10 + 64

// Counts is what a load has counted since it was opened.
type Counts struct {
	// Sent counts messages handed to the network.
	Sent uint64
	// Acked counts messages that the broker has taken over, at QoS 1 and 2.
	Acked uint64
	// Delivered counts messages that have reached a subscriber, duplicates
	// included.
	Delivered uint64
	// Lost counts messages that a subscriber should have received and has
	// not: others of the same publisher came first, or a Drain gave up.
	Lost uint64
	// Duplicated counts deliveries of what had been delivered before.
	Duplicated uint64
	// Reordered counts deliveries after a later message of the same publisher.
	Reordered uint64
	// Unparsed counts deliveries of what this load has not sent.
	Unparsed uint64
}

// Since returns what was counted after earlier.
func (c Counts) Since(earlier Counts) Counts {
	return Counts{
		Sent:       c.Sent - earlier.Sent,
		Acked:      c.Acked - earlier.Acked,
		Delivered:  c.Delivered - earlier.Delivered,
		Lost:       c.Lost - earlier.Lost,
		Duplicated: c.Duplicated - earlier.Duplicated,
		Reordered:  c.Reordered - earlier.Reordered,
		Unparsed:   c.Unparsed - earlier.Unparsed,
	}
}

// Load is a set of connected clients. Its methods must not be called at the
// same time.
type Load struct {
	plan    Plan
	epoch   time.Time
	clients []*client
	pubs    []*publisher
	subs    []*subscriber
	engine  engine

	// Owned by whoever runs the engine.
	counts     Counts
	ready      int          // clients in phase ready
	publishing bool         // false while connecting and draining
	runnable   []*publisher // may have room
	packet     wire.Publish // scratch
}

// engine moves bytes between clients and their connections.
type engine interface {
	// run connects the clients that are not, then moves bytes until done
	// says so, ctx ends, or a client fails. It calls done often, with nothing
	// else of the load running.
	run(ctx context.Context, done func() bool) error
	// exclusively calls f with nothing else of the load running.
	exclusively(f func())
	close()
}

// Open connects and subscribes the clients of a plan, and returns when all are
// ready. It fails with the first client's error, or with ctx's.
func Open(ctx context.Context, p Plan) (*Load, error) {
	return open(ctx, p, newEngine)
}

func open(ctx context.Context, p Plan, start func(*Load) (engine, error)) (*Load, error) {
	p = p.withDefaults()
	if err := p.check(); err != nil {
		return nil, err
	}
	l := &Load{plan: p, epoch: time.Now()}
	if err := l.addClients(); err != nil {
		return nil, err
	}
	e, err := start(l)
	if err != nil {
		return nil, err
	}
	l.engine = e
	if err := e.run(ctx, func() bool { return l.ready == len(l.clients) }); err != nil {
		e.close()
		return nil, fmt.Errorf("open the load: %w", err)
	}
	return l, nil
}

// addClients makes subscribers before publishers, in the order they connect.
func (l *Load) addClients() error {
	for i, filter := range l.plan.Filters {
		s := &subscriber{load: l, filter: filter}
		l.subs = append(l.subs, s)
		l.add(&client{name: fmt.Sprintf("subscriber %d", i), id: fmt.Sprintf("%s-s%d", l.plan.Prefix, i), sub: s})
	}
	for i := range l.plan.Topics {
		p, err := newPublisher(l, i)
		if err != nil {
			return err
		}
		l.pubs = append(l.pubs, p)
		p.client = &client{name: fmt.Sprintf("publisher %d", i), id: fmt.Sprintf("%s-p%d", l.plan.Prefix, i), pub: p}
		l.add(p.client)
	}
	for i := range l.plan.Idle {
		l.add(&client{name: fmt.Sprintf("idle client %d", i), id: fmt.Sprintf("%s-i%d", l.plan.Prefix, i)})
	}
	for _, s := range l.subs {
		f, err := mqtt.ParseFilter(s.filter)
		if err != nil {
			return err
		}
		for number, topic := range l.plan.Topics {
			if f.Match(topic) {
				s.expect(number, l.pubs[number])
			}
		}
	}
	for _, p := range l.pubs {
		p.limit = uint64(l.plan.share(int(p.fanout)))
	}
	return nil
}

func (l *Load) add(c *client) {
	c.load = l
	c.conn = len(l.clients)
	l.clients = append(l.clients, c)
}

// Counts returns what has been counted so far.
func (l *Load) Counts() Counts {
	var c Counts
	l.engine.exclusively(func() { c = l.counts })
	return c
}

// Run publishes for the time d as fast as the broker delivers. Messages may
// still be on their way when it returns. It fails when a connection ends.
func (l *Load) Run(ctx context.Context, d time.Duration) error {
	l.engine.exclusively(func() {
		l.publishing = true
		for _, p := range l.pubs {
			l.wake(p)
		}
	})
	end := time.Now().Add(d)
	return l.engine.run(ctx, func() bool {
		l.publishing = time.Now().Before(end)
		return !l.publishing
	})
}

// Drain receives without publishing until everything has arrived and has been
// acknowledged, or nothing has happened for the time quiet; what is missing
// then is lost.
func (l *Load) Drain(ctx context.Context, quiet time.Duration) error {
	last, since := l.Counts(), time.Now()
	err := l.engine.run(ctx, func() bool {
		l.publishing = false
		if l.counts != last {
			last, since = l.counts, time.Now()
		}
		return l.settled() || time.Since(since) > quiet
	})
	if err != nil {
		return err
	}
	l.engine.exclusively(func() {
		for _, s := range l.subs {
			s.giveUp()
		}
	})
	return nil
}

// settled reports whether nothing is on its way.
func (l *Load) settled() bool {
	for _, p := range l.pubs {
		if p.unacked > 0 || p.accounted < p.sent*p.fanout {
			return false
		}
	}
	return true
}

// Close drops all connections.
func (l *Load) Close() { l.engine.close() }

// wake puts p among those that may have room.
func (l *Load) wake(p *publisher) {
	if !p.queued {
		p.queued = true
		l.runnable = append(l.runnable, p)
	}
}
