package pub

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// recording returns records that carry these seconds after some time.
func recording(seconds ...float64) string {
	var b strings.Builder
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i, s := range seconds {
		at := begin.Add(time.Duration(s * float64(time.Second)))
		fmt.Fprintf(&b, `{"time":%q,"topic":"t","payload":"%d"}`+"\n", at.Format(time.RFC3339Nano), i)
	}
	return b.String()
}

func TestReplay(t *testing.T) {
	t.Parallel()
	again := func(n int, text string) func() (io.Reader, error) {
		return func() (io.Reader, error) {
			if n--; n == 0 {
				return nil, io.ErrNoProgress
			}
			return strings.NewReader(text), nil
		}
	}
	const s = time.Second
	tests := []struct {
		name string
		in   string
		o    ReplayOptions
		want []time.Duration
		err  string
	}{
		{name: "as recorded", in: recording(0, 1.5, 1.5, 4), want: []time.Duration{0, 3 * s / 2, 3 * s / 2, 4 * s}},
		{name: "twice as fast", in: recording(0, 1, 4), o: ReplayOptions{Speed: 2}, want: []time.Duration{0, s / 2, 2 * s}},
		{name: "slower", in: recording(0, 1), o: ReplayOptions{Speed: 0.25}, want: []time.Duration{0, 4 * s}},
		{name: "back in time", in: recording(0, 2, -5, 3), want: []time.Duration{0, 2 * s, 2 * s, 3 * s}},
		{name: "again", in: recording(0, 2, 3, 6), o: ReplayOptions{Again: again(2, recording(10, 11))},
			want: []time.Duration{0, 2 * s, 3 * s, 6 * s, 8 * s, 9 * s}, err: io.ErrNoProgress.Error()},
		{name: "again, faster", in: recording(0, 2), o: ReplayOptions{Speed: 2, Again: again(2, recording(0))},
			want: []time.Duration{0, s, 2 * s}, err: io.ErrNoProgress.Error()},
		{name: "one again and again", in: recording(0), o: ReplayOptions{Again: again(3, recording(0))},
			want: []time.Duration{0, s, 2 * s}, err: io.ErrNoProgress.Error()},
		{name: "nothing again", in: "\n", o: ReplayOptions{Again: again(9, "\n")}},
		{name: "no time", in: "\n" + `{"topic":"t"}`, err: "line 2: the record has no time to be replayed at"},
		{name: "broken", in: recording(0, 1) + "x", want: []time.Duration{0, s}, err: "line 3: "},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			got, err := times(Replay(t.Context(), strings.NewReader(tt.in), tt.o))
			text := errText(err)
			if !reflect.DeepEqual(got, tt.want) || !strings.HasPrefix(text, tt.err) || (text == "") != (tt.err == "") {
				t.Errorf("%s: Replay at %v, %v, want %v, %q", tt.name, got, err, tt.want, tt.err)
			}
		})
	}
}

// A long replay that is slowed down waits until it is interrupted.
func TestReplayEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
		defer cancel()
		start := time.Now()
		n := 0
		for m, err := range Replay(ctx, strings.NewReader(recording(0, 1e9)), ReplayOptions{Speed: 1e-6}) {
			if n++; err != nil || !m.Received.IsZero() || string(m.Payload) != "0" {
				t.Errorf("Replay = %+v, %v, want the first message without time", m, err)
			}
		}
		if n != 1 || time.Since(start) != 90*time.Minute {
			t.Errorf("Replay yielded %d messages and ended after %v, want 1 and 1h30m", n, time.Since(start))
		}
	})
}

func TestRewinder(t *testing.T) {
	t.Parallel()
	seekable := strings.NewReader("beforewhat comes")
	if _, err := io.CopyN(io.Discard, seekable, int64(len("before"))); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]io.Reader{"file": seekable, "pipe": iotest.HalfReader(io.MultiReader(strings.NewReader("what"), strings.NewReader(" comes")))} {
		w := NewRewinder(r)
		var round io.Reader = w
		for i := range 3 {
			if got, err := io.ReadAll(round); string(got) != "what comes" || err != nil {
				t.Errorf("%s, round %d: read %q, %v", name, i, got, err)
			}
			var err error
			if round, err = w.Again(); err != nil {
				t.Fatal(err)
			}
		}
	}
	small := NewRewinder(io.MultiReader(strings.NewReader("123456789")))
	small.limit = 8
	if _, err := io.ReadAll(small); err == nil || !strings.Contains(err.Error(), "too large to be repeated") {
		t.Errorf("read beyond the limit: %v", err)
	}
}
