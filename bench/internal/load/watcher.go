package load

import (
	"sync"
	"time"

	"mqt/bench/result"
)

// watchEvery is how often a load is looked at, in nanoseconds.
const watchEvery = 250e6

// watcher calls Plan.Watch on its own goroutine. A nil one does nothing.
type watcher struct {
	views chan View
	task  sync.WaitGroup
	next  int64
}

func watch(f func(View)) *watcher {
	if f == nil {
		return nil
	}
	w := &watcher{views: make(chan View, 16)} // a load has fewer phases
	w.task.Go(func() {
		for v := range w.views {
			f(v)
		}
	})
	return w
}

// tick sends a view when it is time and the last one was taken.
func (w *watcher) tick(l *Load, now int64) {
	if w == nil || now < w.next || len(w.views) > 0 {
		return
	}
	w.phase(l, now)
}

// phase sends a view. When none is taken for long it is dropped.
func (w *watcher) phase(l *Load, now int64) {
	if w == nil {
		return
	}
	w.next = now + watchEvery
	v := l.view(now)
	recent := l.recent
	v.Recent = &recent
	l.recent = Histogram{}
	select {
	case w.views <- v:
	default:
	}
}

func (w *watcher) close() {
	if w != nil {
		close(w.views)
		w.task.Wait()
	}
}

// view returns what the load is like now.
func (l *Load) view(now int64) View {
	v := View{
		Phase:     l.steps[l.at].phase,
		Elapsed:   time.Duration(now - l.stepFrom),
		Length:    l.steps[l.at].length,
		Clients:   l.ready,
		Counts:    l.counts,
		Latencies: l.lat.copy(),
	}
	if v.Phase == result.Warming {
		v.Counts.Sent, v.Counts.Expected, v.Counts.Delivered = l.warmed.Sent, l.warmed.Expected, l.warmed.Delivered
	}
	if c := &l.cadence; c.on && c.schedule != nil {
		rate := c.schedule.Rate(time.Duration(now - c.start))
		v.Target = &rate
	}
	if l.series.start != 0 {
		if total := now - l.series.start; total > 0 {
			v.Busy = max(0, 1-float64(l.idle)/float64(total))
		}
	}
	return v
}
