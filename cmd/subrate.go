package cmd

import (
	"fmt"
	"io"
	"sync"
	"time"

	"mqt/internal/mqtt"
)

// rateWriter is a format.Writer that says once a second how many messages
// there were, as mosquitto_sub --message-rate does.
type rateWriter struct {
	w io.Writer
	ticking

	mu  sync.Mutex // guards the fields below; not held while w is written to
	n   uint64     // messages in this second
	err error      // of w
}

func newRateWriter(w io.Writer) *rateWriter { return &rateWriter{w: w} }

// start begins the first second. The writer must be closed afterwards.
func (r *rateWriter) start() { r.ticking.start(time.Second, r.tell) }

// tell writes how many messages there were since the last time.
func (r *rateWriter) tell() error {
	r.mu.Lock()
	n := r.n
	r.n = 0
	r.mu.Unlock()
	_, err := fmt.Fprintf(r.w, "%d msgs/s\n", n)
	if err == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = fmt.Errorf("write output: %w", err)
	return r.err
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
