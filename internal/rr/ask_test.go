package rr

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
)

// fake is a client whose broker answers in a way of its own.
type fake struct {
	codes  []mqtt.ReasonCode
	answer func(f *fake, request mqtt.Message) error

	mu     sync.Mutex
	handle func(mqtt.Message)
	props  mqtt.Properties
	sent   []mqtt.Message
	done   chan struct{}
}

func newFake(answer func(*fake, mqtt.Message) error) *fake {
	return &fake{answer: answer, done: make(chan struct{})}
}

func (f *fake) SubscribeWith(_ context.Context, _ []mqtt.Subscription, props mqtt.Properties, handle func(mqtt.Message)) ([]mqtt.ReasonCode, error) {
	f.handle, f.props = handle, props
	return f.codes, nil
}

func (f *fake) Publish(_ context.Context, m mqtt.Message) error {
	f.mu.Lock()
	f.sent = append(f.sent, m)
	f.mu.Unlock()
	return f.answer(f, m)
}

func (f *fake) Done() <-chan struct{} { return f.done }
func (f *fake) Err() error            { return nil }

// echo answers after the given time, with the request's correlation data.
func echo(after time.Duration) func(*fake, mqtt.Message) error {
	return func(f *fake, m mqtt.Message) error {
		r := mqtt.Message{Topic: "answers", Payload: append([]byte("re: "), m.Payload...)}
		if m.Props.Has(mqtt.PropCorrelationData) {
			r.Props.SetText(mqtt.PropCorrelationData, m.Props.Text(mqtt.PropCorrelationData))
		}
		time.AfterFunc(after, func() { f.handle(r) })
		return nil
	}
}

func requests(payloads ...string) iter.Seq2[mqtt.Message, error] {
	return func(yield func(mqtt.Message, error) bool) {
		for _, p := range payloads {
			if !yield(mqtt.Message{Topic: "ask", Payload: []byte(p)}, nil) {
				return
			}
		}
	}
}

func subscription(t *testing.T, filter string) mqtt.Subscription {
	t.Helper()
	f, err := mqtt.ParseFilter(filter)
	if err != nil {
		t.Fatal(err)
	}
	return mqtt.Subscription{Filter: f}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	refusal := &mqtt.ReasonError{Op: "publish", Code: mqtt.NotAuthorized}
	broken := errors.New("broken")
	silentFor := func(payload string, then func(*fake, mqtt.Message) error) func(*fake, mqtt.Message) error {
		return func(f *fake, m mqtt.Message) error {
			if string(m.Payload) == payload {
				return nil
			}
			return then(f, m)
		}
	}
	tests := []struct {
		name string
		f    *fake
		o    Options
		sink error
		want []string // responses
		took time.Duration
		n    [2]uint64 // requests, responses
		err  error
	}{
		{name: "each its response", f: newFake(echo(time.Second)), o: Options{Correlate: true},
			want: []string{"re: a", "re: b"}, took: 2 * time.Second, n: [2]uint64{2, 2}},
		{name: "without correlation", f: newFake(echo(time.Second)), want: []string{"re: a", "re: b"}, took: 2 * time.Second, n: [2]uint64{2, 2}},
		{name: "at once, before Publish returns", f: newFake(func(f *fake, m mqtt.Message) error {
			f.handle(mqtt.Message{Payload: m.Payload})
			return nil
		}), want: []string{"a", "b"}, n: [2]uint64{2, 2}},
		{name: "one is late", f: newFake(silentFor("a", echo(time.Second))), o: Options{Correlate: true, Timeout: 3 * time.Second},
			want: []string{"re: b"}, took: 4 * time.Second, n: [2]uint64{2, 1}, err: ErrTimeout},
		{name: "refused", f: newFake(func(*fake, mqtt.Message) error { return refusal }), err: refusal},
		{name: "subscription refused", f: &fake{codes: []mqtt.ReasonCode{mqtt.NotAuthorized}}, err: &mqtt.ReasonError{Op: "subscribe", Code: mqtt.NotAuthorized}},
		{name: "sink", f: newFake(echo(0)), sink: broken, want: []string{"re: a"}, n: [2]uint64{1, 1}, err: broken},
		{name: "retained", f: newFake(func(f *fake, m mqtt.Message) error {
			f.handle(mqtt.Message{Payload: []byte("old"), Retain: true})
			return echo(time.Second)(f, m)
		}), o: Options{DropRetained: true}, want: []string{"re: a", "re: b"}, took: 2 * time.Second, n: [2]uint64{2, 2}},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			tt.f.done = make(chan struct{}) // in the bubble, or its time would stand still
			tt.o.Requests, tt.o.Response = requests("a", "b"), subscription(t, "answers")
			var got []string
			start := time.Now()
			stats, err := Ask(t.Context(), tt.f, tt.o, func(m mqtt.Message, _ time.Duration) error {
				got = append(got, string(m.Payload))
				return tt.sink
			})
			if !reflect.DeepEqual(err, tt.err) || !slices.Equal(got, tt.want) {
				t.Errorf("%s: Ask = %q, %v, want %q, %v", tt.name, got, err, tt.want, tt.err)
			}
			if n := [2]uint64{stats.Requests, stats.Responses}; n != tt.n || time.Since(start) != tt.took {
				t.Errorf("%s: Ask counted %v in %v, want %v in %v", tt.name, n, time.Since(start), tt.n, tt.took)
			}
		})
	}
}

// What a request carries, and which response is accepted for it.
func TestAskCorrelates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		own := mqtt.Message{Topic: "ask", Props: mqtt.Properties{{ID: mqtt.PropUser, Key: "k", Value: "v"}, {ID: mqtt.PropCorrelationData, Value: "mine"}}}
		src := func(yield func(mqtt.Message, error) bool) {
			for _, m := range []mqtt.Message{{Topic: "ask"}, {Topic: "ask"}, own} {
				if !yield(m, nil) {
					return
				}
			}
		}
		foreign := 0
		f := newFake(func(f *fake, m mqtt.Message) error {
			f.handle(mqtt.Message{Payload: []byte("without")})
			f.handle(mqtt.Message{Payload: []byte("other"), Props: mqtt.Properties{{ID: mqtt.PropCorrelationData, Value: "x"}}})
			return echo(time.Second)(f, m)
		})
		var got []string
		_, err := Ask(t.Context(), f, Options{Requests: src, Response: subscription(t, "answers"), Correlate: true,
			Foreign: func(mqtt.Message) { foreign++ }}, func(m mqtt.Message, took time.Duration) error {
			got = append(got, string(m.Payload)+" "+took.String())
			return nil
		})
		if want := []string{"re:  1s", "re:  1s", "re:  1s"}; err != nil || !slices.Equal(got, want) || foreign != 1 {
			t.Errorf("Ask = %q, %v, %d foreign, want %q and 1", got, err, foreign, want)
		}
		var data []string
		for _, m := range f.sent {
			if topic := m.Props.Text(mqtt.PropResponseTopic); topic != "answers" {
				t.Errorf("response topic %q", topic)
			}
			data = append(data, m.Props.Text(mqtt.PropCorrelationData))
		}
		if len(data[0]) != 16 || data[0] == data[1] || data[2] != "mine" {
			t.Errorf("correlation data %x, want 16 bytes, 16 others, mine", data)
		}
		if len(own.Props) != 2 {
			t.Errorf("the request of the caller was changed: %v", own.Props)
		}
	})
}

// What is on the topic already is the response where nothing tells them apart.
func TestAskEarly(t *testing.T) {
	t.Parallel()
	for _, correlate := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(func(f *fake, m mqtt.Message) error {
				f.handle(mqtt.Message{Payload: []byte("second")}) // must not block
				return echo(time.Second)(f, m)
			})
			src := func(yield func(mqtt.Message, error) bool) {
				for range 2 {
					p := []byte("early")
					f.handle(mqtt.Message{Payload: p, Received: time.Now()})
					clear(p) // it was valid during the call
				}
				time.Sleep(time.Second)
				yield(mqtt.Message{}, nil)
				f.handle(mqtt.Message{Payload: []byte("late")})
			}
			got, took := "", time.Duration(-1)
			_, err := Ask(t.Context(), f, Options{Requests: src, Response: subscription(t, "answers"), Correlate: correlate},
				func(m mqtt.Message, d time.Duration) error { got, took = string(m.Payload), d; return nil })
			want, wantTook := "early", time.Duration(0)
			if correlate {
				want, wantTook = "re: ", time.Second
			}
			if err != nil || got != want || took != wantTook {
				t.Errorf("Ask (correlate %t) = %q after %v, %v, want %q after %v", correlate, got, took, err, want, wantTook)
			}
		})
	}
}

func TestAskEnds(t *testing.T) {
	t.Parallel()
	silent := func(*fake, mqtt.Message) error { return nil }
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Hour, func() { cancel(cause) })
		o := Options{Requests: requests("a", "b"), Response: subscription(t, "answers")}
		if stats, err := Ask(ctx, newFake(silent), o, nil); err != cause || stats.Requests != 1 {
			t.Errorf("Ask = %+v, %v, want 1 request and %v", stats, err, cause)
		}
		f := newFake(silent)
		time.AfterFunc(time.Hour, func() { close(f.done) })
		if _, err := Ask(t.Context(), f, o, nil); err == nil {
			t.Error("Ask = nil after the client's end")
		}
	})
}

func TestLatency(t *testing.T) {
	t.Parallel()
	var l Latency
	if l.Min() != 0 || l.Max() != 0 || l.Mean() != 0 || l.Quantile(0.5) != 0 {
		t.Errorf("empty: %+v", l)
	}
	for i := range 100 {
		l.add(time.Duration(100 - i))
	}
	got := []time.Duration{l.Min(), l.Max(), l.Mean(), l.Quantile(0), l.Quantile(0.5), l.Quantile(0.99), l.Quantile(1)}
	if want := []time.Duration{1, 100, 50, 1, 51, 100, 100}; !slices.Equal(got, want) {
		t.Errorf("1 to 100: %v, want %v", got, want)
	}
	for range 2 * maxSamples {
		l.add(7)
	}
	if len(l.samples) != maxSamples || l.Quantile(0.5) != 7 || l.Max() != 100 {
		t.Errorf("many: %d samples, median %v, maximum %v", len(l.samples), l.Quantile(0.5), l.Max())
	}
}
