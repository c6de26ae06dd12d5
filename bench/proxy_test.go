package bench

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/sockstest"
)

// Every client of every scenario connects through the proxy, which looks up
// the broker's name.
func TestRunThroughAProxy(t *testing.T) {
	t.Parallel()
	broker := strings.TrimPrefix(serve(t), "mqtt://")
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			proxy := sockstest.Start(t, broker)
			c := Config{
				Scenario: s.Name, Duration: 100 * time.Millisecond, Drain: time.Minute,
				Target: Target{URLs: []string{"mqtt://broker.invalid"},
					Proxy: &url.URL{Scheme: "socks5h", Host: proxy.Addr, User: url.UserPassword("u", "p")}},
				Load: Workload{QoS: mqtt.AtLeastOnce, Filters: map[string][]string{"sub": {"nothing"}}[s.Name]},
			}
			if s.topic != "" {
				c.Load.Schedule, c.Count, c.Duration = steady(1000), 50, 0
			}
			r, err := Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			n := r.Counts
			if n.Delivered != n.Expected || n.ConnectFailed+n.Disconnected+n.Lost > 0 || c.Count > 0 && n.Sent != c.Count {
				t.Errorf("counts = %+v, want everything delivered; errors %v", n, r.Errors)
			}
			asked := proxy.Asked()
			if uint64(len(asked)) < n.Connected {
				t.Errorf("%d connections through the proxy, want those of %d clients", len(asked), n.Connected)
			}
			for _, what := range asked {
				if what != "3 broker.invalid:1883 u:p" {
					t.Fatalf("the proxy was asked for %q", what)
				}
			}
		})
	}
}

// The errors of a proxy are told apart from those of the broker.
func TestRunTellsTheProxysErrors(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), Config{
		Scenario: "pub", Clients: Clients{Publishers: 1}, Duration: time.Second,
		Target: Target{URLs: []string{"mqtt://127.0.0.1:1"}, Proxy: &url.URL{Scheme: "socks5h", Host: "127.0.0.1:1"}},
	})
	if err == nil || !strings.Contains(err.Error(), "no client could connect: proxy 127.0.0.1:1: ") {
		t.Errorf("Run = %v, %v, want the proxy's error", r, err)
	}
}
