package bench

import (
	"testing"
	"time"

	"mqt/bench/payload"
	"mqt/internal/mqtt"
)

// Placeholders change nothing about what is known of each message.
func TestRunWithATemplate(t *testing.T) {
	t.Parallel()
	url := serve(t)
	template := payload.Parse([]byte(`{"id":%UNIQUE%,"t":%TIMESTAMPMS%,"x":"%RANDOM%"}`), 30)
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		for qos := mqtt.AtMostOnce; qos <= mqtt.ExactlyOnce; qos++ {
			r, err := Run(t.Context(), Config{
				Scenario: "fanout", Target: Target{URLs: []string{url}, Version: v}, Drain: time.Minute,
				Load: Workload{QoS: qos, Template: template, Schedule: steady(1000)}, Count: 100,
			})
			if err != nil {
				t.Fatal(err)
			}
			size := 16 + uint64(template.Size())
			n := r.Counts
			got := [...]uint64{n.Sent, n.BytesSent, n.Delivered, n.BytesDelivered, n.Lost + n.Duplicated + n.Reordered + n.Unparsed}
			if want := [...]uint64{100, 100 * size, 1000, 1000 * size, 0}; got != want || r.Scenario.Sizes[0] != int(size) {
				t.Errorf("%v QoS %d: sent, bytes, delivered, bytes, wrong = %v, want %v; sizes %v", v, qos, got, want, r.Scenario.Sizes)
			}
		}
	}
}
