package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"mqt/bench/result"
	"mqt/internal/wire"
)

// Load is a load under way. Everything in it is owned by whoever runs the
// engine.
type Load struct {
	plan      Plan
	epoch     time.Time
	clients   []*client
	pubs      []*publisher
	subs      []*subscriber
	inboxes   []*inbox
	frames    *frames
	sizes     *sizes
	maxPacket int          // largest packet a client reads, in bytes
	packet    wire.Publish // scratch

	// Connections.
	connectFrom    int64     // when connecting began
	fresher        []*client // not attempted yet
	begun          int       // first attempts
	retries        retries
	attempts       attempts
	busy           int // being connected
	ready          int
	answered       int // clients that were ready once, or have failed often
	lastConnect    int64
	connecting     int64 // how long it took
	subscribeLater bool
	cleaning       bool // clients come back to end their sessions
	firstErr       error
	hangUps        []farewell // for the engine
	flushes        []*client  // for the engine: have something to write

	// Messages.
	cadence  cadence
	runnable []*publisher // may have room
	owed     uint64       // deliveries on their way
	unacked  int

	// What was measured.
	counts   result.Counts
	warmed   result.Counts // sent, expected and delivered, of what is not measured
	errors   map[string]uint64
	lat      Latencies
	recent   Histogram
	series   series
	inTime   uint64 // deliveries before deadline
	sent     uint64 // messages before ended
	acked    uint64 // acknowledgements while measuring
	deadline int64  // until when a delivery is in time; 0 is not known
	last     int64  // when the last delivery that counts came
	lastRan  int64  // the same, in time run
	moved    int64  // when a message was last sent or came
	ended    int64  // when measuring ended

	// The steps.
	steps       []step
	at          int // in steps
	stepFrom    int64
	stepRan     int64 // the same, in time run
	held        int64 // for how long the process did not run in all: what came meanwhile was not read
	now         int64
	chores      int64 // when they are next
	pings       int64 // the same
	over        bool
	interrupted bool
	watcher     *watcher
	idle        int64 // time that the engine has waited since measuring began
	busyAtEnd   float64
}

// Outcome is what a load ends with.
type Outcome struct {
	View
	Errors      map[string]uint64
	Seconds     []*Second
	Streams     []Stream // with losses, duplicates or reordering
	StreamCount uint64
	InTime      uint64        // deliveries that were in time
	SentInTime  uint64        // messages sent during the measured time
	AckedInTime uint64        // messages acknowledged during it
	Began       time.Time     // when measuring did
	Measured    time.Duration // measured time
	Drained     time.Duration
	Connecting  time.Duration // from the first attempt to the last connection
	Interrupted bool
}

// Stream is what one subscriber, or one group, received of one publisher.
type Stream struct {
	Publisher, Subscriber                 int
	Expected, Lost, Duplicated, Reordered uint64
}

// engine moves bytes between clients and their connections.
type engine interface {
	// run works until the last step is done.
	run(ctx context.Context)
	close()
}

// Run puts the load on the broker and returns what came of it. When ctx ends,
// it stops publishing, drains, and returns what there is. It fails when there
// is nothing: a plan that makes no sense, no connection at all.
func Run(ctx context.Context, p Plan) (*Outcome, error) {
	return run(ctx, p, newEngine)
}

func run(ctx context.Context, p Plan, start func(*Load) (engine, error)) (*Outcome, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	l, err := newLoad(p)
	if err != nil {
		return nil, err
	}
	e, err := start(l)
	if err != nil {
		return nil, err
	}
	l.watcher = watch(p.Watch)
	e.run(ctx)
	e.close()
	l.watcher.close()
	if l.counts.Connected == 0 {
		if l.firstErr == nil {
			l.firstErr = context.Cause(ctx)
		}
		return nil, fmt.Errorf("no client could connect: %w", l.firstErr)
	}
	return l.outcome(), nil
}

func newLoad(p Plan) (*Load, error) {
	l := &Load{plan: p, epoch: time.Now(), errors: map[string]uint64{}}
	rng := rand.New(rand.NewPCG(p.Seed, 0))
	l.sizes = newSizes(p.Sizes, rng)
	var err error
	if l.frames, err = newFrames(&l.plan, l.epoch, rng); err != nil {
		return nil, err
	}
	l.maxPacket = max(1<<20, len(l.frames.payload)+64<<10+64)
	if err := l.addClients(); err != nil {
		return nil, err
	}
	l.attempts.limit = int64(p.ConnectTimeout)
	l.fresher = append(l.fresher, l.clients...)
	l.cadence.n = uint64(len(l.pubs))
	l.subscribeLater = p.Kind == Retained
	l.steps = l.script()
	return l, nil
}

// wake puts p among those that may have room.
func (l *Load) wake(p *publisher) {
	if !p.queued {
		p.queued = true
		l.runnable = append(l.runnable, p)
	}
}

// time returns the nanoseconds since the load began.
func (l *Load) time() int64 { return int64(time.Since(l.epoch)) }
