package cmd

import (
	"fmt"
	"io"
	"sync"
	"time"

	"mqt/internal/mqtt"
	"mqt/sub"
)

// rateWriter is a format.Writer that says once a second how many messages
// there were, as mosquitto_sub --message-rate does.
type rateWriter struct {
	w    io.Writer
	quit chan struct{}
	done chan struct{} // run has returned

	mu  sync.Mutex // guards the fields below; not held while w is written to
	n   uint64     // messages in this second
	err error      // of w
}

func newRateWriter(w io.Writer) *rateWriter { return &rateWriter{w: w, quit: make(chan struct{})} }

// start begins the first second. The writer must be closed afterwards.
func (r *rateWriter) start() {
	r.done = make(chan struct{})
	go r.run() // ends when quit is closed
}

func (r *rateWriter) run() {
	defer close(r.done)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-r.quit:
			return
		case <-tick.C:
		}
		r.mu.Lock()
		n := r.n
		r.n = 0
		r.mu.Unlock()
		if _, err := fmt.Fprintf(r.w, "%d msgs/s\n", n); err != nil {
			r.mu.Lock()
			r.err = fmt.Errorf("write output: %w", err)
			r.mu.Unlock()
			return
		}
	}
}

// Write counts a message. It returns the error of the last line.
func (r *rateWriter) Write(mqtt.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	return r.err
}

// Flush implements format.Writer; there is nothing to do.
func (r *rateWriter) Flush() error { return nil }

// rateGrace is how long the last line may take when nobody reads it.
const rateGrace = time.Second

// close waits for the line that is being written, if any, and no longer than
// rateGrace.
func (r *rateWriter) close() error {
	close(r.quit)
	if r.done == nil {
		return nil // it was never started
	}
	grace := time.NewTimer(rateGrace)
	defer grace.Stop()
	select {
	case <-r.done:
		return nil
	case <-grace.C:
		return sub.ErrBlocked
	}
}
