package load

import (
	"time"

	"mqt/bench/result"
	"mqt/internal/wire"
)

// Loads of this file have the broker keep messages, then time how long it
// takes to hand them out.

// silence ends the wait for what is kept: nothing has come for so long.
const silence = 2 * time.Second

// cleanLimit is the longest that cleaning up may take.
const cleanLimit = 10 * time.Second

// stored reports whether messages are published before measuring begins.
func (l *Load) stored() bool { return l.plan.Kind == Retained || l.plan.Kind == Offline }

// store is the step that publishes what is to be kept.
func (l *Load) store() step {
	return step{phase: result.Warming, begin: func(now int64) {
		l.settleRoutes()
		l.cadence = cadence{n: l.cadence.n, start: now, measured: true, schedule: l.plan.Schedule, total: l.total()}
		l.setPublishing()
	}, done: func(now int64) bool {
		if !l.published(now) {
			return false
		}
		c := &l.cadence
		c.total = min(c.total, max(c.ready, c.turned))
		settled := l.unacked == 0 && (c.schedule == nil || c.turned >= c.ready)
		if !settled && now-l.stepFrom < int64(l.plan.Duration+cleanLimit) {
			return false
		}
		c.on = false
		l.counts.Intended = max(l.counts.Intended, l.counts.Sent)
		return true
	}}
}

// fetch is the step that waits until everything kept has come.
func (l *Load) fetch(begin func(now int64)) step {
	return step{phase: result.Measuring, begin: func(now int64) {
		l.measureStored(now)
		begin(now)
	}, done: func(now int64) bool {
		wait := silence
		if l.plan.Drain > 0 {
			wait = l.plan.Drain
		}
		return l.owed == 0 || l.ran(now)-max(l.lastRan, l.stepRan) > int64(wait)
	}}
}

// measureStored begins the measured time of messages that are sent already.
func (l *Load) measureStored(now int64) {
	l.series.start = now
	l.idle = 0
}

// finish is the step that ends the measured time.
func (l *Load) finish() step {
	return step{phase: result.Draining, begin: func(now int64) {
		l.ended, l.busyAtEnd = now, l.view(now).Busy
		if l.last > l.series.start && l.owed == 0 {
			l.ended = l.last
		}
		l.giveUp()
	}, done: at}
}

func (l *Load) retainedSteps() []step {
	subscribe := func(now int64) {
		for _, s := range l.subs {
			if s.client.phase == ready {
				l.ready--
				if err := s.client.subscribe(now); err != nil {
					l.hangUp(s.client, err)
				}
				l.flushes = append(l.flushes, s.client)
			}
		}
		l.subscribeLater = false
	}
	clean := step{phase: result.Draining, begin: l.clearRetained, done: func(now int64) bool {
		return l.allPonged() || now-l.stepFrom > int64(cleanLimit)
	}}
	return []step{l.store(), l.fetch(subscribe), l.finish(), clean}
}

// clearRetained takes the retained messages away. PINGREQ follows them: when
// it is answered, they are gone.
func (l *Load) clearRetained(now int64) {
	for _, s := range l.subs {
		l.leave(s.client, true) // this is not for them
	}
	for _, p := range l.pubs {
		if p.client.phase != ready {
			continue
		}
		for seq := range p.next {
			p.client.out = l.frames.append(p.client.out, message{from: p, seq: seq, clear: true})
		}
		p.client.out, _ = (&wire.Pingreq{}).Append(p.client.out, l.plan.Version) // never fails
		p.client.pinged, p.client.active = true, now
		l.flushes = append(l.flushes, p.client)
	}
}

// allPonged reports whether no publisher waits for PINGRESP.
func (l *Load) allPonged() bool {
	for _, p := range l.pubs {
		if p.client.phase == ready && p.client.pinged {
			return false
		}
	}
	return true
}

func (l *Load) offlineSteps() []step {
	var all []*client
	for _, s := range l.subs {
		all = append(all, s.client)
	}
	leave := step{phase: result.Warming, begin: func(int64) {
		for _, c := range all {
			l.leave(c, true)
		}
	}, done: at}
	clean := step{phase: result.Draining, begin: func(now int64) {
		l.cleaning = true
		for _, c := range all {
			l.leave(c, true)
		}
		l.comeBack(all, now)
	}, done: func(now int64) bool {
		return l.ready >= len(l.clients) || now-l.stepFrom > int64(cleanLimit)
	}}
	fetch := l.fetch(func(now int64) { l.comeBack(all, now) })
	return []step{leave, l.store(), fetch, l.finish(), clean}
}
