package main

import (
	"fmt"
	"slices"
	"strings"

	"mqt/bench"
	"mqt/internal/mqtt"
)

// scenario is one row of the report for each of its QoS levels.
type scenario struct {
	name  string // as in -scenarios
	title string
	qos   []mqtt.QoS
	extra bool // not among the default ones
	idle  bool // connections are made and held; nothing is published
	plan  func(connections int) bench.Plan
}

// trial is a scenario at one QoS level.
type trial struct {
	title string
	idle  bool
	plan  bench.Plan
}

func (s scenario) at(q mqtt.QoS, o options) trial {
	t := trial{title: s.title, idle: s.idle, plan: s.plan(o.connections)}
	t.plan.QoS = q
	if !s.idle {
		t.title += fmt.Sprintf(", QoS %d", q)
	}
	return t
}

var (
	everyQoS = []mqtt.QoS{mqtt.AtMostOnce, mqtt.AtLeastOnce, mqtt.ExactlyOnce}
	onlyQoS0 = []mqtt.QoS{mqtt.AtMostOnce}
)

var scenarios = []scenario{
	{name: "1to1", title: "1→1, 64 a write", qos: everyQoS,
		plan: func(int) bench.Plan { return bench.Plan{Topics: numbered("t/%d", 1), Filters: numbered("t/%d", 1)} }},
	{name: "1to1-single", title: "1→1, one a write", qos: everyQoS,
		plan: func(int) bench.Plan {
			return bench.Plan{Topics: numbered("t/%d", 1), Filters: numbered("t/%d", 1), Batch: 1}
		}},
	{name: "fanin", title: "fan-in 50→1, + filter", qos: everyQoS,
		plan: func(int) bench.Plan { return bench.Plan{Topics: numbered("t/%d/x", 50), Filters: []string{"t/+/x"}} }},
	{name: "fanout", title: "fan-out 1→100", qos: everyQoS,
		plan: func(int) bench.Plan { return bench.Plan{Topics: []string{"t/x"}, Filters: numbered("t/x", 100)} }},
	{name: "pairs", title: "50 pairs", qos: everyQoS,
		plan: func(int) bench.Plan { return bench.Plan{Topics: numbered("t/%d", 50), Filters: numbered("t/%d", 50)} }},
	{name: "fanout1000", title: "fan-out 1→1000", qos: onlyQoS0, extra: true,
		plan: func(int) bench.Plan { return bench.Plan{Topics: []string{"t/x"}, Filters: numbered("t/x", 1000)} }},
	{name: "large", title: "1→1, 16 KiB payload", qos: onlyQoS0, extra: true,
		plan: func(int) bench.Plan {
			return bench.Plan{Topics: []string{"t/x"}, Filters: []string{"t/x"}, Payload: 16 << 10, Batch: 4, Outstanding: 64}
		}},
	{name: "large-fanout", title: "fan-out 1→50, 16 KiB payload", qos: onlyQoS0, extra: true,
		plan: func(int) bench.Plan {
			return bench.Plan{Topics: []string{"t/x"}, Filters: numbered("t/x", 50), Payload: 16 << 10, Batch: 4, Outstanding: 400}
		}},
	{name: "idle", title: "idle connections", qos: onlyQoS0, idle: true,
		plan: func(n int) bench.Plan { return bench.Plan{Idle: n} }},
	{name: "idle-sub", title: "idle, one subscription each", qos: onlyQoS0, idle: true,
		plan: func(n int) bench.Plan { return bench.Plan{Filters: numbered("idle/%d", n)} }},
}

// numbered returns format n times, with 0, 1, … for its verb if it has one.
func numbered(format string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(format, "%d", fmt.Sprint(i))
	}
	return out
}

func scenarioNames() []string {
	var out []string
	for _, s := range scenarios {
		out = append(out, s.name)
	}
	return out
}

// pickScenarios reads the value of -scenarios.
func pickScenarios(list string) ([]scenario, error) {
	var out []scenario
	for _, name := range strings.Split(list, ",") {
		if name == "default" || name == "all" {
			for _, s := range scenarios {
				if name == "all" || !s.extra {
					out = append(out, s)
				}
			}
			continue
		}
		i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("unknown scenario %q: there are %s", name, strings.Join(scenarioNames(), ", "))
		}
		out = append(out, scenarios[i])
	}
	return out, nil
}
