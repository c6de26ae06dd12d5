package sub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
)

func topics(ms []mqtt.Message) string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Topic+"="+string(m.Payload))
	}
	return strings.Join(out, " ")
}

func TestGather(t *testing.T) {
	t.Parallel()
	store := []mqtt.Message{live("a/b", "1"), live("a", "2"), live("a-b", "3"), live("c", "4")}
	tests := []struct {
		name    string
		o       CollectOptions
		filters []string
		change  func(*fake)
		want    string
		marker  bool
		after   time.Duration
		err     string
	}{
		{name: "version 5", o: CollectOptions{Version: mqtt.V5}, filters: []string{"#"}, want: "a=2 a/b=1 a-b=3 c=4", marker: true, after: 100 * time.Millisecond},
		{name: "version 3.1.1", o: CollectOptions{Version: mqtt.V311}, filters: []string{"#"}, want: "a=2 a/b=1 a-b=3 c=4", marker: true, after: time.Second},
		{name: "overlap", o: CollectOptions{Version: mqtt.V5}, filters: []string{"a/#", "#"}, want: "a=2 a/b=1 a-b=3 c=4", marker: true, after: 100 * time.Millisecond},
		{name: "one topic", o: CollectOptions{Version: mqtt.V5}, filters: []string{"c"}, want: "c=4", marker: true, after: 100 * time.Millisecond},
		{name: "nothing", o: CollectOptions{Version: mqtt.V5}, filters: []string{"x"}, marker: true, after: 100 * time.Millisecond},
		{name: "no echo", o: CollectOptions{Version: mqtt.V5}, filters: []string{"c"}, change: func(f *fake) { f.noEcho = true }, want: "c=4", after: 2 * time.Second},
		{name: "no marker", o: CollectOptions{NoMarker: true, Silence: 50 * time.Millisecond}, filters: []string{"c"}, want: "c=4", after: 100 * time.Millisecond},
		{name: "marker refused", o: CollectOptions{Version: mqtt.V5}, filters: []string{"c"}, want: "c=4", after: 2 * time.Second,
			change: func(f *fake) { f.codes = []mqtt.ReasonCode{0, mqtt.NotAuthorized} }},
		{name: "refused", o: CollectOptions{Version: mqtt.V5}, filters: []string{"c"}, err: "subscribe: not authorized: c",
			change: func(f *fake) { f.codes = []mqtt.ReasonCode{mqtt.NotAuthorized, 0} }},
		{name: "timeout", o: CollectOptions{Timeout: 3 * time.Second}, filters: []string{"c"}, change: func(f *fake) { f.silent = true },
			err: "timed out", after: 3 * time.Second},
		{name: "lost", filters: []string{"c"}, change: func(f *fake) { f.err = errors.New("lost"); close(f.done) }, err: "lost"},
		{name: "no filters", err: "no topic filter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(store...)
				if tt.change != nil {
					tt.change(f)
				}
				for _, s := range tt.filters {
					tt.o.Filters = append(tt.o.Filters, filter(t, s))
				}
				start := time.Now()
				got, stats, err := Gather(t.Context(), f, tt.o)
				text := ""
				if err != nil {
					text = err.Error()
				}
				if text != tt.err || time.Since(start) != tt.after {
					t.Errorf("Gather error = %q after %v, want %q after %v", text, time.Since(start), tt.err, tt.after)
				}
				if s := topics(got); err == nil && (s != tt.want || stats.Marker != tt.marker) { // what is lost may have come
					t.Errorf("Gather = %q, marker %v, want %q, %v", s, stats.Marker, tt.want, tt.marker)
				}
				if f.err == nil {
					close(f.done)
				}
				f.reader.Wait()
			})
		})
	}
}

// A broker may send retained messages in slices, with live messages between.
func TestCollectWaitsForSlices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		defer f.close()
		go func() {
			for i := range 20 {
				time.Sleep(60 * time.Millisecond)
				f.incoming <- retained(fmt.Sprint("t/", i), "x")
				f.incoming <- live("t/live", "y")
			}
		}()
		stats, err := Collect(t.Context(), f, CollectOptions{Filters: []mqtt.Filter{filter(t, "#")}, Version: mqtt.V5}, func(mqtt.Message) error { return nil })
		if err != nil || stats.Messages != 20 || stats.Bytes != 20 || !stats.Marker {
			t.Errorf("Collect = %+v, %v, want 20 messages", stats, err)
		}
	})
}

func TestCollectStopsAtAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(live("a", "1"), live("b", "2"))
		defer f.close()
		n := 0
		_, err := Collect(t.Context(), f, CollectOptions{Filters: []mqtt.Filter{filter(t, "#")}}, func(mqtt.Message) error { n++; return errSink })
		if !errors.Is(err, errSink) || n != 1 {
			t.Errorf("Collect error = %v after %d calls, want %v after 1", err, n, errSink)
		}
	})
}

func TestClear(t *testing.T) {
	t.Parallel()
	denied := &mqtt.ReasonError{Op: "publish", Code: mqtt.NotAuthorized}
	tests := []struct {
		name   string
		verify bool
		pubErr func(string) error
		want   string
	}{
		{name: "all", verify: true, want: "{2 [] <nil> true}"},
		{name: "unverified", want: "{2 [] <nil> false}"},
		{name: "one refused", verify: true, pubErr: deny("a/2", denied), want: `{1 [a/2] clear "a/2": publish: not authorized true}`},
		{name: "one refused, unverified", pubErr: deny("a/2", denied), want: `{1 [a/2] clear "a/2": publish: not authorized false}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(live("a/1", "x"), live("a/2", "y"), live("b", "z"))
				f.pubErr = tt.pubErr
				o := ClearOptions{Topics: []string{"a/1", "a/2"}}
				var progress []int
				o.Progress = func(n int) { progress = append(progress, n) }
				if tt.verify {
					o.Collect = CollectOptions{Filters: []mqtt.Filter{filter(t, "#")}, Version: mqtt.V5}
				}
				got, err := Clear(t.Context(), f, o)
				if s := fmt.Sprint(got); err != nil || s != tt.want {
					t.Errorf("Clear = %s, %v, want %s", s, err, tt.want)
				}
				synctest.Wait()
				if slices.Sort(progress); !slices.Equal(progress, []int{1, 2}) {
					t.Errorf("progress = %v, want 1 and 2", progress)
				}
				for _, m := range f.sent[:2] {
					if m.QoS != mqtt.AtLeastOnce || !m.Retain || len(m.Payload) != 0 {
						t.Errorf("published %+v, want an empty retained message at QoS 1", m)
					}
				}
				f.close()
			})
		})
	}
}

func deny(topic string, err error) func(string) error {
	return func(s string) error {
		if s == topic {
			return err
		}
		return nil
	}
}

func TestClearEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		defer f.close()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Clear(ctx, f, ClearOptions{Topics: []string{"a"}}); !errors.Is(err, context.Canceled) {
			t.Errorf("Clear error = %v, want %v", err, context.Canceled)
		}
	})
}

func TestTree(t *testing.T) {
	t.Parallel()
	var root Tree
	for _, topic := range []string{"b", "a/x", "a", "a/y/z", "/", "a//q"} {
		root.Add(topic, 10)
	}
	var lines []string
	var walk func(depth int, t *Tree)
	walk = func(depth int, n *Tree) {
		lines = append(lines, fmt.Sprintf("%s%q here=%v size=%d topics=%d bytes=%d levels=%d", strings.Repeat(" ", depth), n.Name, n.Here, n.Size, n.Topics, n.Bytes, n.Len()))
		for c := range n.Children() {
			walk(depth+1, c)
		}
	}
	walk(0, &root)
	want := `"" here=false size=0 topics=6 bytes=60 levels=3
 "" here=false size=0 topics=1 bytes=10 levels=1
  "" here=true size=10 topics=1 bytes=10 levels=0
 "a" here=true size=10 topics=4 bytes=40 levels=3
  "" here=false size=0 topics=1 bytes=10 levels=1
   "q" here=true size=10 topics=1 bytes=10 levels=0
  "x" here=true size=10 topics=1 bytes=10 levels=0
  "y" here=false size=0 topics=1 bytes=10 levels=1
   "z" here=true size=10 topics=1 bytes=10 levels=0
 "b" here=true size=10 topics=1 bytes=10 levels=0`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("tree =\n%s\nwant\n%s", got, want)
	}
}

func TestKeeperCopies(t *testing.T) {
	t.Parallel()
	var k keeper
	shared := []byte("xxxx")
	big := make([]byte, slabSize)
	for i := range 100_000 {
		copy(shared, fmt.Sprintf("%04d", i%10_000))
		if err := k.keep(retained(fmt.Sprintf("t/%06d", i), string(shared))); err != nil {
			t.Fatal(err)
		}
	}
	_ = k.keep(mqtt.Message{Topic: "z", Payload: big, Retain: true})
	big[0] = 1
	for i, m := range k.sorted()[:100_000] {
		if want := fmt.Sprintf("%04d", i%10_000); string(m.Payload) != want {
			t.Fatalf("message %d = %q, want %q", i, m.Payload, want)
		}
	}
	if last := k.messages[len(k.messages)-1]; last.Payload[0] != 0 {
		t.Error("a big payload is not copied")
	}
}
