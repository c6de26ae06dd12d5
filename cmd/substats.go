package cmd

import (
	"fmt"
	"time"

	"mqt/internal/mqtt"
	"mqt/sub"
)

// subStats is what --stats says at the end.
type subStats struct {
	env    *Env
	start  time.Time
	topics sub.Changes
}

// newSubStats returns nil, which counts nothing, without --stats.
func (o *subOptions) newSubStats(env *Env) *subStats {
	if !o.Stats {
		return nil
	}
	return &subStats{env: env, start: env.Now()}
}

// count wraps a sink so that topics are counted.
func (s *subStats) count(sink func(mqtt.Message) error) func(mqtt.Message) error {
	if s == nil {
		return sink
	}
	return func(m mqtt.Message) error {
		s.topics.Changed(m.Topic, nil)
		return sink(m)
	}
}

// report writes the line to standard error.
func (s *subStats) report(n sub.Stats) {
	if s != nil {
		s.env.notef("%s", statsText(n, s.topics.Topics(), s.env.Now().Sub(s.start)))
	}
}

func statsText(n sub.Stats, topics int, d time.Duration) string {
	of, rate := "", 0.0
	if n.Received != n.Delivered {
		of = fmt.Sprintf(" of %d", n.Received)
	}
	if d > 0 {
		rate = float64(n.Delivered) / d.Seconds()
	}
	return fmt.Sprintf("%d%s messages, %d bytes, %d topics in %.1f s: %.1f messages/s",
		n.Delivered, of, n.Bytes, topics, d.Seconds(), rate)
}
