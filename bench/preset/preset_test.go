package preset

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"singlenode-conn-tcp-10K-100", "singlenode-conn-tcp-10K-100"},
		{"conn-tcp-10k-100", "singlenode-conn-tcp-10K-100"},
		{"fanout-5-1000-5-250K", "singlenode-fanout-5-1000-5-250K"},
		{"fanout-1-1k-1-1K", "singlenode-fanout-1-1000-1-1000K"},
		{"sharedsub-1K-5-1K-1K", "singlenode-sharesub-1K-5-1K-1K"},
		{"singlenode-sharesub-50K-500-50K-50K", "singlenode-sharesub-50K-500-50K-50K"},
	}
	for _, tc := range tests {
		if got, err := Lookup(tc.name); err != nil || got.Name != tc.want {
			t.Errorf("Lookup(%q) = %q, %v, want %q", tc.name, got.Name, err, tc.want)
		}
	}
	_, err := Lookup("p2p-2K")
	if err == nil || !strings.Contains(err.Error(), "there is no preset \"p2p-2K\"\nhint: use one of singlenode-conn-tcp-10K-100, ") {
		t.Errorf("Lookup(p2p-2K) = %v", err)
	}
}

func TestPresets(t *testing.T) {
	t.Parallel()
	want := map[string]Preset{
		"conn-tcp-10K-100": {Scenario: "conn", Version: "3.1.1", Idle: 10_000, ConnectRate: 100},
		"conn-tcp-1M-5K":   {Scenario: "conn", Version: "3.1.1", Idle: 1_000_000, ConnectRate: 5000},
		"fanout-1-1000-1-1000K": {Scenario: "fanout", Version: "3.1.1",
			Publishers: 1, Subscribers: 1000, Topics: 1, Rate: 1, QoS: 1, Size: 16},
		"fanout-5-1000-5-250K": {Scenario: "fanout", Version: "3.1.1",
			Publishers: 5, Subscribers: 1000, Topics: 5, Rate: 250, QoS: 1, Size: 16},
		"p2p-1K-1K-1K-1K": {Scenario: "p2p", Version: "3.1.1",
			Publishers: 1000, Subscribers: 1000, Topics: 1000, Rate: 1000, QoS: 1, Size: 16},
		"p2p-50K-50K-50K-50K": {Scenario: "p2p", Version: "3.1.1",
			Publishers: 50_000, Subscribers: 50_000, Topics: 50_000, Rate: 50_000, QoS: 1, Size: 16},
		"sharesub-1K-5-1K-1K": {Scenario: "share", Version: "5.0",
			Publishers: 1000, Subscribers: 5, Topics: 1000, Rate: 1000, QoS: 1, Size: 16,
			Topic: "test/%i", Filters: []string{"$share/benchmark/test/#"}},
		"sharesub-50K-500-50K-50K": {Scenario: "share", Version: "5.0",
			Publishers: 50_000, Subscribers: 500, Topics: 50_000, Rate: 50_000, QoS: 1, Size: 16,
			Topic: "test/%i", Filters: []string{"$share/benchmark/test/#"}},
	}
	if len(Names()) != len(want) {
		t.Errorf("Names() = %q, want %d", Names(), len(want))
	}
	for name, w := range want {
		w.Name, w.KeepAlive, w.Duration = "singlenode-"+name, 300*time.Second, 30*time.Minute
		got, err := Lookup(name)
		if got.About == "" || !slices.Contains(Names(), got.Name) {
			t.Errorf("%s has no help or is not in Names()", name)
		}
		got.About = ""
		if err != nil || !reflect.DeepEqual(got, w) {
			t.Errorf("Lookup(%s) = %+v, %v, want %+v", name, got, err, w)
		}
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	p, err := Lookup("fanout-5-1000-5-250K")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		factor                  float64
		publishers, subscribers int
		rate                    float64
	}{
		{1, 5, 1000, 250}, {0.5, 3, 500, 125}, {0.1, 1, 100, 25}, {0.0001, 1, 1, 0.025}, {2, 10, 2000, 500},
	}
	for _, tc := range tests {
		got, err := p.Scale(tc.factor)
		want := p
		want.Publishers, want.Topics, want.Subscribers, want.Rate = tc.publishers, tc.publishers, tc.subscribers, tc.rate
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Scale(%v) = %+v, %v, want %+v", tc.factor, got, err, want)
		}
	}
	conn, _ := Lookup("conn-tcp-10K-100")
	if got, err := conn.Scale(0.1); err != nil || got.Idle != 1000 || got.ConnectRate != 10 || got.Publishers != 0 || got.Topics != 0 {
		t.Errorf("Scale(0.1) of conn = %+v, %v", got, err)
	}
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if got, err := p.Scale(bad); err == nil {
			t.Errorf("Scale(%v) = %+v, want an error", bad, got)
		}
	}
}

func TestDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "bench.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Names() {
		if !strings.Contains(string(text), "| `"+name+"` |") {
			t.Errorf("docs/bench.md does not have %s", name)
		}
	}
}
