package sub

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
)

func TestRun(t *testing.T) {
	t.Parallel()
	stream := []mqtt.Message{
		retained("a/1", "r1"), retained("b/1", "r2"), live("a/1", "l1"), live("b/1", "l2"), retained("a/2", "r3"), live("a/2", "l3"),
	}
	tests := []struct {
		name  string
		o     Options
		want  string // payloads that reached the sink
		stats Stats
		err   error
	}{
		{name: "all", o: Options{Timeout: time.Second}, want: "r1 r2 l1 l2 r3 l3",
			stats: Stats{Received: 6, Accepted: 6, Delivered: 6, Bytes: 12}, err: ErrTimeout},
		{name: "count", o: Options{Count: 2}, want: "r1 r2", stats: Stats{Received: 2, Accepted: 2, Delivered: 2, Bytes: 4}},
		{name: "drop retained", o: Options{DropRetained: true, Count: 2}, want: "l1 l2",
			stats: Stats{Received: 4, Accepted: 2, Delivered: 2, Bytes: 4}},
		{name: "filter out", o: Options{FilterOut: []mqtt.Filter{filter(t, "a/#")}, Count: 2}, want: "r2 l2",
			stats: Stats{Received: 4, Accepted: 2, Delivered: 2, Bytes: 4}},
		{name: "retained only", o: Options{RetainedOnly: true}, want: "r1 r2", stats: Stats{Received: 3, Accepted: 2, Delivered: 2, Bytes: 4}},
		{name: "keep", o: Options{Keep: func(m mqtt.Message) bool { return m.Payload[1] == '3' }, Count: 2}, want: "r3 l3",
			stats: Stats{Received: 6, Accepted: 2, Delivered: 2, Bytes: 4}},
		{name: "decode", want: "l1a l3a", stats: Stats{Received: 6, Accepted: 2, Delivered: 2, Bytes: 4}, o: Options{Count: 2,
			Decode: func(m mqtt.Message) mqtt.Message { m.Payload = append(m.Payload, m.Topic[0]); return m },
			Keep:   func(m mqtt.Message) bool { return m.Payload[0] == 'l' && m.Payload[2] == 'a' }}},
		{name: "percent counts what it hides", o: Options{Percent: 50, Count: 4, chance: alternate()}, want: "r1 l1",
			stats: Stats{Received: 4, Accepted: 4, Delivered: 2, Bytes: 4}},
		{name: "percent 100", o: Options{Percent: 100, Count: 6}, want: "r1 r2 l1 l2 r3 l3",
			stats: Stats{Received: 6, Accepted: 6, Delivered: 6, Bytes: 12}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				defer f.close()
				for _, m := range stream {
					f.incoming <- m
				}
				var got []string
				tt.o.Subscriptions = subscriptions(t, "#")
				stats, err := Run(t.Context(), f, func(m mqtt.Message) error {
					got = append(got, string(m.Payload))
					return nil
				}, tt.o)
				if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
					t.Errorf("Run error = %v, want %v", err, tt.err)
				}
				if s := strings.Join(got, " "); s != tt.want {
					t.Errorf("Run delivered %q, want %q", s, tt.want)
				}
				if !reflect.DeepEqual(stats, tt.stats) {
					t.Errorf("Run stats = %+v, want %+v", stats, tt.stats)
				}
			})
		})
	}
}

// alternate is a chance that lets every second message through at 50 %.
func alternate() func() float64 {
	n := 0
	return func() float64 {
		n++
		return float64(25 + (n+1)%2*50)
	}
}

func TestRunEnds(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	refused := []mqtt.ReasonCode{mqtt.NotAuthorized, mqtt.NotAuthorized}
	tests := []struct {
		name   string
		change func(f *fake, o *Options, cancel context.CancelCauseFunc)
		sink   error
		after  time.Duration
		err    string
	}{
		{name: "suback", change: func(_ *fake, o *Options, _ context.CancelCauseFunc) { o.SubackOnly = true }},
		{name: "timeout", change: func(_ *fake, o *Options, _ context.CancelCauseFunc) { o.Timeout = 3 * time.Second }, after: 3 * time.Second, err: "timed out"},
		{name: "timeout before the suback", after: 3 * time.Second, err: "timed out",
			change: func(f *fake, o *Options, _ context.CancelCauseFunc) { f.silent, o.Timeout = true, 3*time.Second }},
		{name: "context", err: "interrupt", after: time.Second, change: func(_ *fake, _ *Options, cancel context.CancelCauseFunc) {
			time.AfterFunc(time.Second, func() { cancel(errors.New("interrupt")) })
		}},
		{name: "client", err: "connection lost", after: time.Second, change: func(f *fake, _ *Options, _ context.CancelCauseFunc) {
			time.AfterFunc(time.Second, func() { f.err = lost; close(f.done) })
		}},
		{name: "client without an error", err: "connection closed", change: func(f *fake, _ *Options, _ context.CancelCauseFunc) { close(f.done) }},
		{name: "subscribe fails", err: "subscribe: connection lost", change: func(f *fake, _ *Options, _ context.CancelCauseFunc) { f.subErr = lost }},
		{name: "refused", err: "subscribe: not authorized: a, b", change: func(f *fake, _ *Options, _ context.CancelCauseFunc) { f.codes = refused }},
		{name: "refused for several reasons", err: "subscribe: not authorized: a, b (quota exceeded)",
			change: func(f *fake, _ *Options, _ context.CancelCauseFunc) {
				f.codes = []mqtt.ReasonCode{mqtt.NotAuthorized, mqtt.QuotaExceeded}
			}},
		{name: "sink", sink: errSink, err: errSink.Error(), change: func(f *fake, _ *Options, _ context.CancelCauseFunc) { f.incoming <- live("a", "x") }},
		{name: "flush", err: "disk full", change: func(f *fake, o *Options, _ context.CancelCauseFunc) {
			f.incoming <- live("a", "x")
			o.Flush = func() error { return errors.New("disk full") }
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				ctx, cancel := context.WithCancelCause(t.Context())
				o := Options{Subscriptions: subscriptions(t, "a", "b")}
				tt.change(f, &o, cancel)
				start := time.Now()
				_, err := Run(ctx, f, func(mqtt.Message) error { return tt.sink }, o)
				text := ""
				if err != nil {
					text = err.Error()
				}
				if text != tt.err || time.Since(start) != tt.after {
					t.Errorf("Run error = %q after %v, want %q after %v", text, time.Since(start), tt.err, tt.after)
				}
				select {
				case <-f.done:
				default:
					close(f.done)
				}
				cancel(nil)
				f.reader.Wait()
			})
		})
	}
}

func TestRunReportsRefusals(t *testing.T) {
	t.Parallel()
	f := newFake()
	defer f.close()
	f.codes = []mqtt.ReasonCode{mqtt.GrantedQoS1, mqtt.NotAuthorized, mqtt.Success}
	var told []Refusal
	o := Options{Subscriptions: subscriptions(t, "a", "b/#", "c"), Unsubscribe: []string{"x", "y"}, SubackOnly: true,
		Refused: func(r Refusal) { told = append(told, r) }}
	stats, err := Run(t.Context(), f, nil, o)
	want := []Refusal{{Op: "subscribe", Filter: "b/#", Code: mqtt.NotAuthorized}}
	if err != nil || !reflect.DeepEqual(told, want) || !reflect.DeepEqual(stats.Refusals, want) {
		t.Errorf("Run told %v, stats %+v, %v, want %v", told, stats, err, want)
	}
	if got := want[0].String(); got != "subscribe b/#: not authorized" {
		t.Errorf("String() = %q", got)
	}
	if got := fmt.Sprint(f.unsubs); got != "[x y]" {
		t.Errorf("unsubscribed %s, want one packet each of [x y]", got)
	}
}

// Messages that come before SUBACK may end the run; UNSUBSCRIBE is sent all
// the same.
func TestRunUnsubscribesAtTheEnd(t *testing.T) {
	t.Parallel()
	f := newFake()
	defer f.close()
	f.silent = true // no SUBACK
	f.incoming <- live("a", "0")
	o := Options{Subscriptions: subscriptions(t, "a"), Unsubscribe: []string{"x", "y"}, Count: 1}
	_, err := Run(t.Context(), f, func(mqtt.Message) error { return nil }, o)
	if got := fmt.Sprint(f.unsubs); err != nil || got != "[x y]" {
		t.Errorf("Run = %v after unsubscribing %s, want [x y]", err, got)
	}
}

// After the last accepted message the next one must stay unacknowledged, so
// that the session delivers it again.
func TestRunLeavesTheNextMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		for i := range 5 {
			f.incoming <- live("a", fmt.Sprint(i))
		}
		var got []string
		o := Options{Subscriptions: subscriptions(t, "a"), Count: 2}
		if _, err := Run(t.Context(), f, func(m mqtt.Message) error { got = append(got, string(m.Payload)); return nil }, o); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		f.close()
		if want := []string{"0", "1"}; !slices.Equal(got, want) || !slices.Equal(f.acked, want) {
			t.Errorf("delivered %v, acknowledged %v, want both %v", got, f.acked, want)
		}
	})
}

// A message that the sink did not take must stay unacknowledged too.
func TestRunLeavesWhatTheSinkRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		for i := range 3 {
			f.incoming <- live("a", fmt.Sprint(i))
		}
		sink := func(m mqtt.Message) error {
			if string(m.Payload) == "1" {
				return errSink
			}
			return nil
		}
		if _, err := Run(t.Context(), f, sink, Options{Subscriptions: subscriptions(t, "a"), Count: 2}); !errors.Is(err, errSink) {
			t.Errorf("Run = %v, want %v", err, errSink)
		}
		synctest.Wait()
		f.close()
		if want := []string{"0"}; !slices.Equal(f.acked, want) {
			t.Errorf("acknowledged %v, want %v", f.acked, want)
		}
	})
}

// Whoever disconnects when Run has returned must not overtake the
// acknowledgement of the last message.
func TestRunAcknowledgesTheLastMessage(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.lazy = true
	for i := range 3 {
		f.incoming <- live("a", fmt.Sprint(i))
	}
	o := Options{Subscriptions: subscriptions(t, "a"), Count: 2}
	_, err := Run(t.Context(), f, func(mqtt.Message) error { return nil }, o)
	f.close()
	if want := []string{"1"}; err != nil || !slices.Equal(f.acked, want) {
		t.Errorf("Run = %v with %v acknowledged, want %v", err, f.acked, want)
	}
}

func TestRunFlushes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		defer f.close()
		var flushed []time.Duration
		start := time.Now()
		pending := 0
		o := Options{Subscriptions: subscriptions(t, "a"), Timeout: time.Second, Flush: func() error {
			if pending == 0 {
				t.Error("flush without a message")
			}
			pending = 0
			flushed = append(flushed, time.Since(start))
			return nil
		}}
		go func() {
			f.incoming <- live("a", "alone")
			time.Sleep(100 * time.Millisecond)
			for range 10 { // one each 500 µs: a flush for every fourth
				f.incoming <- live("a", "burst")
				time.Sleep(500 * time.Microsecond)
			}
		}()
		if _, err := Run(t.Context(), f, func(mqtt.Message) error { pending++; return nil }, o); !errors.Is(err, ErrTimeout) {
			t.Fatal(err)
		}
		if pending != 0 {
			t.Errorf("%d messages not flushed at the end", pending)
		}
		ms := time.Millisecond
		want := []time.Duration{0, 100 * ms, 102 * ms, 104 * ms}
		if len(flushed) < 4 || len(flushed) > 5 || !slices.Equal(flushed[:4], want) {
			t.Errorf("flushed at %v, want %v and at most one more", flushed, want)
		}
	})
}

func TestRunGivesUpOnABlockedSink(t *testing.T) {
	t.Parallel() // not in a bubble: waiting for a mutex would stop its clock
	f := newFake()
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	f.incoming <- live("a", "x")
	o := Options{Subscriptions: subscriptions(t, "a"), Flush: func() error { return nil }, grace: time.Millisecond}
	_, err := Run(ctx, f, func(mqtt.Message) error { cancel(); <-release; return nil }, o)
	if !errors.Is(err, ErrBlocked) || !errors.Is(err, context.Canceled) {
		t.Errorf("Run error = %v, want ErrBlocked and the context's cause", err)
	}
	close(release)
	f.close()
}

func TestRemoveRetained(t *testing.T) {
	t.Parallel()
	denied := &mqtt.ReasonError{Op: "publish", Code: mqtt.NotAuthorized}
	tests := []struct {
		name    string
		o       Options
		noEcho  bool
		pubErr  func(string) error
		want    string
		removed uint64
		left    int
		err     error
	}{
		{name: "retained only ends at the echo", o: Options{RetainedOnly: true}, want: "a/1 a/2 b/1", removed: 3},
		{name: "retained only ends without an echo", o: Options{RetainedOnly: true}, noEcho: true, want: "a/1 a/2 b/1", removed: 3},
		{name: "count", o: Options{Count: 2}, want: "a/1 a/2", removed: 2, left: 1},
		{name: "filter out", o: Options{Count: 1, FilterOut: []mqtt.Filter{filter(t, "a/#")}}, want: "b/1", removed: 1, left: 2},
		{name: "refused", o: Options{Count: 3}, want: "a/1 a/2 b/1", removed: 2, left: 1, err: denied,
			pubErr: func(topic string) error {
				if topic == "a/2" {
					return denied
				}
				return nil
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(live("a/1", "x"), live("a/2", "y"), live("b/1", "z"))
				f.pubErr, f.noEcho = tt.pubErr, tt.noEcho
				var got []string
				tt.o.Subscriptions, tt.o.Remover = subscriptions(t, "#"), f
				stats, err := Run(t.Context(), f, func(m mqtt.Message) error { got = append(got, m.Topic); return nil }, tt.o)
				if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
					t.Errorf("Run error = %v, want %v", err, tt.err)
				}
				f.close()
				if s := strings.Join(got, " "); s != tt.want || stats.Removed != tt.removed || len(f.retained) != tt.left {
					t.Errorf("delivered %q, removed %d, %d left, want %q, %d, %d", s, stats.Removed, len(f.retained), tt.want, tt.removed, tt.left)
				}
			})
		})
	}
}

func BenchmarkHandle(b *testing.B) {
	f := newFake()
	_, cancel := context.WithCancelCause(b.Context())
	r := newReceiver(f, func(mqtt.Message) error { return nil }, Options{Flush: func() error { return nil }}, cancel)
	m := live("a", "x")
	b.ReportAllocs()
	for b.Loop() {
		r.handle(m)
	}
}
