package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mqt/internal/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var engines = []struct {
	name  string
	start func(*Load) (engine, error)
}{
	{"native", newEngine},
	{"goroutines", newGoroutines},
}

func topics(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("t/%d/x", i))
	}
	return out
}

// exercise opens the plan, runs and drains it, and returns the counts.
func exercise(t *testing.T, p Plan, start func(*Load) (engine, error)) Counts {
	t.Helper()
	l, err := open(t.Context(), p, start)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 2 {
		if err := l.Run(t.Context(), 50*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if err := l.Drain(t.Context(), 5*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	return l.Counts()
}

func TestLoadDeliversEverything(t *testing.T) {
	t.Parallel()
	shapes := []struct {
		name    string
		topics  []string
		filters []string
		fanout  uint64
	}{
		{"one to one", topics(1), []string{"t/0/x"}, 1},
		{"fan-in", topics(5), []string{"t/+/x"}, 1},
		{"fan-out", topics(1), []string{"t/#", "t/0/x", "+/+/x"}, 3},
		{"pairs", topics(3), topics(3), 1},
		{"nobody listens", topics(2), nil, 0},
	}
	for _, e := range engines {
		for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
			for q := mqtt.AtMostOnce; q <= mqtt.ExactlyOnce; q++ {
				for _, shape := range shapes {
					t.Run(fmt.Sprintf("%s/%v/QoS %d/%s", e.name, v, q, shape.name), func(t *testing.T) {
						t.Parallel()
						b := &echo{version: v}
						c := exercise(t, Plan{Addr: b.listen(t), Version: v, QoS: q, Topics: shape.topics, Filters: shape.filters, Idle: 2}, e.start)
						want := Counts{Sent: c.Sent, Delivered: c.Sent * shape.fanout}
						if q > 0 {
							want.Acked = c.Sent
						}
						if c != want || c.Sent == 0 {
							t.Errorf("counts = %+v, want %+v with some sent", c, want)
						}
					})
				}
			}
		}
	}
}

func TestLoadSeesFaults(t *testing.T) {
	t.Parallel()
	at := func(what fault) func(int) fault {
		return func(n int) fault {
			if n == 10 {
				return what
			}
			return none
		}
	}
	for _, tc := range []struct {
		name  string
		fault func(int) fault
		want  Counts // beside Sent and Delivered
		extra int    // deliveries more than sent
	}{
		{"lost", at(drop), Counts{Lost: 1}, -1},
		{"duplicated", at(twice), Counts{Duplicated: 1}, 1},
		{"reordered", at(hold), Counts{Reordered: 1}, 0},
		{"all lost", func(int) fault { return drop }, Counts{}, 0},
	} {
		for _, e := range engines {
			t.Run(e.name+"/"+tc.name, func(t *testing.T) {
				t.Parallel()
				b := &echo{version: mqtt.V311, fault: tc.fault}
				p := Plan{Addr: b.listen(t), Topics: topics(1), Filters: []string{"#"}, Batch: 16}
				l, err := open(t.Context(), p, e.start)
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				if err := l.Run(t.Context(), 30*time.Millisecond); err != nil {
					t.Fatal(err)
				}
				if err := l.Drain(t.Context(), 100*time.Millisecond); err != nil {
					t.Fatal(err)
				}
				c := l.Counts()
				want := tc.want
				want.Sent = c.Sent
				want.Delivered = uint64(int(c.Sent) + tc.extra)
				if tc.name == "all lost" {
					want.Lost, want.Delivered = c.Sent, 0
				}
				if c != want || c.Sent < 16 {
					t.Errorf("counts = %+v, want %+v with at least 16 sent", c, want)
				}
			})
		}
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	refusing := &echo{version: mqtt.V311, refuse: mqtt.NotAuthorized}
	addr := refusing.listen(t)
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			_, err := open(t.Context(), Plan{Addr: addr, Topics: topics(1)}, e.start)
			var reason *mqtt.ReasonError
			if !errors.As(err, &reason) || reason.Code != mqtt.NotAuthorized || !strings.Contains(err.Error(), "publisher 0") {
				t.Errorf("Open = %v, want a refusal of publisher 0", err)
			}
			_, err = open(t.Context(), Plan{Addr: "127.0.0.1:1", Topics: topics(1)}, e.start)
			if err == nil || !strings.Contains(err.Error(), "connection refused") {
				t.Errorf("Open of a closed port = %v, want connection refused", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err = open(ctx, Plan{Addr: addr, Topics: topics(1)}, e.start); !errors.Is(err, context.Canceled) {
				t.Errorf("Open with a cancelled context = %v, want %v", err, context.Canceled)
			}
		})
	}
}

func TestRunFailsWhenTheBrokerHangsUp(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			b := &echo{version: mqtt.V311, fault: func(n int) fault {
				if n == 100 {
					return hangUp
				}
				return none
			}}
			l, err := open(t.Context(), Plan{Addr: b.listen(t), Topics: topics(1), Filters: []string{"#"}}, e.start)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if err := l.Run(t.Context(), time.Minute); err == nil || !strings.Contains(err.Error(), "publisher 0: ") {
				t.Errorf("Run = %v, want an error of publisher 0", err)
			}
		})
	}
}

func TestPlanCheck(t *testing.T) {
	t.Parallel()
	good := Plan{Addr: "127.0.0.1:1", Topics: []string{"a"}}
	for _, tc := range []struct {
		name   string
		change func(*Plan)
		want   string
	}{
		{"good", func(*Plan) {}, ""},
		{"address", func(p *Plan) { p.Addr = "here" }, "broker address"},
		{"QoS", func(p *Plan) { p.QoS = 3 }, "QoS is 3"},
		{"small payload", func(p *Plan) { p.Payload = 15 }, "payload of 15 bytes"},
		{"large payload", func(p *Plan) { p.Payload = 65537 }, "payload of 65537 bytes"},
		{"window", func(p *Plan) { p.Window = -1 }, "window of -1"},
		{"batch", func(p *Plan) { p.Batch = 10_001 }, "batch of 10001"},
		{"negative", func(p *Plan) { p.Idle = -1 }, "negative"},
		{"nobody", func(p *Plan) { p.Topics = nil }, "no clients"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := good
			tc.change(&p)
			got := ""
			if err := p.withDefaults().check(); err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tc.want) || (got == "") != (tc.want == "") {
				t.Errorf("check(%+v) = %q, want %q", p, got, tc.want)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	want := header{publisher: 0xABCDEF, seq: 0x01020304, intended: 0x1122334455667788}
	b := make([]byte, headerSize)
	want.put(b)
	if got, ok := parseHeader(b); !ok || got != want {
		t.Errorf("parseHeader(put(%+v)) = %+v, %v", want, got, ok)
	}
	if _, ok := parseHeader(b[:15]); ok {
		t.Error("parseHeader accepts 15 bytes")
	}
	b[0] = 2
	if _, ok := parseHeader(b); ok {
		t.Error("parseHeader accepts version 2")
	}
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte{0x30, 3, 0, 1, 'a'}, byte(4))
	f.Add([]byte{0x20, 2, 0, 0, 0x90, 3, 0, 1, 0}, byte(4))
	f.Add([]byte{0x40, 2, 0, 1}, byte(5))
	f.Fuzz(func(t *testing.T, b []byte, version byte) {
		p := Plan{Addr: "127.0.0.1:1", Version: mqtt.V311 + mqtt.Version(version&1), Topics: []string{"a"}, Filters: []string{"a"}, QoS: mqtt.QoS(version >> 1 % 3)}.withDefaults()
		l := &Load{plan: p}
		if err := l.addClients(); err != nil {
			t.Fatal(err)
		}
		for _, c := range l.clients {
			if err := c.start(); err != nil {
				t.Fatal(err)
			}
			if n, err := c.receive(b); n < 0 || n > len(b) || err == nil && n < len(b) && len(b)-n > maxPacket {
				t.Errorf("receive(%x) = %d, %v", b, n, err)
			}
		}
	})
}
