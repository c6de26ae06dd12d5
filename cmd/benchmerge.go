package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"mqt/bench/result"
	"mqt/bench/slo"
)

// benchMergeOptions are the words and flags of mqt bench merge.
type benchMergeOptions struct {
	Files []string
	Out   benchOutput
}

const benchMergeLong = `Make one result of those that several machines have of the same load, each with
--segment i/n. Counts and histograms add up; percentiles are those of all messages,
and thresholds (--slo) hold for all: exit code 99 when they are not met.
--start-at lets the machines begin together.`

func newBenchMerge(env *Env, run func(context.Context, *Env, *benchMergeOptions) error) *cobra.Command {
	o := &benchMergeOptions{}
	c := &cobra.Command{
		Use:   "merge FILE... [flags]",
		Short: "make one result of those of several machines",
		Long:  benchMergeLong,
		Example: "  mqt bench p2p --rate 100k --segment 1/2 --start-at 15:04:05 -o json:r1.json\n" +
			"  mqt bench p2p --rate 100k --segment 2/2 --start-at 15:04:05 -o json:r2.json\n" +
			"  mqt bench merge r1.json r2.json -o json:all.json -o text",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("bench merge: name the files of the parts\nhint: mqt bench merge r1.json r2.json")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.Files = args
			if err := o.Out.finish(c.Flags()); err != nil {
				return err
			}
			return run(c.Context(), env, o)
		},
	}
	o.Out.bindFiles(c.Flags())
	return c
}

func runBenchMerge(_ context.Context, env *Env, o *benchMergeOptions) error {
	var parts []*result.Result
	for _, name := range o.Files {
		all, err := readResults(name)
		if err != nil {
			return fmt.Errorf("bench merge: %w", err)
		}
		parts = append(parts, all...)
	}
	r, err := result.Merge(parts)
	if err != nil {
		return fmt.Errorf("bench %w", err)
	}
	if err := judgeMerged(r); err != nil {
		return fmt.Errorf("bench merge: %w", err)
	}
	if err := writeResult(env, &o.Out, r); err != nil {
		return err
	}
	return verdictOf(r, false)
}

// judgeMerged holds a merged result against the thresholds of its parts.
func judgeMerged(r *result.Result) error {
	var all slo.Thresholds
	for _, t := range r.Verdict.SLO {
		more, err := slo.Parse(t.Expression)
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	r.Verdict.SLO = all.Evaluate(r)
	r.Verdict.Passed = slo.Passed(r.Verdict.SLO)
	return nil
}

// writeResult writes a result that is there already.
func writeResult(env *Env, o *benchOutput, r *result.Result) error {
	s, err := openSinks(env, o)
	if err != nil {
		return err
	}
	defer s.discard()
	if err := s.result(r); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return s.finish()
}
