package admin

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mqt/broker"
)

const (
	gauge   = prometheus.GaugeValue
	counter = prometheus.CounterValue
)

// metric is a number of broker.Stats under its name for Prometheus.
type metric struct {
	name, help string
	kind       prometheus.ValueType
	value      func(*broker.Stats) int64
}

var metrics = []metric{
	{"mqt_connections", "Network connections that are open.", gauge, func(s *broker.Stats) int64 { return s.Connections }},
	{"mqt_connections_accepted_total", "Network connections accepted.", counter, func(s *broker.Stats) int64 { return s.ConnectionsTotal }},
	{"mqt_connections_refused_total", "Network connections that a limit turned away.", counter, func(s *broker.Stats) int64 { return s.ConnectionsRefused }},
	{"mqt_clients_connected", "Clients that are connected.", gauge, func(s *broker.Stats) int64 { return s.ClientsConnected }},
	{"mqt_sessions", "Sessions, of clients that are connected or away.", gauge, func(s *broker.Stats) int64 { return s.Sessions }},
	{"mqt_sessions_expired_total", "Sessions that expired.", counter, func(s *broker.Stats) int64 { return s.SessionsExpired }},
	{"mqt_subscriptions", "Subscriptions, shared ones included.", gauge, func(s *broker.Stats) int64 { return s.Subscriptions }},
	{"mqt_shared_subscriptions", "Shared subscriptions.", gauge, func(s *broker.Stats) int64 { return s.SharedSubscriptions }},
	{"mqt_retained_messages", "Retained messages, $SYS included.", gauge, func(s *broker.Stats) int64 { return s.Retained }},
	{"mqt_retained_bytes", "Topics, properties and payloads of retained messages, $SYS not included.", gauge, func(s *broker.Stats) int64 { return s.RetainedBytes }},
	{"mqt_queued_messages", "Messages that wait in the queues of sessions.", gauge, func(s *broker.Stats) int64 { return s.Queued }},
	{"mqt_queued_bytes", "Topics, properties and payloads of messages that wait in the queues of sessions.", gauge, func(s *broker.Stats) int64 { return s.QueuedBytes }},
	{"mqt_memory_limited", "Whether memory is short, so that what needs more is refused: 1 or 0.", gauge, func(s *broker.Stats) int64 { return oneIf(s.MemoryLimited) }},
	{"mqt_queue_messages_max", "Messages that wait for the one client for which most do.", gauge, func(s *broker.Stats) int64 { return s.LargestQueue }},
	{"mqt_store_pending_commits", "Commits that wait for the store.", gauge, func(s *broker.Stats) int64 { return s.Commits.Pending }},
	{"mqt_store_pending_bytes", "Records that are not yet written to the store, in bytes.", gauge, func(s *broker.Stats) int64 { return s.Commits.PendingBytes }},
	{"mqt_received_bytes_total", "Bytes of MQTT packets received.", counter, func(s *broker.Stats) int64 { return s.BytesReceived }},
	{"mqt_sent_bytes_total", "Bytes of MQTT packets sent.", counter, func(s *broker.Stats) int64 { return s.BytesSent }},
	{"mqt_received_packets_total", "MQTT control packets received.", counter, func(s *broker.Stats) int64 { return s.PacketsReceived }},
	{"mqt_sent_packets_total", "MQTT control packets sent.", counter, func(s *broker.Stats) int64 { return s.PacketsSent }},
	{"mqt_received_messages_total", "PUBLISH packets received.", counter, func(s *broker.Stats) int64 { return s.PublishReceived }},
	{"mqt_sent_messages_total", "PUBLISH packets sent.", counter, func(s *broker.Stats) int64 { return s.PublishSent }},
}

func oneIf(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// listenerMetric is a number of broker.ListenerStats.
type listenerMetric struct {
	name, help string
	kind       prometheus.ValueType
	value      func(*broker.ListenerStats) int64
}

var listenerMetrics = []listenerMetric{
	{"mqt_listener_connections", "Network connections of the listener that are open.", gauge, func(l *broker.ListenerStats) int64 { return l.Connections }},
	{"mqt_listener_connections_accepted_total", "Network connections that the listener accepted.", counter, func(l *broker.ListenerStats) int64 { return l.ConnectionsTotal }},
	{"mqt_listener_connections_refused_total", "Network connections of the listener that a limit turned away.", counter, func(l *broker.ListenerStats) int64 { return l.ConnectionsRefused }},
	{"mqt_listener_received_bytes_total", "Bytes of MQTT packets received by the listener's connections.", counter, func(l *broker.ListenerStats) int64 { return l.BytesReceived }},
	{"mqt_listener_sent_bytes_total", "Bytes of MQTT packets sent by the listener's connections.", counter, func(l *broker.ListenerStats) int64 { return l.BytesSent }},
	{"mqt_listener_received_messages_total", "PUBLISH packets received by the listener's connections.", counter, func(l *broker.ListenerStats) int64 { return l.PublishReceived }},
	{"mqt_listener_sent_messages_total", "PUBLISH packets sent by the listener's connections.", counter, func(l *broker.ListenerStats) int64 { return l.PublishSent }},
}

// collector reads a server's counters when it is asked for them. It is
// read-only.
type collector struct {
	srv       *broker.Server
	descs     []*prometheus.Desc // of metrics, in that order
	listeners []*prometheus.Desc // of listenerMetrics, in that order
	dropped   *prometheus.Desc
	closed    *prometheus.Desc
	waits     *prometheus.Desc
	syncs     *prometheus.Desc
}

func newCollector(srv *broker.Server) *collector {
	c := &collector{srv: srv, dropped: prometheus.NewDesc("mqt_dropped_messages_total",
		"Messages that did not reach a session or were not accepted, by reason.", []string{"reason"}, nil),
		closed: prometheus.NewDesc("mqt_connections_closed_total", "Network connections that ended, by reason.", []string{"reason"}, nil),
		waits: prometheus.NewDesc("mqt_commit_duration_seconds",
			"Time from the first record of a group commit until the store had the group as durable as it promises.", nil, nil),
		syncs: prometheus.NewDesc("mqt_sync_duration_seconds", "Time that the disk took for a sync of the store.", nil, nil)}
	for _, m := range metrics {
		c.descs = append(c.descs, prometheus.NewDesc(m.name, m.help, nil, nil))
	}
	for _, m := range listenerMetrics {
		c.listeners = append(c.listeners, prometheus.NewDesc(m.name, m.help, []string{"listener"}, nil))
	}
	return c
}

// Describe sends every description. It is part of prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range slices.Concat(c.descs, c.listeners) {
		out <- d
	}
	out <- c.dropped
	out <- c.closed
	out <- c.waits
	out <- c.syncs
}

// Collect sends every value. It is part of prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	s := c.srv.Stats()
	for i, m := range metrics {
		out <- prometheus.MustNewConstMetric(c.descs[i], m.kind, float64(m.value(&s)))
	}
	for i, m := range listenerMetrics {
		for j := range s.Listeners {
			l := &s.Listeners[j]
			out <- prometheus.MustNewConstMetric(c.listeners[i], m.kind, float64(m.value(l)), l.Name)
		}
	}
	for reason, n := range s.Dropped {
		out <- prometheus.MustNewConstMetric(c.dropped, counter, float64(n), reason)
	}
	for reason, n := range s.Closed {
		out <- prometheus.MustNewConstMetric(c.closed, counter, float64(n), reason)
	}
	out <- histogram(c.waits, &s.Commits.Waits)
	out <- histogram(c.syncs, &s.Commits.Syncs)
}

func histogram(desc *prometheus.Desc, h *broker.Histogram) prometheus.Metric {
	buckets := make(map[float64]uint64, len(h.Buckets))
	for _, b := range h.Buckets {
		buckets[b.UpTo.Seconds()] = uint64(b.Count)
	}
	return prometheus.MustNewConstHistogram(desc, uint64(h.Count), h.Sum.Seconds(), buckets)
}

// newMetrics returns what answers a scrape, from a registry of its own.
func newMetrics(o Options, log *slog.Logger) http.Handler {
	reg := prometheus.NewRegistry()
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "mqt_build_info", Help: "Always 1; the program's version is the label.",
		ConstLabels: prometheus.Labels{"version": strings.ToValidUTF8(o.Version, "?")}})
	info.Set(1)
	reg.MustRegister(newCollector(o.Server), info, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{ErrorLog: scrapeLog{log}})
}

func (a *api) showMetrics(w http.ResponseWriter, r *http.Request) error {
	a.metrics.ServeHTTP(w, r)
	return nil
}

// scrapeLog is a log as promhttp wants it.
type scrapeLog struct{ log *slog.Logger }

// Println logs what went wrong in a scrape.
func (l scrapeLog) Println(v ...any) { l.log.Error("metrics", "error", fmt.Sprint(v...)) }
