package admin

import (
	"bytes"
	"net"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"mqt/broker"
	"mqt/internal/client"
	"mqt/internal/mqtt"
)

// TestMetricsLint holds what is served against Prometheus' conventions.
func TestMetricsLint(t *testing.T) {
	t.Parallel()
	got := serve(t, Options{Version: "1.2.3\xff"}).get(t, "/metrics")
	problems, err := promlint.New(strings.NewReader(got)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	if !strings.Contains(got, `mqt_build_info{version="1.2.3?"} 1`) {
		t.Error("no mqt_build_info with the version")
	}
	names := []string{"go_goroutines", "go_memstats_alloc_bytes", "go_gc_duration_seconds_count"}
	if runtime.GOOS == "linux" {
		names = append(names, "process_cpu_seconds_total", "process_open_fds", "process_max_fds", "process_resident_memory_bytes",
			"process_virtual_memory_bytes", "process_start_time_seconds", "go_threads")
	}
	for _, name := range names {
		if v := samples(got)[name]; v == "" || v == "0" && name != "go_gc_duration_seconds_count" {
			t.Errorf("%s = %q, want a number above 0", name, v)
		}
	}
}

func TestMetricsTellWhatHappened(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	c := f.connect(t, client.Options{ClientID: "c"}, "a/#", "$share/g/b")
	f.away(t, "away", "a/#")
	if err := c.Publish(t.Context(), mqtt.Message{Topic: "a/x", Payload: []byte("1234"), QoS: 1, Retain: true}); err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(t.Context(), mqtt.Message{Topic: "$SYS/x", QoS: 1}); err == nil {
		t.Fatal("publish to $SYS succeeded")
	}
	f.until(t, "everything is counted", func() bool {
		s := f.srv.Stats()
		return s.Connections == 1 && s.PublishReceived == 2 && s.PublishSent == 1
	})
	got := samples(f.get(t, "/metrics"))
	stats := f.srv.Stats()
	for name, want := range map[string]string{
		"mqt_connections": "1", "mqt_connections_accepted_total": "2", "mqt_connections_refused_total": "0",
		"mqt_clients_connected": "1", "mqt_sessions": "2", "mqt_subscriptions": "3", "mqt_shared_subscriptions": "1",
		"mqt_retained_messages": "1", "mqt_retained_bytes": "7", "mqt_queued_messages": "1", "mqt_queued_bytes": "7", "mqt_queue_messages_max": "1",
		"mqt_received_messages_total": "2", "mqt_sent_messages_total": "1",
		`mqt_dropped_messages_total{reason="not_allowed"}`: "1",
		`mqt_dropped_messages_total{reason="queue_full"}`:  "0",
	} {
		if got[name] != want {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
	for reason := range stats.Dropped {
		if got[`mqt_dropped_messages_total{reason="`+reason+`"}`] == "" {
			t.Errorf("no dropped messages for reason %s", reason)
		}
	}
	for reason := range stats.Closed {
		if got[`mqt_connections_closed_total{reason="`+reason+`"}`] == "" {
			t.Errorf("no closed connections for reason %s", reason)
		}
	}
}

// TestMetricsReadEachCounter: every metric has a value of its own.
func TestMetricsReadEachCounter(t *testing.T) {
	t.Parallel()
	s := broker.Stats{Connections: 1, ClientsConnected: 2, Sessions: 3, ConnectionsTotal: 4, ConnectionsRefused: 5, SessionsExpired: 6,
		Subscriptions: 7, SharedSubscriptions: 8, Retained: 9, RetainedBytes: 10, Queued: 11, QueuedBytes: 12,
		BytesReceived: 13, BytesSent: 14, PacketsReceived: 15, PacketsSent: 16, PublishReceived: 17, PublishSent: 18, MemoryLimited: true,
		LargestQueue: 19, Commits: broker.CommitStats{Pending: 20, PendingBytes: 21}}
	want := map[string]int64{
		"mqt_connections": 1, "mqt_clients_connected": 2, "mqt_sessions": 3, "mqt_connections_accepted_total": 4, "mqt_connections_refused_total": 5,
		"mqt_sessions_expired_total": 6, "mqt_subscriptions": 7, "mqt_shared_subscriptions": 8, "mqt_retained_messages": 9, "mqt_retained_bytes": 10,
		"mqt_queued_messages": 11, "mqt_queued_bytes": 12, "mqt_received_bytes_total": 13, "mqt_sent_bytes_total": 14,
		"mqt_received_packets_total": 15, "mqt_sent_packets_total": 16, "mqt_received_messages_total": 17, "mqt_sent_messages_total": 18,
		"mqt_memory_limited":     1,
		"mqt_queue_messages_max": 19, "mqt_store_pending_commits": 20, "mqt_store_pending_bytes": 21,
	}
	if len(metrics) != len(want) {
		t.Errorf("there are %d metrics, want %d", len(metrics), len(want))
	}
	for _, m := range metrics {
		if got := m.value(&s); got != want[m.name] {
			t.Errorf("%s reads %d, want %d", m.name, got, want[m.name])
		}
		if (m.kind == counter) != strings.HasSuffix(m.name, "_total") {
			t.Errorf("%s: counters, and only they, end in _total", m.name)
		}
	}
}

// TestMetricsReadEachListenerCounter: every metric has a value of its own.
func TestMetricsReadEachListenerCounter(t *testing.T) {
	t.Parallel()
	l := broker.ListenerStats{Connections: 1, ConnectionsTotal: 2, ConnectionsRefused: 3, BytesReceived: 4, BytesSent: 5, PublishReceived: 6, PublishSent: 7}
	want := map[string]int64{
		"mqt_listener_connections": 1, "mqt_listener_connections_accepted_total": 2, "mqt_listener_connections_refused_total": 3,
		"mqt_listener_received_bytes_total": 4, "mqt_listener_sent_bytes_total": 5,
		"mqt_listener_received_messages_total": 6, "mqt_listener_sent_messages_total": 7,
	}
	if len(listenerMetrics) != len(want) {
		t.Errorf("there are %d metrics, want %d", len(listenerMetrics), len(want))
	}
	for _, m := range listenerMetrics {
		if got := m.value(&l); got != want[m.name] {
			t.Errorf("%s reads %d, want %d", m.name, got, want[m.name])
		}
		if (m.kind == counter) != strings.HasSuffix(m.name, "_total") {
			t.Errorf("%s: counters, and only they, end in _total", m.name)
		}
	}
}

// TestMetricsOfEachListener are labelled with its name, and two of one name are
// one line: a scrape that repeats itself fails.
func TestMetricsOfEachListener(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	for _, name := range []string{"second", "second", "a \"third\""} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- f.srv.ServeListener(ln, broker.ListenerOptions{Name: name}) }()
		t.Cleanup(func() { f.srv.Close(); <-served })
	}
	f.connect(t, client.Options{ClientID: "c"})
	f.until(t, "every listener is there", func() bool { return len(f.srv.Stats().Listeners) == 3 })
	got := samples(f.get(t, "/metrics"))
	for name, want := range map[string]string{f.addr: "1", "second": "0", `a \"third\"`: "0"} {
		if line := `mqt_listener_connections{listener="` + name + `"}`; got[line] != want {
			t.Errorf("%s = %q, want %q", line, got[line], want)
		}
	}
}

// samples parses the text format as far as this package needs it.
func samples(text string) map[string]string {
	out := make(map[string]string)
	for _, m := range regexp.MustCompile(`(?m)^([a-z_]+(?:\{[^}]*\})?) (\S+)$`).FindAllStringSubmatch(text, -1) {
		out[m[1]] = m[2]
	}
	return out
}

// TestMetricsOfTheStore: each group commit and sync is in the histograms.
func TestMetricsOfTheStore(t *testing.T) {
	t.Parallel()
	store, err := broker.OpenStore(t.TempDir(), broker.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	f := serve(t, Options{Server: &broker.Server{Store: store, SysInterval: -1}})
	c := f.connect(t, client.Options{ClientID: "c"})
	if err := c.Publish(t.Context(), mqtt.Message{Topic: "a", Payload: []byte("1"), QoS: 1, Retain: true}); err != nil {
		t.Fatal(err)
	}
	got := samples(f.get(t, "/metrics"))
	for _, name := range []string{"mqt_commit_duration_seconds", "mqt_sync_duration_seconds"} {
		if n := got[name+"_count"]; n == "" || n == "0" {
			t.Errorf("%s_count = %q, want some", name, n)
		}
		if got[name+`_bucket{le="+Inf"}`] != got[name+"_count"] || got[name+`_bucket{le="0.001"}`] == "" {
			t.Errorf("%s has no such buckets", name)
		}
	}
}

// TestExposition holds the text against the parser of Prometheus.
func TestExposition(t *testing.T) {
	t.Parallel()
	var e exposition
	e.family("a", "An a.", gauge)
	name := "one \\ \"two\"\nthree {}, é"
	e.sample("a", 1.5, label{"x", "1"}, label{"name", name})
	e.sample("a", -1e300, label{"x", "2"})
	e.histogram("h_seconds", "An h.", &broker.Histogram{Count: 3, Sum: 5 * time.Second, Buckets: []broker.Bucket{{UpTo: time.Millisecond, Count: 1}, {UpTo: time.Second, Count: 2}}})
	p := expfmt.NewTextParser(model.UTF8Validation)
	got, err := p.TextToMetricFamilies(bytes.NewReader(e.text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, e.text)
	}
	a := got["a"].GetMetric()
	if len(a) != 2 || a[0].GetGauge().GetValue() != 1.5 || a[0].GetLabel()[1].GetValue() != name || a[1].GetGauge().GetValue() != -1e300 {
		t.Errorf("a is %v", a)
	}
	h := got["h_seconds"].GetMetric()[0].GetHistogram()
	if h.GetSampleCount() != 3 || h.GetSampleSum() != 5 || len(h.GetBucket()) != 3 || h.GetBucket()[1].GetCumulativeCount() != 2 || h.GetBucket()[1].GetUpperBound() != 1 {
		t.Errorf("h_seconds is %v", h)
	}
}
