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

func TestRunScenarios(t *testing.T) {
	t.Parallel()
	url := serve(t)
	for _, tc := range []struct {
		scenario   string
		deliveries uint64 // of each message
	}{{"pub", 0}, {"p2p", 1}, {"fanin", 1}, {"fanout", 10}, {"share", 1}} {
		for qos := range 3 {
			t.Run(tc.scenario, func(t *testing.T) {
				t.Parallel()
				r, err := Run(t.Context(), Config{
					Scenario: tc.scenario, Target: Target{URLs: []string{url}},
					Load: Workload{QoS: mqtt.QoS(qos), Schedule: steady(1000)}, Duration: 300 * time.Millisecond,
				})
				if err != nil {
					t.Fatal(err)
				}
				got := []uint64{r.Counts.Intended, r.Counts.Sent, r.Counts.Expected, r.Counts.Delivered, r.Counts.Lost}
				want := []uint64{300, 300, 300 * tc.deliveries, 300 * tc.deliveries, 0}
				for i := range got {
					if got[i] != want[i] {
						t.Fatalf("intended, sent, expected, delivered, lost = %v, want %v; errors %v", got, want, r.Errors)
					}
				}
				if d := r.Latency[result.Response]; d.Count != 300*tc.deliveries {
					t.Errorf("%d responses, want %d", d.Count, 300*tc.deliveries)
				}
				t.Logf("%+v", r)
			})
		}
	}
}
