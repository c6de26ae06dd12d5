package cmd

import (
	"strings"

	"github.com/spf13/cobra"

	"mqt/bench/preset"
	"mqt/bench/result"
)

// completeBench says how the words of bench's flags are completed that are not
// the only ones that the flags take.
func completeBench(c *cobra.Command) {
	offer := func(flag string, words func() []string, directive cobra.ShellCompDirective) {
		if c.Flags().Lookup(flag) == nil {
			return
		}
		_ = c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return words(), directive | cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		}) // the flag exists and has none
	}
	offer("arrival", arrivals, 0)
	offer("output", reportFormats, cobra.ShellCompDirectiveNoSpace)
	offer("payload-hdrs", func() []string { return []string{"ts", "cnt64", "ts,cnt64"} }, 0)
	offer("preset", func() []string { return presetsOf(c.Name()) }, 0)
	_ = c.RegisterFlagCompletionFunc("slo", completeSLO)
}

// presetsOf returns the presets of a scenario, or all for another command.
func presetsOf(scenario string) []string {
	var mine []string
	for _, name := range preset.Names() {
		if p, err := preset.Lookup(name); err == nil && (p.Scenario == scenario || scenario == "run") {
			mine = append(mine, name)
		}
	}
	return mine
}

// completeSLO offers metrics for the last of the expressions that are typed.
func completeSLO(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	var words []string
	for _, m := range result.Metrics() {
		words = append(words, before+m.Name)
	}
	return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveKeepOrder
}
