package load

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mqt/bench/internal/echo"
	"mqt/bench/result"
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

// plan returns a plan of publishers and subscribers by topic and filter.
func plan(addr string, topics, filters []string) Plan {
	p := Plan{
		Servers: []*url.URL{{Scheme: "mqtt", Host: addr}},
		Version: mqtt.V311, AtOnce: 8, WaitAll: true, KeepAlive: time.Minute,
		Sizes: []Size{{64, 1}}, Window: 20, Batch: 64, Outstanding: 512, Duration: 50 * time.Millisecond,
		Drain: time.Minute,
	}
	for i, f := range filters {
		p.Clients = append(p.Clients, Client{Role: "subscriber", Number: i, ID: fmt.Sprint("s", i), Filters: []string{f}})
	}
	for i, t := range topics {
		p.Clients = append(p.Clients, Client{Role: "publisher", Number: i, ID: fmt.Sprint("p", i), Topic: t})
	}
	return p
}

func topics(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("t/%d/x", i))
	}
	return out
}

// want are the counts of a load in which everything is fine.
func want(c result.Counts, clients, subs, fanout uint64, acked bool) result.Counts {
	w := result.Counts{
		Connected: clients, Subscribed: subs,
		Intended: c.Sent, Sent: c.Sent, Expected: c.Sent * fanout, Delivered: c.Sent * fanout,
		BytesSent: c.BytesSent, BytesDelivered: c.BytesSent * fanout,
	}
	if acked {
		w.Acked = c.Sent
	}
	return w
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
		{"placeholders", []string{"t/%s/%rand_9"}, []string{"t/#"}, 1},
	}
	for _, e := range engines {
		for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
			for q := mqtt.AtMostOnce; q <= mqtt.ExactlyOnce; q++ {
				for _, shape := range shapes {
					for _, rate := range []float64{0, 2000} {
						t.Run(fmt.Sprintf("%s/%v/QoS %d/%s/%v", e.name, v, q, shape.name, rate), func(t *testing.T) {
							t.Parallel()
							b := &echo.Broker{Version: v}
							p := plan(b.Listen(t), shape.topics, shape.filters)
							p.Version, p.QoS, p.Warmup = v, q, 20*time.Millisecond
							p.Sizes = []Size{{16, 1}, {300, 2}}
							if v == mqtt.V5 {
								p.Headers = []string{"ts", "cnt64"}
							}
							p.Count, p.Duration = 1000, time.Minute
							if rate > 0 {
								p.Schedule, p.Window = constant(rate), maxWindow
								p.Count, p.Duration = 0, 50*time.Millisecond
							}
							o, err := run(t.Context(), p, e.start)
							if err != nil {
								t.Fatal(err)
							}
							w := want(o.Counts, uint64(len(p.Clients)), uint64(len(shape.filters)), shape.fanout, q > 0)
							if o.Counts != w || o.Counts.Sent != max(p.Count, 100) {
								t.Errorf("counts = %+v, want %+v with all sent; errors %v", o.Counts, w, o.Errors)
							}
						})
					}
				}
			}
		}
	}
}

func TestLoadSeesFaults(t *testing.T) {
	t.Parallel()
	at := func(what echo.Fault) func(int) echo.Fault {
		return func(n int) echo.Fault {
			if n == 10 {
				return what
			}
			return echo.None
		}
	}
	for _, tc := range []struct {
		name  string
		fault func(int) echo.Fault
		want  result.Counts // the faults
	}{
		{"lost", at(echo.Drop), result.Counts{Lost: 1}},
		{"duplicated", at(echo.Twice), result.Counts{Duplicated: 1}},
		{"reordered", at(echo.Hold), result.Counts{Reordered: 1}},
		{"foreign", at(echo.Foreign), result.Counts{Unparsed: 1}},
		{"all lost", func(int) echo.Fault { return echo.Drop }, result.Counts{Lost: 100}},
	} {
		for _, e := range engines {
			t.Run(e.name+"/"+tc.name, func(t *testing.T) {
				t.Parallel()
				b := &echo.Broker{Version: mqtt.V311, Fault: tc.fault}
				p := plan(b.Listen(t), topics(1), []string{"#"})
				p.Count, p.Drain = 100, 3*time.Second // a slow machine must have sent all by then
				p.Schedule = constant(2000)
				o, err := run(t.Context(), p, e.start)
				if err != nil {
					t.Fatal(err)
				}
				c := o.Counts
				got := result.Counts{Lost: c.Lost, Duplicated: c.Duplicated, Reordered: c.Reordered, Unparsed: c.Unparsed, Negative: c.Negative}
				if got != tc.want || c.Sent != 100 || c.Delivered+c.Lost != 100 {
					t.Errorf("counts = %+v, want %+v of 100", c, tc.want)
				}
			})
		}
	}
}

func TestLoadFailsWithoutAnyConnection(t *testing.T) {
	t.Parallel()
	refusing := &echo.Broker{Version: mqtt.V311, Refuse: mqtt.NotAuthorized}
	addr := refusing.Listen(t)
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			for addr, text := range map[string]string{addr: "no client could connect: connect: not authorized", "127.0.0.1:1": "connection refused"} {
				o, err := run(t.Context(), plan(addr, topics(2), nil), e.start)
				if err == nil {
					t.Fatalf("run = %+v, want an error", o)
				}
				if !strings.Contains(err.Error(), text) {
					t.Errorf("run = %v, want %q", err, text)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if o, err := run(ctx, plan(addr, topics(1), nil), e.start); err == nil {
				t.Errorf("run with a cancelled context = %+v, want an error", o)
			}
		})
	}
}

func TestLoadSurvivesAHangUp(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			b := &echo.Broker{Version: mqtt.V311, Fault: func(n int) echo.Fault {
				if n == 100 {
					return echo.HangUp
				}
				return echo.None
			}}
			p := plan(b.Listen(t), topics(1), []string{"#"})
			p.Count, p.Duration, p.Drain = 1000, time.Minute, 100*time.Millisecond
			p.Outstanding = 128
			o, err := run(t.Context(), p, e.start)
			if err != nil {
				t.Fatal(err)
			}
			c := o.Counts
			if c.Sent != 1000 || c.Disconnected != 1 || c.Connected != 3 || c.Delivered+c.Lost != 1000 || c.Lost == 0 {
				t.Errorf("counts = %+v, errors %v", c, o.Errors)
			}
		})
	}
}
