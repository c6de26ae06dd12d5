package load

import (
	"testing"
	"time"
)

func TestPacingCountsMessages(t *testing.T) {
	t.Parallel()
	p := plan("pipe:1", topics(2), nil)
	p.Schedule, p.Duration = constant(1000), 3*time.Second
	l, err := newLoad(p)
	if err != nil {
		t.Fatal(err)
	}
	const start = 1e9
	l.publish(start)
	for now := int64(0); now < 1000e6; now += 1e6 {
		l.advance(start + now)
	}
	l.advance(start + 2000e6) // a second late: as many messages as before are due at once
	h := l.lat.Pacing
	if n := h.H.TotalCount(); n != 2001 {
		t.Errorf("%d values, want one of each of the 2001 messages", n)
	}
	near(t, "p49", quantileOf(h, 49), 0)
	near(t, "p75", quantileOf(h, 75), 559*time.Millisecond) // of the first of its part
	near(t, "max", quantileOf(h, 100), time.Second)
}
