package bench

import (
	"math"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mqt/bench/result"
	"mqt/broker"
	"mqt/internal/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs the built-in broker until the test ends, and returns its URL.
func serve(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &broker.Server{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		srv.Serve(ln)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-done
	})
	return "mqtt://" + ln.Addr().String()
}

// steady is a constant schedule.
type steady float64

func (s steady) Due(i uint64) time.Duration { return time.Duration(float64(i) / float64(s) * 1e9) }
func (s steady) Count(d time.Duration) uint64 {
	return uint64(math.Ceil(float64(d) / 1e9 * float64(s)))
}
func (s steady) Rate(time.Duration) float64 { return float64(s) }
func (s steady) Name() string               { return "constant" }

func TestRunPublishesOnSchedule(t *testing.T) {
	t.Parallel()
	url := serve(t)
	for _, tc := range []struct {
		scenario   string
		deliveries uint64 // of each message
	}{{"pub", 0}, {"p2p", 1}, {"fanin", 1}, {"fanout", 10}, {"share", 1}, {"rr", 1}} {
		for qos := mqtt.AtMostOnce; qos <= mqtt.ExactlyOnce; qos++ {
			t.Run(tc.scenario, func(t *testing.T) {
				t.Parallel()
				r, err := Run(t.Context(), Config{
					Scenario: tc.scenario, Target: Target{URLs: []string{url}},
					Load: Workload{QoS: qos, Schedule: steady(1000)}, Warmup: 50 * time.Millisecond, Duration: 300 * time.Millisecond,
					Drain: time.Minute,
				})
				if err != nil {
					t.Fatal(err)
				}
				n := r.Counts
				got := [...]uint64{n.Intended, n.Sent, n.Expected, n.Delivered, n.Lost + n.Duplicated + n.Reordered + n.Unparsed + n.Negative}
				if want := [...]uint64{300, 300, 300 * tc.deliveries, 300 * tc.deliveries, 0}; got != want {
					t.Errorf("intended, sent, expected, delivered, wrong = %v, want %v; errors %v", got, want, r.Errors)
				}
				for _, name := range []string{result.Response, result.Service} {
					if d := r.Latency[name]; d.Count != 300*tc.deliveries {
						t.Errorf("%d values of %s, want %d", d.Count, name, 300*tc.deliveries)
					}
				}
				if d := r.Latency[result.Ack]; qos > 0 && d.Count != 300 {
					t.Errorf("%d values of ack, want 300", d.Count)
				}
			})
		}
	}
}

func TestRunOtherScenarios(t *testing.T) {
	t.Parallel()
	url := serve(t)
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		for _, tc := range []struct {
			name string
			c    Config
			want result.Counts
		}{
			{"conn", Config{Scenario: "conn", Duration: 50 * time.Millisecond}, result.Counts{Connected: 100}},
			{"sub", Config{Scenario: "sub", Duration: 50 * time.Millisecond, Load: Workload{Filters: []string{"nothing/#"}}},
				result.Counts{Connected: 1, Subscribed: 1}},
			{"retained", Config{Scenario: "retained", Clients: Clients{Publishers: 2, Subscribers: 3}, Count: 500},
				result.Counts{Connected: 5, Subscribed: 3, Intended: 500, Sent: 500, Acked: 500, Expected: 1500, Delivered: 1500, BytesSent: 500 * 256, BytesDelivered: 1500 * 256}},
			{"offline", Config{Scenario: "offline", Clients: Clients{Publishers: 2, Subscribers: 3}, Count: 500},
				result.Counts{Connected: 8, Subscribed: 3, Intended: 500, Sent: 500, Acked: 500, Expected: 1500, Delivered: 1500, BytesSent: 500 * 256, BytesDelivered: 1500 * 256}},
			{"retained at a rate", Config{Scenario: "retained", Count: 50, Load: Workload{Schedule: steady(1000)}},
				result.Counts{Connected: 2, Subscribed: 1, Intended: 50, Sent: 50, Acked: 50, Expected: 50, Delivered: 50, BytesSent: 50 * 256, BytesDelivered: 50 * 256}},
			{"offline at a rate", Config{Scenario: "offline", Count: 50, Load: Workload{Schedule: steady(1000)}},
				result.Counts{Connected: 3, Subscribed: 1, Intended: 50, Sent: 50, Acked: 50, Expected: 50, Delivered: 50, BytesSent: 50 * 256, BytesDelivered: 50 * 256}},
			{"will", Config{Scenario: "will", Clients: Clients{Idle: 50, Subscribers: 2}, Load: Workload{QoS: 1}},
				result.Counts{Connected: 52, Subscribed: 2, Intended: 50, Expected: 100, Delivered: 100, Wills: 100, BytesDelivered: 1600}},
		} {
			t.Run(tc.name+"/"+v.String(), func(t *testing.T) {
				t.Parallel()
				tc.c.Target = Target{URLs: []string{url}, Version: v}
				tc.c.Drain = 5 * time.Second
				r, err := Run(t.Context(), tc.c)
				if err != nil {
					t.Fatal(err)
				}
				if v == mqtt.V31 && tc.c.Scenario == "offline" {
					tc.want.Subscribed *= 2 // it does not tell whether there is a session, so they subscribe again
				}
				if r.Counts != tc.want {
					t.Errorf("counts = %+v, want %+v; errors %v", r.Counts, tc.want, r.Errors)
				}
				if a := r.Rates.Achieved; tc.want.Expected > 0 && (a == nil || *a != 1 || len(r.Warnings) > 0) {
					t.Errorf("not all was achieved; warnings %q", r.Warnings)
				}
				if d := r.Latency[result.Response]; d.Count != tc.want.Delivered {
					t.Errorf("%d responses, want %d", d.Count, tc.want.Delivered)
				}
			})
		}
	}
}
