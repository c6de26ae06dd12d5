package admin

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"mqt/broker"
)

// metric is a number of broker.Stats under its name for Prometheus.
type metric struct {
	name, help string
	kind       metricType
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
	kind       metricType
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

// showMetrics answers a scrape with what the counters say now.
func (a *api) showMetrics(w http.ResponseWriter, _ *http.Request) error {
	var e exposition
	e.family("mqt_build_info", "Always 1; the program's version is the label.", gauge)
	e.sample("mqt_build_info", 1, label{"version", strings.ToValidUTF8(a.Version, "?")})
	stats := a.Server.Stats()
	e.broker(&stats)
	e.runtime()
	e.process()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(e.text) // nobody is left to tell
	return nil
}

// broker appends the counters of a server.
func (e *exposition) broker(s *broker.Stats) {
	for _, m := range metrics {
		e.single(m.name, m.help, m.kind, float64(m.value(s)))
	}
	for _, m := range listenerMetrics {
		e.family(m.name, m.help, m.kind)
		for i := range s.Listeners {
			l := &s.Listeners[i]
			e.sample(m.name, float64(m.value(l)), label{"listener", strings.ToValidUTF8(l.Name, "?")})
		}
	}
	e.byReason("mqt_dropped_messages_total", "Messages that did not reach a session or were not accepted, by reason.", s.Dropped)
	e.byReason("mqt_connections_closed_total", "Network connections that ended, by reason.", s.Closed)
	e.histogram("mqt_commit_duration_seconds",
		"Time from the first record of a group commit until the store had the group as durable as it promises.", &s.Commits.Waits)
	e.histogram("mqt_sync_duration_seconds", "Time that the disk took for a sync of the store.", &s.Commits.Syncs)
}

func (e *exposition) byReason(name, help string, counts map[string]int64) {
	e.family(name, help, counter)
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		e.sample(name, float64(counts[reason]), label{"reason", reason})
	}
}
