package bench

import (
	"testing"

	"mqt/bench/result"
)

func TestCanarySuspectsOnlyABusyLoad(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		service int64 // of the load, in ns
		busy    float64
		want    string
	}{
		{"the broker is behind", 400e6, 0.5, ""},
		{"the load is behind", 400e6, 0.9, "the canary's messages took 1ms and the load's 400ms, at the median"},
		{"nobody is", 4e6, 0.9, ""},
	} {
		c := &canary{times: result.NewHistogram()}
		if err := c.times.RecordValue(1000); err != nil {
			t.Fatal(err)
		}
		r := &result.Result{Latency: map[string]result.Dist{result.Service: {Count: 1, P50: tc.service}}, Resources: result.Resources{CPU: new(1.5)}}
		if got := c.suspicion(r, tc.busy); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
