package result

import (
	"slices"
	"testing"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	full, empty := sample(), &Result{}
	want := map[string]float64{"achieved": 99.8, "generator": 1, "delivered.rate": 500, "response.p50": float64(full.Latency[Response].P50), "lost": 2, "bytes_delivered": 16000,
		"cpu": 0.5, "target.cpu": 0.25, "target.rss": 1 << 20, "target.cpu_per_message": 500}
	var names []string
	for _, m := range Metrics() {
		names = append(names, m.Name)
		m.Value(empty) // must not panic
		got := m.Value(full)
		if v, ok := want[m.Name]; ok && (got == nil || *got != v) {
			t.Errorf("%s = %v, want %v", m.Name, got, v)
		}
		delete(want, m.Name)
	}
	if len(want) > 0 {
		t.Errorf("there are no metrics %v", want)
	}
	if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
		t.Errorf("a name is there twice: %q", names)
	}
}
