package bench

import (
	"fmt"
	"testing"
	"time"

	"mqt/bench/result"
	"mqt/internal/mqtt"
	"mqt/internal/peertest"
)

// Every scenario runs in every version that has what it needs, against both
// brokers.
func TestRunInEveryVersion(t *testing.T) {
	t.Parallel()
	brokers := map[string]func(*testing.T) string{
		"mqt":       serve,
		"mosquitto": func(t *testing.T) string { return "mqtt://" + peertest.Mosquitto(t) },
	}
	for name, start := range brokers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := start(t)
			for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
				for _, s := range Scenarios() {
					t.Run(fmt.Sprintf("%v/%s", v, s.Name), func(t *testing.T) {
						runInVersion(t, url, v, s)
					})
				}
			}
		})
	}
}

// runInVersion runs a small load of the scenario at each QoS that it has.
func runInVersion(t *testing.T, url string, v mqtt.Version, s Scenario) {
	for qos := mqtt.AtMostOnce; qos <= mqtt.ExactlyOnce; qos++ {
		c := Config{
			Scenario: s.Name, Target: Target{URLs: []string{url}, Version: v}, Drain: time.Minute,
			Clients:  Clients{Publishers: min(s.publishers, 3), Subscribers: min(s.subscribers, 2), Idle: min(s.idle, 3)},
			Load:     Workload{QoS: qos, Window: 10}, // mosquitto hangs up on more than 20, and says so in MQTT 5 only
			Duration: 50 * time.Millisecond,
		}
		if s.Name == "sub" {
			c.Load.Filters = []string{"nothing/here"}
		}
		if s.topic != "" {
			c.Load.Schedule, c.Count, c.Duration = steady(1000), 60, 0
		}
		r, err := Run(t.Context(), c)
		if s.Name == "rr" && v != mqtt.V5 {
			if err == nil || err.Error() != "scenario rr needs MQTT 5" {
				t.Errorf("Run = %v, want that it needs MQTT 5", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		checkWhole(t, c, s, r)
	}
}

// checkWhole fails unless all clients connected and everything was delivered.
func checkWhole(t *testing.T, c Config, s Scenario, r *result.Result) {
	t.Helper()
	n, clients := r.Counts, uint64(c.Clients.Publishers+c.Clients.Subscribers+c.Clients.Idle)
	deliveries := uint64(0) // of each message
	switch {
	case s.Name == "pub" || s.filter == "" && s.Name != "rr":
	case s.Name == "fanout", s.Name == "retained", s.Name == "offline", s.Name == "will":
		deliveries = uint64(c.Clients.Subscribers)
	default:
		deliveries = 1
	}
	if n.Connected < clients || n.Intended != max(c.Count, uint64(c.Clients.Idle)*deliveries) ||
		n.Expected != n.Intended*deliveries || n.Delivered != n.Expected {
		t.Errorf("QoS %d: counts = %+v, want %d clients and everything delivered; errors %v", c.Load.QoS, n, clients, r.Errors)
	}
	if bad := n.ConnectFailed + n.Disconnected + n.Lost + n.Duplicated + n.Reordered + n.Unparsed + n.Negative; bad > 0 {
		t.Errorf("QoS %d: counts = %+v, want no faults; errors %v", c.Load.QoS, n, r.Errors)
	}
	if r.Target.Version != c.Target.Version.String() {
		t.Errorf("the version is %s, want %v", r.Target.Version, c.Target.Version)
	}
}
