package bench

import (
	"time"

	"mqt/bench/internal/load"
	"mqt/bench/result"
	"mqt/internal/usage"
)

// observer sees a load four times a second: it tells Config.Watch, and keeps
// what was used in the measured time. Its methods are called in turn, by the
// watching goroutine and then by Run.
type observer struct {
	c       Config
	planned int
	canary  *canary

	before      load.View     // at the end of the last interval
	at          time.Time     // when that was
	last        used          // then
	began, done used          // of the measured time
	first       int64         // resident bytes of this process before the load
	largest     int64         // and the most since
	connected   int64         // resident bytes of it when all had connected
	runtime     runtimeCounts // when the measured time began
	seconds     []targetSecond
}

// used is what was used so far.
type used struct {
	at     time.Time
	own    time.Duration // processor time of this process
	target time.Duration
	all    time.Duration // of all processes of the machine; 0 is unknown
	rss    *int64        // of the target; nil is unknown
	known  bool          // the target's is known
}

// targetSecond is what the target used in a second of the measured time.
type targetSecond struct {
	cpu *float64
	rss *int64
}

func newObserver(c Config, planned int, y *canary) *observer {
	o := &observer{c: c, planned: planned, canary: y, at: time.Now(), first: usage.OwnResident(), runtime: readRuntime()}
	o.last = o.use()
	return o
}

func (o *observer) use() used {
	u := used{at: time.Now(), own: usage.Own()}
	if pid := o.c.Target.PID; pid != 0 {
		if t, err := usage.Process(pid); err == nil {
			u.target, u.known = t, true
			u.all, _ = usage.Machine() // 0 when it is unknown
		}
		if n, err := usage.Resident(pid); err == nil {
			u.rss = &n
		}
	}
	return u
}

// view takes a look at the load.
func (o *observer) view(v load.View) {
	now := o.use()
	o.largest = max(o.largest, usage.OwnResident())
	if v.Phase != o.before.Phase {
		o.enter(v.Phase, now)
	}
	if v.Phase == result.Measuring {
		o.second(v, now)
	}
	if o.c.Watch != nil {
		o.c.Watch(o.snapshot(v, now))
	}
	o.before, o.at, o.last = v, now.at, now
}

// enter takes note of a new phase.
func (o *observer) enter(p result.Phase, now used) {
	if o.before.Phase == result.Connecting {
		o.connected = usage.OwnResident()
	}
	switch {
	case p == result.Measuring:
		o.began, o.runtime = now, readRuntime()
		o.canary.reset()
	case o.before.Phase == result.Measuring:
		o.done = now
	}
}

// second keeps the target's use of the second that v is in.
func (o *observer) second(v load.View, now used) {
	i := int(v.Elapsed / time.Second)
	for len(o.seconds) <= i {
		o.seconds = append(o.seconds, targetSecond{})
	}
	o.seconds[i] = targetSecond{processors(o.last, now), now.rss}
}

// processors returns how many processors the target used between two looks;
// nil is unknown, as it is when they are too near for the system's clock of
// processor time.
func processors(from, to used) *float64 {
	d := to.at.Sub(from.at)
	if !from.known || !to.known || d < 50*time.Millisecond {
		return nil
	}
	n := float64(to.target-from.target) / float64(d)
	return &n
}

func (o *observer) snapshot(v load.View, now used) result.Snapshot {
	s := result.Snapshot{
		Phase: v.Phase, Elapsed: v.Elapsed, Length: v.Length, Clients: v.Clients, Planned: o.planned,
		Counts: v.Counts, Target: v.Target, Generator: result.OK,
		TargetCPU: processors(o.last, now), TargetRSS: now.rss,
	}
	if d := now.at.Sub(o.at).Seconds(); d > 0 {
		s.Sent = float64(v.Counts.Sent-min(v.Counts.Sent, o.before.Counts.Sent)) / d
		s.Received = float64(v.Counts.Delivered-min(v.Counts.Delivered, o.before.Counts.Delivered)) / d
	}
	h := &v.Latencies.Response
	if h.H == nil {
		h = &v.Latencies.Service
	}
	if h.H != nil {
		s.Response = result.Summarize(h.H, h.Clipped)
	}
	if r := v.Recent; r != nil && r.H != nil {
		p99 := r.H.ValueAtQuantile(99) * 1000
		s.RecentP99 = &p99
	}
	if s.Reasons = o.limited(v); len(s.Reasons) > 0 {
		s.Generator = result.Limited
	}
	return s
}

// series returns the seconds of the measured time.
func (o *observer) series(out *load.Outcome) []result.Second {
	all := []result.Second{}
	for i, s := range out.Seconds {
		r := second(i, s)
		if i < len(o.seconds) {
			r.TargetCPU, r.TargetRSS = o.seconds[i].cpu, o.seconds[i].rss
		}
		all = append(all, r)
	}
	return all
}
