package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const rootLong = `Publish from shell scripts, tail topics in a terminal, inspect retained
messages, load-test any broker, run a local one.`

const rootExample = `  mqt serve                                  run a broker on this machine
  mqt sub -t 'sensors/#'                     show what arrives
  mqt pub -t sensors/kitchen -m 21.5         publish a message
  mqt rr -t ask -e answer -m hi              ask, and wait for the response
  mqt retained list                          list retained messages
  mqt bench p2p --embedded                   measure what a broker can do`

// ExitHelp says what the exit codes mean: a heading, and a line for each.
const ExitHelp = `Exit codes:
  0    done
  1    failed: network or file
  2    wrong command line
  3    refused by the broker
  27   the time given with -W or --timeout ran out
  98   bench: the load generator was the limit, with --strict
  99   bench: thresholds failed
  130  interrupted (SIGINT); 143 terminated (SIGTERM)`

// The groups of commands in the help text.
const (
	groupMessages = "messages"
	groupBroker   = "broker"
	groupOther    = "other"
)

// Main runs the command that env.Args names and returns the process's exit
// code. It blocks until the command is done, ctx is, or env.Catch ends it.
func Main(ctx context.Context, env Env) int {
	if run := otherName(env.Program); run != nil {
		return run(ctx, &env)
	}
	if len(env.Args) == 0 || env.Args[0] != "pub" { // which decides when
		ctx = env.catch(ctx, 0)
	}
	root := newRootWith(&env, entriesFor(env.Args))
	var args []string
	var err error
	if completes(env.Args) {
		args = prepareCompletion(&env, root, env.Args)
	} else {
		args, err = gatherProperties(root, env.Args)
	}
	if err == nil {
		root.SetArgs(args)
		err = root.ExecuteContext(ctx)
	}
	env.report(err)
	return exitCode(err)
}

// newRoot returns the root with every command.
func newRoot(env *Env) *cobra.Command { return newRootWith(env, entries()) }

func newRootWith(env *Env, below []entry) *cobra.Command {
	root := &cobra.Command{
		Use:           "mqt",
		Short:         "an MQTT toolkit",
		Long:          rootLong,
		Example:       rootExample,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if show, _ := c.Flags().GetBool("version"); show && len(args) == 0 {
				return writeVersion(env.Stdout, "text", currentVersion())
			}
			return runGroup(c, args)
		},
	}
	root.Flags().Bool("version", false, "show the version, as \"mqt version\" does")
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetIn(env.Stdin)
	root.PersistentFlags().Bool("help", false, "show this help")
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { writeHelp(env.Stdout, c, env.Width) })
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return flagError(c, env.Args, err) })
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return settle(env, c) }
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddGroup(
		&cobra.Group{ID: groupMessages, Title: "Messages:"},
		&cobra.Group{ID: groupBroker, Title: "Broker:"},
		&cobra.Group{ID: groupOther, Title: "Other:"},
	)
	for _, e := range below {
		c := e.build(env)
		c.GroupID = e.group
		root.AddCommand(c)
	}
	return root
}

// entry is a command below the root.
type entry struct {
	name, group string
	build       func(*Env) *cobra.Command
}

// entries lists the commands in the order of the help text.
func entries() []entry {
	return []entry{
		{"pub", groupMessages, func(env *Env) *cobra.Command { return newPub(env, runPub) }},
		{"sub", groupMessages, func(env *Env) *cobra.Command { return newSub(env, runSub) }},
		{"rr", groupMessages, func(env *Env) *cobra.Command { return newRR(env, runRR) }},
		{"retained", groupMessages, newRetained},
		{"serve", groupBroker, func(env *Env) *cobra.Command { return newServe(env, runServe) }},
		{"passwd", groupBroker, func(env *Env) *cobra.Command { return newPasswd(env, runPasswd) }},
		{"store", groupBroker, newStore},
		{"bench", groupBroker, newBench},
		{"demo", groupBroker, func(env *Env) *cobra.Command { return newDemo(env, runDemo) }},
		{"profile", groupOther, newProfile},
		{"links", groupOther, func(env *Env) *cobra.Command { return newLinks(env, runLinks) }},
		{"completion", groupOther, newCompletion},
		{"man", groupOther, func(env *Env) *cobra.Command { return newMan(env, runMan) }},
		{"version", groupOther, newVersion},
	}
}

// entriesFor returns the command that args begin with, or all of them when
// they do not begin with one: to build all takes longer than to publish a
// message.
func entriesFor(args []string) []entry {
	all := entries()
	for i, e := range all {
		if len(args) > 0 && args[0] == e.name {
			return all[i : i+1]
		}
	}
	return all
}

// runGroup is what a command does that only has subcommands.
func runGroup(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	next := fmt.Sprintf("%q lists the commands", c.CommandPath()+" --help")
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		next = fmt.Sprintf("did you mean %q?", c.CommandPath()+" "+near[0])
	}
	return usagef("unknown command %q\nhint: %s", strings.TrimSpace(c.CommandPath()+" "+args[0]), next)
}

// noArgs refuses words that belong to no flag.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("%s: unexpected word %q\nhint: every value belongs to a flag; see %q",
		commandName(c), args[0], c.CommandPath()+" --help")
}
