package pub

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
)

// after yields a message after each of the waits, and then err if there is one.
func after(waits []time.Duration, err error) iter.Seq2[mqtt.Message, error] {
	return func(yield func(mqtt.Message, error) bool) {
		for _, d := range waits {
			time.Sleep(d)
			if !yield(mqtt.Message{}, nil) {
				return
			}
		}
		if err != nil {
			yield(mqtt.Message{}, err)
		}
	}
}

// times returns when src yields messages, counted from now, and its error.
func times(src iter.Seq2[mqtt.Message, error]) (at []time.Duration, err error) {
	start := time.Now()
	for _, e := range src {
		if e != nil {
			return at, e
		}
		at = append(at, time.Since(start))
	}
	return at, nil
}

func TestEvery(t *testing.T) {
	t.Parallel()
	const s, ms = time.Second, time.Millisecond
	broken := errors.New("broken")
	tests := []struct {
		name     string
		waits    []time.Duration
		interval time.Duration
		err      error
		want     []time.Duration
	}{
		{name: "a fast source", waits: []time.Duration{0, 0, 0}, interval: 2 * s, want: []time.Duration{0, 2 * s, 4 * s}},
		{name: "first late", waits: []time.Duration{3 * s, 0}, interval: s, want: []time.Duration{3 * s, 4 * s}},
		{name: "a slow source", waits: []time.Duration{0, 5 * s, 5 * s}, interval: s, want: []time.Duration{0, 5 * s, 10 * s}},
		{name: "a little late is caught up", waits: []time.Duration{0, 250 * ms, 0, 0}, interval: 100 * ms,
			want: []time.Duration{0, 250 * ms, 250 * ms, 300 * ms}},
		{name: "a long silence is not", waits: []time.Duration{0, 3 * s, 0, 0}, interval: 100 * ms,
			want: []time.Duration{0, 3 * s, 3*s + 100*ms, 3*s + 200*ms}},
		{name: "an error does not wait", waits: []time.Duration{0}, interval: time.Hour, err: broken, want: []time.Duration{0}},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			got, err := times(Every(t.Context(), after(tt.waits, tt.err), tt.interval))
			if err != tt.err || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s: Every = %v, %v, want %v, %v", tt.name, got, err, tt.want, tt.err)
			}
			if last := tt.want[len(tt.want)-1]; time.Since(start) != last {
				t.Errorf("%s: Every took %v, want %v", tt.name, time.Since(start), last)
			}
		})
	}
}

func TestEveryEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
		defer cancel()
		start := time.Now()
		got, _ := times(Every(ctx, Repeat(ctx, mqtt.Message{}, 5, 0), time.Hour))
		if want := []time.Duration{0, time.Hour}; !reflect.DeepEqual(got, want) || time.Since(start) != 90*time.Minute {
			t.Errorf("Every = %v until %v, want %v until 1h30m", got, time.Since(start), want)
		}
	})
}

func TestLimit(t *testing.T) {
	t.Parallel()
	for n, want := range []int{0, 1, 2, 3, 3} {
		asked, got := 0, 0
		src := func(yield func(mqtt.Message, error) bool) {
			for asked < 3 {
				asked++
				if !yield(mqtt.Message{}, nil) {
					return
				}
			}
		}
		for range Limit(src, uint64(n)) {
			got++
		}
		if got != want || asked != want {
			t.Errorf("Limit(%d) yielded %d messages of %d asked for, want %d", n, got, asked, want)
		}
	}
}
