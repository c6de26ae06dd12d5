package cmd

import (
	"time"

	"mqt/sub"
)

// ticking is output that comes with the time, not with messages. The zero
// value has not started.
type ticking struct {
	quit chan struct{}
	done chan struct{} // run has returned
}

// start calls f every so often, until it fails or close is called.
func (t *ticking) start(every time.Duration, f func() error) {
	t.quit, t.done = make(chan struct{}), make(chan struct{})
	go t.run(every, f) // ends when quit is closed
}

func (t *ticking) run(every time.Duration, f func() error) {
	defer close(t.done)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-t.quit:
			return
		case <-tick.C:
		}
		if f() != nil {
			return
		}
	}
}

// tickGrace is how long the last output may take when nobody reads it.
const tickGrace = time.Second

// close waits for the output that is being written, if any, and no longer than
// tickGrace.
func (t *ticking) close() error {
	if t.quit == nil {
		return nil // it was never started
	}
	close(t.quit)
	grace := time.NewTimer(tickGrace)
	defer grace.Stop()
	select {
	case <-t.done:
		return nil
	case <-grace.C:
		return sub.ErrBlocked
	}
}
