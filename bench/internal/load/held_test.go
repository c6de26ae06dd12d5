package load

import (
	"testing"
	"time"

	"mqt/bench/result"
)

// A wait for messages does not end with the time in which nobody looked for
// them: they may be there.
func TestNothingIsLostWhileHeldUp(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{Messages, Offline} {
		p := plan("127.0.0.1:1", topics(1), []string{"#"})
		p.Kind, p.Drain = kind, time.Second
		l, err := newLoad(p)
		if err != nil {
			t.Fatal(err)
		}
		l.owed, l.series.start = 1, 1
		now := int64(time.Minute)
		waits := map[Kind]result.Phase{Messages: result.Draining, Offline: result.Measuring}[kind]
		for i, s := range l.steps {
			if s.phase == waits {
				l.now = now
				l.enter(i, now)
				break
			}
		}
		at := l.at
		now += int64(3 * time.Second)
		if l.step(t.Context(), now); l.at != at {
			t.Errorf("kind %v: the wait ends with a pause", kind)
		}
		looks := looksUntil(t, l, now, func() bool { return l.at != at || l.over })
		if want := int((p.Drain - heldUp) / choreEvery); looks < want || looks > want+1 {
			t.Errorf("kind %v: the wait ends after %d looks, want %d", kind, looks, want)
		}
	}
}

// looksUntil has the load look at what is due, in time, until it has done
// something, and returns how often.
func looksUntil(t *testing.T, l *Load, now int64, done func() bool) int {
	looks := 0
	for ; !done() && looks < 1000; looks++ {
		now += choreEvery
		l.step(t.Context(), now)
	}
	return looks
}

// An attempt to connect does not end with that time either.
func TestAttemptsOutlastAPause(t *testing.T) {
	t.Parallel()
	p := plan("127.0.0.1:1", topics(1), nil)
	p.ConnectTimeout = time.Second
	l, err := newLoad(p)
	if err != nil {
		t.Fatal(err)
	}
	l.begin(0)
	if l.dial(0) == nil {
		t.Fatal("the client does not connect")
	}
	now := int64(3 * time.Second)
	if l.step(t.Context(), now); len(l.hangUps) != 0 {
		t.Error("the attempt ends with a pause")
	}
	looks := looksUntil(t, l, now, func() bool { return len(l.hangUps) > 0 })
	if want := int((p.ConnectTimeout - heldUp) / choreEvery); looks < want || looks > want+1 {
		t.Errorf("the attempt ends after %d looks, want %d", looks, want)
	}
}

// A wait ends even where the process is held up again and again.
func TestWaitsEnd(t *testing.T) {
	t.Parallel()
	p := plan("127.0.0.1:1", topics(1), []string{"#"})
	p.Drain = time.Second
	l, err := newLoad(p)
	if err != nil {
		t.Fatal(err)
	}
	l.owed, l.series.start = 1, 1
	now := int64(time.Minute)
	l.now = now
	l.enter(len(l.steps)-1, now)
	looks := 0
	for ; !l.over && looks < 1000; looks++ {
		now += int64(3 * time.Second)
		l.step(t.Context(), now)
	}
	if want := int(p.Drain / heldUp); looks != want {
		t.Errorf("the wait ends after %d looks, want %d", looks, want)
	}
}

// A pause does not lengthen waits that begin after it.
func TestAttemptsEndAfterAPause(t *testing.T) {
	t.Parallel()
	p := plan("127.0.0.1:1", topics(1), nil)
	p.ConnectTimeout = time.Second
	l, err := newLoad(p)
	if err != nil {
		t.Fatal(err)
	}
	l.begin(0)
	now := int64(10 * time.Minute)
	l.step(t.Context(), now)
	if l.dial(now) == nil {
		t.Fatal("the client does not connect")
	}
	looks := looksUntil(t, l, now, func() bool { return len(l.hangUps) > 0 })
	if want := int(p.ConnectTimeout / choreEvery); looks < want || looks > want+1 {
		t.Errorf("the attempt ends after %d looks, want %d", looks, want)
	}
}

// Nor that for the next delivery when the one before came with its end.
func TestSilenceEndsAfterAPause(t *testing.T) {
	t.Parallel()
	p := plan("127.0.0.1:1", topics(1), []string{"#"})
	p.Kind, p.Drain = Offline, time.Second
	l, err := newLoad(p)
	if err != nil {
		t.Fatal(err)
	}
	l.owed, l.series.start = 2, 1
	now := int64(time.Minute)
	l.now = now
	for i, s := range l.steps {
		if s.phase == result.Measuring {
			l.enter(i, now)
			break
		}
	}
	at := l.at
	now += int64(10 * time.Minute)
	l.delivered(arrived{sub: l.subs[0]}, now) // the engine reads before it takes a step
	looks := 0
	for ; l.at == at && !l.over && looks < 1000; looks++ {
		l.step(t.Context(), now)
		now += choreEvery
	}
	if want := int(p.Drain/choreEvery) + 1; looks < want || looks > want+1 {
		t.Errorf("the wait ends after %d looks, want %d", looks, want)
	}
}
