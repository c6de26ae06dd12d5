package cmd

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"mqt/format"
	"mqt/internal/mqtt"
)

// sink returns where messages go: a writer in the format asked for, the screen
// of --watch, or the count of --message-rate. stop must be called.
func (m *mosquitto) sink(ctx context.Context, out io.Writer) (w format.Writer, stop func(), err error) {
	stop = func() {}
	if m.o.MessageRate {
		r := &rate{}
		ctx, cancel := context.WithCancel(ctx)
		var telling sync.WaitGroup
		telling.Go(func() { r.tell(ctx, out) })
		return r, func() { cancel(); telling.Wait() }, nil
	}
	if m.o.Watch && m.env.StdoutTTY {
		screen, err := newWatch(m.env, out, m.o.Host, m.writer)
		if err == nil {
			screen.start()
			stop = func() { _ = screen.close() } // it ends in any case
		}
		return screen, stop, err
	}
	if w, err = m.writer(out); err != nil || !m.o.Watch {
		return w, stop, err
	}
	_, err = fmt.Fprintf(out, "\x1b[2J\x1b[1;1HBroker: %s\n", escape(m.o.Host))
	return &watchFile{out: out, w: w, rows: map[string]int{}}, stop, err
}

// watchFile writes each topic's latest message to a row of its own, with the
// bytes that mosquitto_sub writes. A terminal gets better ones.
type watchFile struct {
	out  io.Writer
	w    format.Writer
	rows map[string]int
}

// Write implements format.Writer.
func (w *watchFile) Write(m mqtt.Message) error {
	row, ok := w.rows[m.Topic]
	if !ok {
		row = len(w.rows) + 2 // below the line about the broker
		w.rows[m.Topic] = row
	}
	if _, err := fmt.Fprintf(w.out, "\x1b[%d;1H", row); err != nil {
		return err
	}
	if err := w.w.Write(m); err != nil {
		return err
	}
	if err := w.w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w.out, "\x1b[%d;1H", len(w.rows)+1)
	return err
}

// Flush implements format.Writer.
func (w *watchFile) Flush() error { return nil }

// rate counts messages.
type rate struct{ n atomic.Int64 }

// Write implements format.Writer.
func (r *rate) Write(mqtt.Message) error { r.n.Add(1); return nil }

// Flush implements format.Writer.
func (r *rate) Flush() error { return nil }

// tell writes every second how many messages came in it.
func (r *rate) tell(ctx context.Context, out io.Writer) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, _ = fmt.Fprintf(out, "%d msgs/s\n", r.n.Swap(0)) // a closed output ends the run by itself
		}
	}
}
