package report

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"mqt/bench/result"
)

// Metrics answers HTTP requests with the last state of a run, in the text
// format of Prometheus. The zero value has seen none, and answers with nothing.
//
// Source: https://prometheus.io/docs/instrumenting/exposition_formats.
type Metrics struct {
	mu   sync.Mutex // guards last
	last *result.Snapshot
}

// Watch takes the state that is answered with from now on.
func (m *Metrics) Watch(s result.Snapshot) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = &s
	return nil
}

// ServeHTTP implements http.Handler.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	s := m.last
	m.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if s != nil {
		_, _ = w.Write([]byte(exposition(s))) // the client is gone, or not
	}
}

// lines collects metrics in the text format.
type lines struct{ strings.Builder }

func exposition(s *result.Snapshot) string {
	var out lines
	out.phase(s.Phase)
	out.counts(s.Counts)
	out.gauge("clients", "Clients that are connected.", float64(s.Clients))
	out.gauge("clients_planned", "Clients that the scenario has.", float64(s.Planned))
	out.gauge("outstanding_messages", "Deliveries on their way.", float64(s.Outstanding()))
	out.gauge("sent_rate", "Messages sent a second, over the last interval.", s.Sent)
	out.gauge("delivered_rate", "Deliveries a second, over the last interval.", s.Received)
	if s.Target != nil {
		out.gauge("target_rate", "Intended messages a second.", *s.Target)
	}
	out.response(s.Response)
	limited := 0.0
	if s.Generator != result.OK {
		limited = 1
	}
	out.gauge("generator_limited", "1 when the generator holds the load back.", limited)
	if s.TargetCPU != nil {
		out.gauge("target_cpu_cores", "Processors the broker uses.", *s.TargetCPU)
	}
	if s.TargetRSS != nil {
		out.gauge("target_resident_memory_bytes", "Resident memory of the broker.", float64(*s.TargetRSS))
	}
	return out.String()
}

// phase writes 1 for the phase the run is in, and 0 for the others.
func (l *lines) phase(now result.Phase) {
	l.head("phase", "What the run is busy with.", "gauge")
	for _, p := range []result.Phase{result.Connecting, result.Warming, result.Measuring, result.Draining, result.Done} {
		v := 0.0
		if p == now {
			v = 1
		}
		l.sample("phase", `{phase="`+string(p)+`"}`, v)
	}
}

// counts writes what grows within a phase. A new phase begins at 0 again,
// which Prometheus takes for a restart.
func (l *lines) counts(c result.Counts) {
	for _, m := range []struct {
		name, help string
		value      uint64
	}{
		{"connected", "Connections made.", c.Connected},
		{"connect_failed", "Attempts to connect that were refused or broken.", c.ConnectFailed},
		{"disconnected", "Connections lost while in use.", c.Disconnected},
		{"messages_intended", "Messages that were due.", c.Intended},
		{"messages_sent", "Messages handed to the network.", c.Sent},
		{"messages_skipped", "Messages that were late and dropped.", c.Skipped},
		{"messages_acked", "Messages the broker has taken over.", c.Acked},
		{"messages_refused", "Messages that the broker refused.", c.Refused},
		{"messages_expected", "Deliveries that have to come.", c.Expected},
		{"messages_delivered", "Deliveries that came.", c.Delivered},
		{"messages_lost", "Deliveries that did not come.", c.Lost},
		{"messages_duplicated", "Deliveries that came once more.", c.Duplicated},
		{"messages_reordered", "Deliveries that came after a later one.", c.Reordered},
	} {
		l.head(m.name+"_total", m.help, "counter")
		l.sample(m.name+"_total", "", float64(m.value))
	}
}

// response writes gauges, as they are those since measuring began, and not
// what a histogram of Prometheus would be.
func (l *lines) response(d result.Dist) {
	if d.Count == 0 {
		return
	}
	l.head("response_seconds", "Response time since measuring began.", "gauge")
	for _, q := range []struct {
		statistic string
		value     int64
	}{{"p50", d.P50}, {"p90", d.P90}, {"p99", d.P99}, {"p99.9", d.P999}, {"max", d.Max}} {
		l.sample("response_seconds", `{statistic="`+q.statistic+`"}`, float64(q.value)/1e9)
	}
}

func (l *lines) gauge(name, help string, v float64) {
	l.head(name, help, "gauge")
	l.sample(name, "", v)
}

const metricPrefix = "mqt_bench_"

func (l *lines) head(name, help, kind string) {
	l.WriteString("# HELP " + metricPrefix + name + " " + help + "\n# TYPE " + metricPrefix + name + " " + kind + "\n")
}

func (l *lines) sample(name, labels string, v float64) {
	l.WriteString(metricPrefix + name + labels + " " + strconv.FormatFloat(v, 'g', -1, 64) + "\n")
}
