package cmd

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// benchOptions are the flags of a scenario of mqt bench.
type benchOptions struct {
	Scenario scenario
	Broker   benchBroker
	Clients  benchClients
	Load     benchLoad
	Time     benchTime
	Goal     benchGoal
	Out      benchOutput

	Command string // the command line that repeats this one
}

// benchRun is what a scenario does with its options.
type benchRun func(context.Context, *Env, *benchOptions) error

func newBenchScenario(env *Env, s scenario, run benchRun) *cobra.Command {
	o := &benchOptions{Scenario: s}
	c := &cobra.Command{
		Use:     s.name + " [flags]",
		Short:   s.short,
		Long:    s.long,
		Example: s.example,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.finish(env, c); err != nil {
				return err
			}
			return run(c.Context(), env, o)
		},
	}
	o.bind(c)
	return c
}

// bind defines the flags that the scenario has.
func (o *benchOptions) bind(c *cobra.Command) {
	addGroup(c, "Broker", o.Broker.bind, settable)
	addGroup(c, "On this machine", o.Broker.bindMachine)
	addGroup(c, "Clients", func(f *pflag.FlagSet) { o.Clients.bind(f, o.Scenario) })
	if o.Scenario.sends() || o.Scenario.name == "sub" || o.Scenario.name == "will" {
		addGroup(c, "Messages", func(f *pflag.FlagSet) { o.Load.bind(f, o.Scenario) })
	}
	if o.Scenario.sends() {
		addGroup(c, "Rate", func(f *pflag.FlagSet) { o.Load.bindRate(f, o.Scenario) })
	}
	addGroup(c, "Time", func(f *pflag.FlagSet) { o.Time.bind(f, o.Scenario) })
	addGroup(c, "Goals", func(f *pflag.FlagSet) { o.Goal.bind(f, o.Scenario) })
	addGroup(c, "Output", o.Out.bind)
	addGroup(c, "TLS", o.Broker.bindLetters)
	addGroup(c, "TLS", o.Broker.Conn.TLS.bind, settable)
	addGroup(c, "Transport", o.Broker.bindTransport, settable)
	o.Broker.bindIgnored(c)
	completeBench(c)
}

// finish reads from the flag set what the struct cannot know, lets the preset
// fill in what the command line leaves open, and refuses what makes no sense.
func (o *benchOptions) finish(env *Env, c *cobra.Command) error {
	f := c.Flags()
	o.Broker.forget(f)
	if err := o.applyPreset(f); err != nil {
		return err
	}
	o.Command = commandLine(c)
	for _, check := range []func(*pflag.FlagSet) error{
		o.Broker.finish, o.Clients.finish, o.Load.finish, o.Time.finish, o.Goal.finish, o.Out.finish, o.checkTogether,
	} {
		if err := check(f); err != nil {
			return err
		}
	}
	o.Broker.noteIgnored(env, f)
	return nil
}
