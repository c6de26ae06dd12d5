package pub

import (
	"context"
	"errors"
	"io"
	"iter"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
)

// fakePublisher answers each message after delay with what answer says.
type fakePublisher struct {
	delay  time.Duration
	answer func(n int) error
	fail   error // of PublishAsync, from the third message on
	silent bool  // never answers; Flush returns at once

	wg   sync.WaitGroup
	seen []string
	at   []time.Time
}

func (p *fakePublisher) PublishAsync(m mqtt.Message, done func(error)) error {
	n := len(p.seen)
	if p.fail != nil && n == 2 {
		return p.fail
	}
	p.seen = append(p.seen, string(m.Payload))
	p.at = append(p.at, time.Now())
	if p.silent {
		return nil
	}
	p.wg.Go(func() {
		time.Sleep(p.delay)
		var err error
		if p.answer != nil {
			err = p.answer(n)
		}
		done(err)
	})
	return nil
}

func (p *fakePublisher) Flush(ctx context.Context) error {
	p.wg.Wait()
	return ctx.Err()
}

func TestRun(t *testing.T) {
	t.Parallel()
	refusal := &mqtt.ReasonError{Op: "publish", Code: mqtt.NotAuthorized}
	lost := errors.New("connection lost")
	third := func(err error) func(int) error {
		return func(n int) error {
			if n == 2 {
				return err
			}
			return nil
		}
	}
	tests := []struct {
		name string
		p    *fakePublisher
		in   io.Reader
		want Stats
		err  error
	}{
		{name: "all acknowledged", p: &fakePublisher{}, want: Stats{Sent: 4, Acked: 4}},
		{name: "refused", p: &fakePublisher{answer: third(refusal)}, want: Stats{Sent: 4, Acked: 3, Refused: 1}, err: refusal},
		{name: "lost", p: &fakePublisher{answer: third(lost)}, want: Stats{Sent: 4, Acked: 3, Lost: 1},
			err: &LostError{Lost: 1, Sent: 4, Err: lost}},
		{name: "never answered", p: &fakePublisher{silent: true}, want: Stats{Sent: 4}, err: &LostError{Lost: 4, Sent: 4}},
		{name: "client over", p: &fakePublisher{fail: lost}, want: Stats{Sent: 2, Acked: 2}, err: lost},
		{name: "no messages", p: &fakePublisher{}, in: strings.NewReader("")},
	}
	for _, tt := range tests {
		if tt.in == nil {
			tt.in = strings.NewReader("a\nb\nc\nd\n")
		}
		got, err := Run(t.Context(), tt.p, Lines(mqtt.Message{QoS: 1}, tt.in), Options{})
		var le *LostError
		if errors.As(err, &le) {
			if !reflect.DeepEqual(le, tt.err) {
				t.Errorf("%s: Run = %#v, want %#v", tt.name, le, tt.err)
			}
		} else if !errors.Is(err, tt.err) {
			t.Errorf("%s: Run = %v, want %v", tt.name, err, tt.err)
		}
		if got != tt.want {
			t.Errorf("%s: Run = %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// What was accepted before the source failed is still waited for.
func TestRunSourceError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &fakePublisher{delay: time.Second}
		got, err := Run(t.Context(), p, NDJSON(strings.NewReader("{\"topic\":\"t\"}\nnope\n")), Options{})
		if want := (Stats{Sent: 1, Acked: 1}); got != want || err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("Run = %+v, %v, want %+v and the source's error", got, err, want)
		}
	})
}

func TestRunOneByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := &fakePublisher{delay: time.Second}
		if _, err := Run(t.Context(), p, Repeat(t.Context(), mqtt.Message{}, 3, 2*time.Second), Options{OneByOne: true}); err != nil {
			t.Fatal(err)
		}
		var at []time.Duration
		for _, when := range p.at {
			at = append(at, when.Sub(start))
		}
		if want := []time.Duration{0, 3 * time.Second, 6 * time.Second}; !reflect.DeepEqual(at, want) {
			t.Errorf("published at %v, want %v: the delay runs from delivery to delivery", at, want)
		}
	})
}

func TestRunCancelled(t *testing.T) {
	t.Parallel()
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	endless := iter.Seq2[mqtt.Message, error](func(yield func(mqtt.Message, error) bool) {
		for i := 0; yield(mqtt.Message{}, nil); i++ {
			if i == 10 {
				cancel(cause)
			}
		}
	})
	got, err := Run(ctx, &fakePublisher{}, endless, Options{})
	if err != cause || got.Sent != 11 {
		t.Errorf("Run = %+v, %v, want 11 sent and %v", got, err, cause)
	}
}
