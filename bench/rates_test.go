package bench

import (
	"reflect"
	"testing"
	"time"

	"mqt/bench/internal/load"
	"mqt/bench/result"
)

// Rates are of the measured time: what comes after it, or was published before
// it, is in the counts alone.
func TestRatesAreOfTheMeasuredTime(t *testing.T) {
	t.Parallel()
	out := &load.Outcome{Measured: 2 * time.Second, SentInTime: 180, AckedInTime: 100, InTime: 160}
	out.Counts = result.Counts{Intended: 200, Sent: 200, Acked: 200, Expected: 200, Delivered: 200}
	c := Config{Clients: Clients{Publishers: 1, Subscribers: 1}}
	for scenario, want := range map[string]result.Rates{
		"p2p":      {Offered: new(100.0), Sent: new(90.0), Acked: new(50.0), Delivered: new(80.0), Achieved: new(0.8)},
		"retained": {Delivered: new(80.0), Achieved: new(0.8)},
		"offline":  {Delivered: new(80.0), Achieved: new(0.8)},
	} {
		s, ok := lookup(scenario)
		if got := rates(c, s, out); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("rates of %s = %+v, want %+v", scenario, got, want)
		}
	}
}
