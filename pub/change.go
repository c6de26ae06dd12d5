package pub

import (
	"fmt"
	"iter"

	"mqt/internal/mqtt"
)

// Change yields the messages of src as f leaves them. An error of f ends it,
// and says which message it is about, the first being message 1.
func Change(src iter.Seq2[mqtt.Message, error], f func(m *mqtt.Message) error) iter.Seq2[mqtt.Message, error] {
	return func(yield func(mqtt.Message, error) bool) {
		n := uint64(0)
		for m, err := range src {
			n++
			if err == nil {
				if err = f(&m); err != nil {
					m, err = mqtt.Message{}, fmt.Errorf("message %d: %w", n, err)
				}
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}
