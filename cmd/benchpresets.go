package cmd

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mqt/bench/preset"
)

func newBenchPresets(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "presets",
		Short: "list the load tests that --preset names",
		Long: "List the load tests that --preset names: those of the Open MQTT Benchmark Suite, of\n" +
			"which results have been published for several brokers.",
		Example: "  mqt bench presets\n  mqt bench p2p --preset singlenode-p2p-1K-1K-1K-1K --scale 0.1",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return listPresets(env) },
	}
}

func listPresets(env *Env) error {
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SCENARIO\tPRESET\tWHAT IT DOES")
	for _, name := range preset.Names() {
		p, err := preset.Lookup(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.Scenario, p.Name, p.About)
	}
	return w.Flush()
}
