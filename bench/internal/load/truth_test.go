package load

import (
	"context"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"mqt/bench/internal/echo"
	"mqt/bench/result"
	"mqt/internal/mqtt"
)

// The tests of this file measure a broker whose faults are known, on a clock
// that stands still while anything is done: what is measured is exact.

// measure runs p against b, over pipes.
func measure(t *testing.T, b *echo.Broker, p Plan) *Outcome {
	t.Helper()
	o, err := run(t.Context(), p, func(l *Load) (engine, error) {
		e, err := newGoroutines(l)
		e.(*goroutines).dialer = func(context.Context, *client) (net.Conn, error) {
			here, there := net.Pipe()
			go b.Serve(t, there)
			return here, nil
		}
		return e, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// near fails unless got is within 3 % of want.
func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if d := got - want; d > want*3/100 || d < -want*3/100 {
		t.Errorf("%s = %v, want %v within 3 %%", what, got, want)
	}
}

func quantileOf(h Histogram, q float64) time.Duration { return time.Duration(h.quantile(q)) }

func TestStallShowsInTheResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &echo.Broker{Version: mqtt.V311, Wait: func(n int) {
			if n == 500 {
				<-time.After(500 * time.Millisecond)
			}
		}}
		p := plan("pipe:1", topics(1), []string{"#"})
		p.QoS, p.Window, p.Schedule, p.Duration = 1, 1, constant(1000), 2*time.Second
		o := measure(t, b, p)
		if o.Counts.Delivered != 2000 {
			t.Errorf("counts = %+v, want 2000 deliveries", o.Counts)
		}
		// A quarter of the messages were due while the broker stood still.
		l := &o.Latencies
		near(t, "response p90", quantileOf(l.Response, 90), 300*time.Millisecond)
		near(t, "response p99", quantileOf(l.Response, 99), 480*time.Millisecond)
		near(t, "send lag p99", quantileOf(l.SendLag, 99), 480*time.Millisecond)
		near(t, "service max", quantileOf(l.Service, 100), 500*time.Millisecond)
		if p99 := quantileOf(l.Service, 99); p99 > time.Millisecond {
			t.Errorf("service p99 = %v, want next to nothing", p99)
		}
	})
}

func TestDelaysAreMeasured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		delay := func(n int) time.Duration { return time.Duration(10+n%100) * time.Millisecond }
		p := plan("pipe:1", topics(1), []string{"#"})
		p.Schedule, p.Duration = constant(500), 4*time.Second
		o := measure(t, &echo.Broker{Version: mqtt.V311, Delay: delay}, p)
		for _, h := range []Histogram{o.Latencies.Response, o.Latencies.Service} {
			near(t, "p50", quantileOf(h, 50), 59*time.Millisecond)
			near(t, "p99", quantileOf(h, 99), 108*time.Millisecond)
			near(t, "max", quantileOf(h, 100), 109*time.Millisecond)
		}
		if len(o.Seconds) != 4 {
			t.Errorf("%d seconds, want 4", len(o.Seconds))
		}
		for i, s := range o.Seconds {
			if s.Intended != 500 || s.Sent != 500 || s.Delivered != 500 || s.Histogram().TotalCount() != 500 {
				t.Errorf("second %d = %+v, want 500 of everything", i, s)
			}
		}
	})
}

func TestLateMessagesAreSkipped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &echo.Broker{Version: mqtt.V311, Wait: func(n int) {
			if n == 500 {
				<-time.After(500 * time.Millisecond)
			}
		}}
		p := plan("pipe:1", topics(1), []string{"#"})
		p.QoS, p.Window, p.Schedule, p.Duration, p.Skip = 1, 1, constant(1000), 2*time.Second, true
		c := measure(t, b, p).Counts
		// What was due in the last 10 ms of the stall is not late yet.
		if c.Intended != 2000 || c.Skipped < 480 || c.Skipped > 500 || c.Sent != 2000-c.Skipped || c.Delivered != c.Sent || c.Lost != 0 {
			t.Errorf("counts = %+v, want 2000 intended, about 490 of them skipped, and nothing lost", c)
		}
	})
}

func TestFaultsAreCountedExactly(t *testing.T) {
	t.Parallel()
	script := map[int]echo.Fault{100: echo.Twice, 200: echo.Hold, 300: echo.Foreign, 400: echo.Twice}
	synctest.Test(t, func(t *testing.T) {
		b := &echo.Broker{Version: mqtt.V5, Fault: func(n int) echo.Fault {
			if n%1000 == 999 {
				return echo.Drop
			}
			return script[n]
		}}
		p := plan("pipe:1", topics(1), []string{"#"})
		p.Version, p.Schedule, p.Duration = mqtt.V5, constant(1000), 10*time.Second
		o := measure(t, b, p)
		want := result.Counts{
			Connected: 2, Subscribed: 1, Intended: 10_000, Sent: 10_000, Expected: 10_000, Delivered: 9990,
			Lost: 10, Duplicated: 2, Reordered: 1, Unparsed: 1, BytesSent: 640_000, BytesDelivered: 639_360,
		}
		if o.Counts != want {
			t.Errorf("counts = %+v, want %+v", o.Counts, want)
		}
		stream := Stream{Expected: 10_000, Lost: 10, Duplicated: 2, Reordered: 1}
		if o.StreamCount != 1 || len(o.Streams) != 1 || o.Streams[0] != stream {
			t.Errorf("%d streams: %+v, want %+v", o.StreamCount, o.Streams, stream)
		}
	})
}

// The members of a group get the messages of a publisher in order, each of
// them; what the other members get says nothing about it.
func TestOrderIsThatOfEachMember(t *testing.T) {
	t.Parallel()
	held := func(n int) echo.Fault {
		if n%100 == 50 {
			return echo.Hold
		}
		return echo.None
	}
	for _, tc := range []struct {
		members   int
		rate      float64
		reordered uint64
	}{{1, 1000, 10}, {1, 0, 10}, {2, 1000, 0}, {2, 0, 0}} {
		synctest.Test(t, func(t *testing.T) {
			p := plan("pipe:1", topics(1), slices.Repeat([]string{"$share/g/#"}, tc.members))
			for i := range tc.members {
				p.Clients[i].Group = 1
			}
			p.Count, p.Duration = 1000, 0
			if tc.rate > 0 {
				p.Schedule = constant(tc.rate)
			}
			o := measure(t, &echo.Broker{Version: mqtt.V311, Fault: held}, p)
			c := o.Counts
			if c.Delivered != 1000 || c.Reordered != tc.reordered || c.Lost+c.Duplicated+c.Unparsed != 0 {
				t.Errorf("%+v: counts = %+v, want all of 1000 and %d reordered", tc, c, tc.reordered)
			}
			if tc.reordered > 0 && (len(o.Streams) != 1 || o.Streams[0].Reordered != tc.reordered) {
				t.Errorf("%+v: streams = %+v, want that of the publisher to the group", tc, o.Streams)
			}
		})
	}
}

func TestLossesSurviveAReconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &echo.Broker{Version: mqtt.V311, Fault: func(n int) echo.Fault {
			if n == 500 {
				return echo.HangUp
			}
			return echo.None
		}}
		p := plan("pipe:1", topics(1), []string{"#"})
		p.Schedule, p.Duration = constant(1000), 2*time.Second
		o := measure(t, b, p)
		c := o.Counts
		// It is back after 100 ms, and sends what was due meanwhile.
		if c.Sent != 2000 || c.Lost != 1 || c.Delivered != 1999 || c.Disconnected != 1 || c.Connected != 3 || c.Duplicated != 0 {
			t.Errorf("counts = %+v, want 1 of 2000 lost and one connection; errors %v", c, o.Errors)
		}
		near(t, "send lag max", quantileOf(o.Latencies.SendLag, 100), 100*time.Millisecond)
	})
}

func TestRefusalsAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := plan("pipe:1", topics(1), nil)
		for range 3 {
			p.Clients = append(p.Clients, Client{Role: "idle client", ID: "refused"})
		}
		good, bad := &echo.Broker{Version: mqtt.V311}, &echo.Broker{Version: mqtt.V311, Refuse: mqtt.NotAuthorized}
		p.Schedule, p.Duration = constant(1000), time.Second
		o, err := run(t.Context(), p, func(l *Load) (engine, error) {
			e, err := newGoroutines(l)
			e.(*goroutines).dialer = func(_ context.Context, c *client) (net.Conn, error) {
				here, there := net.Pipe()
				b := good
				if c.plan.ID == "refused" {
					b = bad
				}
				go b.Serve(t, there)
				return here, nil
			}
			return e, err
		})
		if err != nil {
			t.Fatal(err)
		}
		n := o.Errors["connect: not authorized"]
		if o.Counts.Connected != 1 || o.Counts.Sent != 1000 || n < 9 || o.Counts.ConnectFailed != n {
			t.Errorf("counts = %+v, errors %v, want three clients refused three times at least", o.Counts, o.Errors)
		}
	})
}

// An attempt to connect ends at the connect timeout, whether the connection or
// the answer to CONNECT does not come, and is made again.
func TestAttemptsToConnectEnd(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		want   string
		dialer func(context.Context, *client) (net.Conn, error)
	}{
		{"no connection within 3s", func(ctx context.Context, _ *client) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}},
		{"no answer to CONNECT within 3s", func(context.Context, *client) (net.Conn, error) {
			here, there := net.Pipe()
			go io.Copy(io.Discard, there)
			return here, nil
		}},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := plan("pipe:1", topics(2), nil)
			p.ConnectTimeout = 3 * time.Second
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // where they do not end
			defer cancel()
			var l *Load
			_, err := run(ctx, p, func(load *Load) (engine, error) {
				l = load
				e, err := newGoroutines(l)
				e.(*goroutines).dialer = tc.dialer
				return e, err
			})
			if err == nil || err.Error() != "no client could connect: "+tc.want {
				t.Errorf("run = %v, want %q", err, tc.want)
			}
			if n := l.counts.ConnectFailed; n != 2*enough || l.errors[tc.want] != n {
				t.Errorf("%d attempts failed, errors %v, want %d of both clients", n, l.errors, 2*enough)
			}
			near(t, "the time of three attempts", time.Since(began), enough*p.ConnectTimeout+firstRetry+2*firstRetry)
		})
	}
}

// An engine that waits all the time is not busy, whichever it is.
func TestWaitingIsNotBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := plan("pipe:1", nil, []string{"#"})
		p.Kind, p.Duration = Hold, time.Second
		if o := measure(t, &echo.Broker{Version: mqtt.V311}, p); o.Busy != 0 {
			t.Errorf("an engine with nothing to do was busy %v of the time", o.Busy)
		}
	})
}

func TestConnectionsAreKeptAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &echo.Broker{Version: mqtt.V311}
		p := plan("pipe:1", nil, []string{"#"})
		p.Kind, p.KeepAlive, p.Duration = Hold, 10*time.Second, 5*time.Minute
		o := measure(t, b, p)
		if n := b.Pings(); n < 30 || o.Counts.Disconnected != 0 {
			t.Errorf("%d PINGREQ in 5 minutes, %d connections lost, want 30 and none", n, o.Counts.Disconnected)
		}
		b.Mute = true
		if o := measure(t, b, p); o.Errors["no answer to PINGREQ"] == 0 {
			t.Errorf("errors = %v, want a broker that does not answer", o.Errors)
		}
	})
}

// TestAcknowledgementsInTime has a broker that acknowledges half of the
// messages when measuring is over.
func TestAcknowledgementsInTime(t *testing.T) {
	t.Parallel()
	for qos := mqtt.AtLeastOnce; qos <= mqtt.ExactlyOnce; qos++ {
		synctest.Test(t, func(t *testing.T) {
			b := &echo.Broker{Version: mqtt.V311, Wait: func(n int) {
				if n == 500 {
					<-time.After(700 * time.Millisecond)
				}
			}}
			p := plan("pipe:1", topics(1), nil)
			p.QoS, p.Window, p.Schedule, p.Duration = qos, maxWindow, constant(1000), time.Second
			o := measure(t, b, p)
			if o.Counts.Acked != 1000 || o.AckedInTime != 500 {
				t.Errorf("QoS %d: %d acknowledged, %d of them in time, want 1000 and 500", qos, o.Counts.Acked, o.AckedInTime)
			}
		})
	}
}
