package pub

import (
	"context"
	"iter"
	"time"

	"mqt/internal/mqtt"
)

// maxLate is how far Every may fall behind before it gives up catching up.
const maxLate = time.Second

// Limit yields the first n messages of src, and asks it for no more.
func Limit(src iter.Seq2[mqtt.Message, error], n uint64) iter.Seq2[mqtt.Message, error] {
	return func(yield func(mqtt.Message, error) bool) {
		if n == 0 {
			return
		}
		left := n
		for m, err := range src {
			left--
			if !yield(m, err) || left == 0 {
				return
			}
		}
	}
}

// Every yields the messages of src no closer than interval to each other, on
// average: each has its time, counted from the first one's, and what was held
// up follows at once. After a second of delay, as when src had nothing, the
// count begins anew. It ends early when ctx is done.
func Every(ctx context.Context, src iter.Seq2[mqtt.Message, error], interval time.Duration) iter.Seq2[mqtt.Message, error] {
	return func(yield func(mqtt.Message, error) bool) {
		var due time.Time
		for m, err := range src {
			now := time.Now()
			if due.IsZero() || now.Sub(due) > maxLate {
				due = now
			}
			if d := due.Sub(now); d > 0 && err == nil && !wait(ctx, d) || !yield(m, err) {
				return
			}
			due = due.Add(interval)
		}
	}
}
