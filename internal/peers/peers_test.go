package main

import (
	"bytes"
	"strings"
	"testing"

	"mqt/bench/result"
	"mqt/internal/mqtt"
	"mqt/internal/peertest"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args string
		want string // in the error; empty: none
	}{
		{"defaults", "", ""},
		{"one broker", "-brokers mosquitto -scenarios pairs,idle -o markdown", ""},
		{"unknown broker", "-brokers x", `unknown broker "x"`},
		{"unknown scenario", "-scenarios x", `unknown scenario "x"`},
		{"unknown format", "-o x", `unknown output format "x"`},
		{"argument", "x", `unexpected argument "x"`},
		{"no rounds", "-rounds 0", "must be positive"},
		{"inflight", "-inflight 65536", "at most 65535"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(strings.Fields(tc.args))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tc.want) || (got == "") != (tc.want == "") {
				t.Errorf("parse(%q) = %q, want %q", tc.args, got, tc.want)
			}
		})
	}
}

func TestPickScenarios(t *testing.T) {
	t.Parallel()
	all, err := pickScenarios("all")
	if err != nil || len(all) != len(scenarios) {
		t.Errorf("pickScenarios(all) = %d scenarios, %v, want %d", len(all), err, len(scenarios))
	}
	some, err := pickScenarios("default")
	if err != nil || len(some) >= len(all) {
		t.Errorf("pickScenarios(default) = %d scenarios, %v, want fewer than %d", len(some), err, len(all))
	}
	for _, s := range some {
		if s.extra {
			t.Errorf("%s is among the default scenarios", s.name)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := newReport(options{brokers: []string{"mqt", "mosquitto"}, rounds: 3, markdown: true}, &out)
	r.begin()
	out.Reset() // the head names the machine
	r.row(trial{title: "a"}, [][]sample{
		{{cpu: 0.5, rate: 10, generator: 0.1}, {cpu: 9, rate: 10, generator: 0.1}, {cpu: 0.1, rate: 30, generator: 0.2}},
		{{cpu: 10, rate: 5, generator: 2, other: 0.2}, {cpu: 5, rate: 7, generator: 2}, {cpu: 6, rate: 6, generator: 2}},
	})
	r.row(trial{title: "b", idle: true}, [][]sample{{{cpu: 20, memory: 0.5}}, {{cpu: 30, memory: 1, counts: result.Counts{Lost: 3}}}})
	if err := r.end(); err == nil {
		t.Error("end() = nil after a loss, want an error")
	}
	want := `| a | 0.500 | 6.00 | 12.0 | 10 | 6 | 0.100/2.00 | 0.00/0.00 |
| b: connect | 20.0 | 30.0 | 1.5 | 0 | 0 | 0.000/0.000 | 0.00/0.00 |
| b: KiB each | 0.500 | 1.00 | 2.0 |  |  |  |  |

note: b, mosquitto: 3 lost, 0 duplicated, 0 reordered, 0 foreign
note: in 1 of 8 measurements something else used more than 0.15 of a processor
`
	if got := out.String(); got != want {
		t.Errorf("report = \n%s\nwant\n%s", got, want)
	}
}

// TestMosquitto runs the whole program against the real broker, for a moment.
func TestMosquitto(t *testing.T) {
	t.Parallel()
	peertest.Program(t, "mosquitto")
	var out bytes.Buffer
	args := strings.Fields("-brokers mosquitto -scenarios pairs,idle -rounds 1 -duration 100ms -retries 0 -connections 100")
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatalf("run = %v\n%s", err, out.String())
	}
	for _, want := range []string{"50 pairs, QoS 0 ", "50 pairs, QoS 2 ", "idle connections: KiB each", "Every message was delivered once and in order."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("report lacks %q:\n%s", want, out.String())
		}
	}
}

func TestTrialTitle(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios {
		for _, q := range s.qos {
			tr := s.at(q, options{connections: 3})
			if tr.plan.Load.QoS != q || tr.title == "" || s.idle == strings.Contains(tr.title, "QoS") {
				t.Errorf("%s at QoS %d = %+v", s.name, q, tr)
			}
			n := tr.plan.Clients
			if s.idle && n.Idle+n.Subscribers != 3 {
				t.Errorf("%s holds %d connections, want 3", s.name, n.Idle+n.Subscribers)
			}
			if !s.idle && (n.Publishers == 0 || n.Subscribers == 0 || q > mqtt.ExactlyOnce) {
				t.Errorf("%s has nobody to publish or to subscribe", s.name)
			}
		}
	}
}
