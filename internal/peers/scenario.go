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
	plan  func(connections int) bench.Config
}

// trial is a scenario at one QoS level.
type trial struct {
	title string
	idle  bool
	plan  bench.Config
}

func (s scenario) at(q mqtt.QoS, o options) trial {
	t := trial{title: s.title, idle: s.idle, plan: s.plan(o.connections)}
	t.plan.Load.QoS = q
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
	{name: "1to1", title: "1→1, 64 a write", qos: everyQoS, plan: shape("p2p", 1, 1)},
	{name: "1to1-single", title: "1→1, one a write", qos: everyQoS, plan: func(n int) bench.Config {
		c := shape("p2p", 1, 1)(n)
		c.Load.Batch = 1
		return c
	}},
	{name: "fanin", title: "fan-in 50→1, + filter", qos: everyQoS, plan: shape("fanin", 50, 1)},
	{name: "fanout", title: "fan-out 1→100", qos: everyQoS, plan: shape("fanout", 1, 100)},
	{name: "pairs", title: "50 pairs", qos: everyQoS, plan: shape("p2p", 50, 50)},
	{name: "fanout1000", title: "fan-out 1→1000", qos: onlyQoS0, extra: true, plan: shape("fanout", 1, 1000)},
	{name: "large", title: "1→1, 16 KiB payload", qos: onlyQoS0, extra: true, plan: large(1, 64)},
	{name: "large-fanout", title: "fan-out 1→50, 16 KiB payload", qos: onlyQoS0, extra: true, plan: large(50, 400)},
	{name: "idle", title: "idle connections", qos: onlyQoS0, idle: true, plan: func(n int) bench.Config {
		return bench.Config{Scenario: "conn", Clients: bench.Clients{Idle: n}}
	}},
	{name: "idle-sub", title: "idle, one subscription each", qos: onlyQoS0, idle: true, plan: func(n int) bench.Config {
		return bench.Config{Scenario: "sub", Clients: bench.Clients{Subscribers: n}, Load: bench.Workload{Filters: []string{"idle/%i"}}}
	}},
}

// shape is a scenario of bench with payloads of 64 bytes.
func shape(scenario string, publishers, subscribers int) func(int) bench.Config {
	return func(int) bench.Config {
		return bench.Config{
			Scenario: scenario,
			Clients:  bench.Clients{Publishers: publishers, Subscribers: subscribers},
			Load:     bench.Workload{Sizes: []bench.Size{{Bytes: 64, Weight: 1}}},
		}
	}
}

// large is a fan-out of payloads of 16 KiB.
func large(subscribers, outstanding int) func(int) bench.Config {
	return func(n int) bench.Config {
		c := shape("fanout", 1, subscribers)(n)
		c.Load.Topic, c.Load.Filters = "t/x", []string{"t/x"} // no wildcard
		c.Load.Sizes = []bench.Size{{Bytes: 16 << 10, Weight: 1}}
		c.Load.Batch, c.Load.Outstanding = 4, outstanding
		return c
	}
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
