package load

import (
	"testing"

	"mqt/bench/result"
)

// While the load warms up, those who watch see what is sent then.
func TestViewOfWarmUp(t *testing.T) {
	t.Parallel()
	l := &Load{steps: []step{{phase: result.Warming}}}
	p := &publisher{load: l, measured: notMeasured, fanout: 2}
	p.sent(message{size: 16}, 1)
	if got, want := l.view(1).Counts, (result.Counts{Sent: 1, Expected: 2}); got != want {
		t.Errorf("the view of the warm-up has %+v, want %+v", got, want)
	}
	l.steps[0].phase = result.Measuring
	if got := l.view(1).Counts; got != (result.Counts{}) {
		t.Errorf("the view of the measured time has %+v of the warm-up", got)
	}
}
