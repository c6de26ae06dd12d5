package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mqt/bench/report"
	"mqt/bench/result"
)

// benchCompareOptions are the words and flags of mqt bench compare.
type benchCompareOptions struct {
	Old, New string // files
	Output   string
	FailIf   []string
}

const benchCompareLong = `Compare the results in two files that -o json:FILE wrote: medians, and whether the
difference is more than chance, with all metrics looked at together. That needs
four runs of each at least, best made in turn, as in the example: what the machine
does during a row of runs counts as a difference, too. With fewer the comparison
is indicative. --fail-if looks at its metric alone (the Mann-Whitney U test).`

func newBenchCompare(env *Env, run func(context.Context, *Env, *benchCompareOptions) error) *cobra.Command {
	o := &benchCompareOptions{Output: "text"}
	c := &cobra.Command{
		Use:   "compare FILE FILE [flags]",
		Short: "compare the results of two files, old and new",
		Long:  benchCompareLong,
		Example: "  for i in 1 2 3 4 5; do\n" +
			"    mqt bench p2p --rate 1k -p 1883 -o json >> old.json\n" +
			"    mqt bench p2p --rate 1k -p 1884 -o json >> new.json\n" +
			"  done\n" +
			"  mqt bench compare old.json new.json --fail-if 'response.p99>+5%'",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("bench compare: name two files, the old and the new\nhint: mqt bench compare old.json new.json")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.Old, o.New = args[0], args[1]
			if _, err := (result.Comparison{}).Fail(strings.Join(o.FailIf, ",")); err != nil && len(o.FailIf) > 0 {
				return usagef("bench compare: --fail-if: %w", err)
			}
			return run(c.Context(), env, o)
		},
	}
	c.Flags().VarP(oneOf{&o.Output, []string{"text", "json"}}, "output", "o", "`format`: text or json")
	c.Flags().StringArrayVar(&o.FailIf, "fail-if", nil, "exit code 99 when a metric has changed so, as in `'response.p99>+5%'`; may be repeated")
	return c
}

func runBenchCompare(_ context.Context, env *Env, o *benchCompareOptions) error {
	before, err := readResults(o.Old)
	if err != nil {
		return fmt.Errorf("bench compare: %w", err)
	}
	after, err := readResults(o.New)
	if err != nil {
		return fmt.Errorf("bench compare: %w", err)
	}
	c, err := result.Compare(before, after)
	if err != nil {
		return fmt.Errorf("bench %w", err)
	}
	if err := report.Comparison(o.Output, env.Stdout, c, report.Options{Width: env.Width, Color: colorMode(env, env.StdoutTTY)}); err != nil {
		return fmt.Errorf("bench compare: %w", err)
	}
	if len(o.FailIf) == 0 {
		return nil
	}
	failed, err := c.Fail(strings.Join(o.FailIf, ","))
	if err != nil || len(failed) == 0 {
		return err
	}
	return &verdictError{exitThresholds, "bench compare: " + strings.Join(failed, "; ")}
}
