package cmd

import (
	"slices"

	"github.com/spf13/cobra"
)

const benchLong = `Load a broker with many clients, measure what comes of it, and say whether the
numbers can be believed. Messages are due at times that are computed beforehand;
the response counts from then, so that a broker that stalls cannot hide it.

Without --rate the load is as fast as the broker delivers. --embedded needs no
broker: it starts one in a process of its own. docs/bench.md explains the numbers.`

const benchExample = `  mqt bench p2p --embedded                       nothing else to install
  mqt bench fanin --rate 5000 --duration 1m      5,000 messages a second
  mqt bench conn -c 10000 -R 500                 500 connections a second
  mqt bench pub -c 100 -I 10 -t bench/%i -q 1    as emqtt_bench has it
  mqt bench p2p --find-max --slo 'response.p99<50ms,lost==0'
  mqt bench run nightly.yaml -o json:new.json
  mqt bench compare old.json new.json`

func newBench(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:     "bench",
		Short:   "load a broker and measure it",
		Long:    benchLong,
		Example: benchExample,
		Args:    cobra.ArbitraryArgs,
		RunE:    runGroup,
	}
	if len(env.Args) > 0 && !slices.Contains(env.Args, "bench") {
		return c // a thousand flags that this start does not need
	}
	c.AddGroup(
		&cobra.Group{ID: benchScenarios, Title: "Scenarios:"},
		&cobra.Group{ID: benchOther, Title: "Other:"},
	)
	for _, s := range scenarios() {
		addTo(c, benchScenarios, newBenchScenario(env, s, runBench))
	}
	addTo(c, benchOther, newBenchFile(env, runBench), newBenchCompare(env, runBenchCompare), newBenchMerge(env, runBenchMerge), newBenchPresets(env))
	return c
}

// The groups of commands in the help text of bench.
const (
	benchScenarios = "scenarios"
	benchOther     = "other"
)

// addTo makes commands those of a group below parent.
func addTo(parent *cobra.Command, group string, children ...*cobra.Command) {
	for _, c := range children {
		c.GroupID = group
		parent.AddCommand(c)
	}
}
