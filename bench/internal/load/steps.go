package load

import (
	"context"
	"math"
	"time"

	"mqt/bench/pace"
	"mqt/bench/result"
)

// step is one part of a load.
type step struct {
	phase  result.Phase
	length time.Duration // 0 is unknown
	begin  func(now int64)
	done   func(now int64) bool
}

// choreEvery is how often the chores are done, in nanoseconds.
const choreEvery = 10_000_000

// stall is after how long a closed loop does not wait any more for what is on
// its way, in nanoseconds.
const stall = 2_000_000_000

// heldUp is from when on the time between two looks at the load is one in which
// this process did not run, in nanoseconds. It looks at least every choreEvery.
const heldUp = 100_000_000

// pingEvery is how often connections are looked at for silence, in
// nanoseconds.
const pingEvery = 1_000_000_000

// step moves the load on in time, and reports whether it is over. An engine
// calls it before it waits.
func (l *Load) step(ctx context.Context, now int64) bool {
	if d := now - l.now; d > heldUp {
		l.held += d - heldUp // so that any wait ends after some looks
	}
	l.now = now
	l.advance(now)
	if now >= l.chores {
		l.chores = now + choreEvery
		l.chore(ctx, now)
	}
	for !l.over && l.steps[l.at].done(now) {
		l.enter(l.at+1, now)
	}
	return l.over
}

// ran returns the time run until now: what has passed without the times that
// the process did not run. Waits are measured in it, as what came meanwhile was
// not read. It agrees with what the next step takes note of.
func (l *Load) ran(now int64) int64 { return l.now - l.held + min(now-l.now, heldUp) }

// enter begins a step.
func (l *Load) enter(i int, now int64) {
	if i == len(l.steps) {
		l.over = true
		return
	}
	l.at, l.stepFrom, l.stepRan = i, now, l.ran(now)
	if f := l.steps[i].begin; f != nil {
		f(now)
	}
	l.watcher.phase(l, now)
}

// begin enters the first step.
func (l *Load) begin(now int64) {
	l.connectFrom = now
	l.enter(0, now)
}

// chore does what need not be done at once.
func (l *Load) chore(ctx context.Context, now int64) {
	if ctx.Err() != nil && !l.interrupted {
		l.interrupt(now)
	}
	for c := l.attempts.expired(l.ran(now)); c != nil; c = l.attempts.expired(l.ran(now)) {
		l.hangUp(c, l.attempts.slow(c))
	}
	if now >= l.pings {
		l.pings = now + pingEvery
		l.ping(now)
	}
	if c := &l.cadence; c.on && c.schedule == nil && now-l.moved > stall {
		l.moved = now
		for _, p := range l.pubs {
			p.forgive()
		}
	}
	if s := l.series.at(now); s != nil && l.ended == 0 {
		s.Clients = l.ready
	}
	l.watcher.tick(l, now)
}

// interrupt goes on with the drain, or ends what has not begun.
func (l *Load) interrupt(now int64) {
	l.interrupted = true
	if l.series.start == 0 {
		l.over = true
		return
	}
	for i, s := range l.steps {
		if s.phase == result.Draining && i > l.at {
			l.stop(now)
			l.enter(i, now)
			return
		}
	}
}

// until returns when the engine must look again at the latest.
func (l *Load) until(now int64) int64 {
	return l.cadence.next(l.chores)
}

// script returns the steps of the plan.
func (l *Load) script() []step {
	connect := step{phase: result.Connecting, done: l.allAnswered}
	drain := step{phase: result.Draining, begin: l.stop, done: l.drained}
	steps := []step{connect, {phase: result.Connecting, begin: l.allConnected, done: at}}
	if !l.plan.StartAt.IsZero() {
		steps = append(steps, step{phase: result.Connecting, done: func(int64) bool { return !time.Now().Before(l.plan.StartAt) }})
	}
	switch l.plan.Kind {
	case Hold, Listen:
		measure := step{phase: result.Measuring, length: l.plan.Duration, begin: l.measure, done: l.passed(l.plan.Duration)}
		return append(steps, measure, step{phase: result.Draining, begin: l.stop, done: at})
	case Retained:
		return append(steps, l.retainedSteps()...)
	case Offline:
		return append(steps, l.offlineSteps()...)
	case Wills:
		return append(steps, l.willSteps()...)
	}
	if l.plan.Warmup > 0 {
		steps = append(steps, step{phase: result.Warming, length: l.plan.Warmup, begin: l.warm, done: l.passed(l.plan.Warmup)})
	}
	return append(steps, step{phase: result.Measuring, length: l.plan.Duration, begin: l.publish, done: l.published}, drain)
}

// at ends a step at once.
func at(int64) bool { return true }

// allConnected takes note of how long connecting took.
func (l *Load) allConnected(int64) { l.connecting = l.lastConnect - l.connectFrom }

// allAnswered ends connecting: every client is there, or has failed often.
func (l *Load) allAnswered(int64) bool {
	if l.answered >= len(l.clients) && l.counts.Connected == 0 {
		l.over = true
		return false
	}
	return l.answered >= len(l.clients) || !l.plan.WaitAll && l.ready > 0 && len(l.fresher) < len(l.clients)
}

// passed reports whether the step has lasted for d.
func (l *Load) passed(d time.Duration) func(int64) bool {
	return func(now int64) bool { return now-l.stepFrom >= int64(d) }
}

// warm publishes what does not count: at the rate that the schedule begins
// with, or as fast as possible.
func (l *Load) warm(now int64) {
	l.settleRoutes()
	l.cadence = cadence{n: l.cadence.n, start: now, total: math.MaxUint64}
	if s := l.plan.Schedule; s != nil {
		rate := s.Rate(0)
		if rate <= 0 {
			return
		}
		l.cadence.schedule = constant(rate)
	}
	l.setPublishing()
}

func (l *Load) setPublishing() {
	l.cadence.on = len(l.pubs) > 0
	for _, p := range l.pubs {
		p.turn = 0
		l.wake(p)
	}
}

// measure begins the measured time.
func (l *Load) measure(now int64) {
	l.series.start = now
	l.series.limit = int((l.plan.Duration + time.Second - 1) / time.Second)
	for _, p := range l.pubs {
		p.measured = p.next
	}
	l.lat.Ack, l.lat.Response, l.lat.Service = Histogram{}, Histogram{}, Histogram{}
	l.idle = 0
}

// publish begins the measured time of messages.
func (l *Load) publish(now int64) {
	if l.plan.Warmup == 0 {
		l.settleRoutes()
	}
	l.measure(now)
	l.cadence = cadence{n: l.cadence.n, start: now, measured: true, schedule: l.plan.Schedule, total: l.total()}
	l.setPublishing()
}

// total returns how many messages the measured time has.
func (l *Load) total() uint64 {
	n := uint64(math.MaxUint64)
	if l.plan.Count > 0 {
		n = l.plan.Count
	}
	if s := l.plan.Schedule; s != nil && l.plan.Duration > 0 {
		n = min(n, s.Count(l.plan.Duration))
	}
	return n
}

// published ends the measured time.
func (l *Load) published(now int64) bool {
	c := &l.cadence
	if l.plan.Duration > 0 && now-l.stepFrom >= int64(l.plan.Duration) {
		return true
	}
	if c.schedule != nil {
		return l.plan.Duration == 0 && c.ready >= c.total
	}
	return c.turned >= c.total
}

// stop ends the measured time. What was due and is late is still sent.
func (l *Load) stop(now int64) {
	l.ended, l.busyAtEnd = now, l.view(now).Busy
	l.deadline = now + max(20_000_000, (now-l.series.start)/100)
	c := &l.cadence
	if c.schedule == nil {
		c.on = false
		l.counts.Intended = l.counts.Sent
		for _, s := range l.series.seconds {
			s.Intended = s.Sent
		}
		return
	}
	c.total = min(c.total, c.ready)
}

// drained ends the wait for what is on its way.
func (l *Load) drained(now int64) bool {
	limit := l.plan.Drain
	if limit == 0 {
		limit = max(2*time.Second, 5*time.Duration(l.response().quantile(99.9)))
	}
	c := &l.cadence
	// What seems lost may still come: a session that is resumed is sent it again.
	settled := l.owed == 0 && l.counts.Lost == 0 && l.unacked == 0 && (c.schedule == nil || c.turned >= c.ready)
	if !settled && l.ran(now)-l.stepRan < int64(limit) {
		return false
	}
	c.on = false
	l.giveUp()
	return true
}

// response returns the distribution that speaks for the load.
func (l *Load) response() *Histogram {
	if l.lat.Response.H != nil {
		return &l.lat.Response
	}
	return &l.lat.Service
}

// steady is a schedule of a constant rate, for the warm-up.
type steady struct{ every float64 }

func constant(rate float64) pace.Schedule { return steady{1e9 / rate} }

func (s steady) Due(i uint64) time.Duration   { return time.Duration(float64(i) * s.every) }
func (s steady) Count(d time.Duration) uint64 { return uint64(math.Ceil(float64(d) / s.every)) }
func (s steady) Rate(time.Duration) float64   { return 1e9 / s.every }
func (s steady) Name() string                 { return "constant" }
