package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/bench/plan"
	"mqt/bench/preset"
)

const benchFileLong = `Make the load tests that a YAML file describes, one after the other. A key of the file
is the name of a flag; flags given here count more than the file. A file that -o names
gets the run's name before its extension. Defaults are those of the scenario.
docs/bench.md describes the form.`

const fileForm = "docs/bench.md describes the form of scenario files"

// benchFile is mqt bench run: the flags of all scenarios, and a file.
type benchFile struct {
	env   *Env
	name  string
	flags *pflag.FlagSet
	run   benchRun
}

func newBenchFile(env *Env, run benchRun) *cobra.Command {
	c := &cobra.Command{
		Use:         "run FILE [flags]",
		Short:       "make the load tests that a file describes",
		Long:        benchFileLong,
		Example:     "  mqt bench run nightly.yaml --embedded\n  mqt bench run nightly.yaml --duration 5 -o json:results.json",
		Annotations: map[string]string{unsettled: ""}, // each load test is settled by itself
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("bench run: name one file\nhint: mqt bench run FILE.yaml; docs/bench.md describes its form")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			b := &benchFile{env: env, name: args[0], flags: c.Flags(), run: run}
			return b.all(c.Context())
		},
	}
	c.Flags().SortFlags = false
	for _, s := range scenarios() {
		newBenchScenario(env, s, nil).Flags().VisitAll(func(f *pflag.Flag) {
			if c.Flags().Lookup(f.Name) == nil {
				c.Flags().AddFlag(f)
			}
		})
	}
	completeBench(c)
	return c
}

// all makes all load tests of the file. One that is not good enough does not
// keep the next from being made, one that cannot be made does.
func (b *benchFile) all(ctx context.Context) error {
	known := []string{"scenario"}
	b.flags.VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	file, err := plan.Load(b.name, known)
	var wrong *plan.Error
	switch {
	case errors.As(err, &wrong):
		return hint(usagef("bench run: %w", err), fileForm)
	case err != nil:
		return hint(fmt.Errorf("bench run: %w", err), fileForm)
	}
	var commands []*cobra.Command
	for _, r := range file.Runs { // all of the file is checked before the first load
		c, err := b.command(r)
		if err != nil {
			return err
		}
		commands = append(commands, c)
	}
	var verdict error
	for i, c := range commands {
		if len(commands) > 1 && !b.flags.Changed("quiet") {
			b.env.notef("run %s (%d of %d)", file.Runs[i].Name, i+1, len(commands))
		}
		c.SetContext(ctx)
		err := c.RunE(c, nil)
		var bad *verdictError
		if err != nil && !errors.As(err, &bad) {
			return err
		}
		verdict = worse(verdict, err)
	}
	return verdict
}

// command returns the command of a scenario with the flags of a run.
func (b *benchFile) command(r plan.Run) (*cobra.Command, error) {
	s, err := b.scenario(r)
	if err != nil {
		return nil, err
	}
	c := newBenchScenario(b.env, s, b.run)
	above := &cobra.Command{Use: "bench"}
	above.AddCommand(c)
	(&cobra.Command{Use: "mqt"}).AddCommand(above)
	for _, setting := range r.Settings {
		if setting.Key == "scenario" || b.flags.Changed(setting.Key) {
			continue
		}
		if err := b.set(c.Flags(), setting, r.Name); err != nil {
			return nil, b.at(setting.Line, err)
		}
	}
	b.flags.Visit(func(f *pflag.Flag) {
		if to := c.Flags().Lookup(f.Name); to != nil && err == nil {
			err = setAll(c.Flags(), f.Name, named(f.Name, valuesOf(f), r.Name))
		}
	})
	if err == nil {
		err = settle(b.env, c)
	}
	return c, err
}

// at says where in the file something is wrong.
func (b *benchFile) at(line int, err error) error {
	return usagef("bench run: %s:%d: %w", b.name, line, err)
}

// scenario returns what a run is a test of.
func (b *benchFile) scenario(r plan.Run) (scenario, error) {
	setting, ok := r.Get("scenario")
	name := setting.Text()
	if !ok {
		setting, _ = r.Get("preset")
		p, err := preset.Lookup(setting.Text())
		if err != nil {
			return scenario{}, b.at(setting.Line, err)
		}
		name = p.Scenario
	}
	var names []string
	for _, s := range scenarios() {
		if s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	return scenario{}, b.at(setting.Line, fmt.Errorf("there is no scenario %q\nhint: use one of %s", name, strings.Join(names, ", ")))
}

// set sets a flag to what the file says.
func (b *benchFile) set(flags *pflag.FlagSet, setting plan.Setting, run string) error {
	f := flags.Lookup(setting.Key)
	if f == nil {
		return fmt.Errorf("%s is no key of this scenario\nhint: mqt bench SCENARIO --help lists its flags, which are the keys", setting.Key)
	}
	values := []string{setting.Text()}
	if _, several := f.Value.(interface{ GetSlice() []string }); several || setting.Key == "slo" {
		values = setting.Values
	}
	return setAll(flags, setting.Key, named(setting.Key, values, run))
}

// setAll gives a flag all values.
func setAll(flags *pflag.FlagSet, name string, values []string) error {
	for _, v := range values {
		if err := flags.Set(name, v); err != nil {
			var invalid *pflag.InvalidValueError
			if errors.As(err, &invalid) {
				err = invalid.Unwrap()
			}
			return fmt.Errorf("%s %q %w", name, v, plain(err))
		}
	}
	return nil
}

// valuesOf returns the values of a flag as it can be given them.
func valuesOf(f *pflag.Flag) []string {
	if s, ok := f.Value.(interface{ GetSlice() []string }); ok {
		return s.GetSlice()
	}
	return []string{f.Value.String()}
}

// named puts the name of a run into the files of outputs, before their
// extensions.
func named(flag string, values []string, run string) []string {
	if flag != "output" || run == "" {
		return values
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v
		if format, file, ok := strings.Cut(v, ":"); ok && file != "-" {
			ext := filepath.Ext(file)
			out[i] = format + ":" + strings.TrimSuffix(file, ext) + "-" + strings.ReplaceAll(run, string(filepath.Separator), "_") + ext
		}
	}
	return out
}
