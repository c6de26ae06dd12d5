package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/mqtt"
	"mqt/sub"
)

// retainedOptions are the flags and words of the retained commands. Each
// command has those that make sense for it.
type retainedOptions struct {
	Conn    connOptions
	Filters []mqtt.Filter // the words; list and tree: # when there are none
	QoS     qos
	Timeout seconds
	Output  string // list, get
	Yes     bool   // clear
	DryRun  bool   // clear
	File    string // export; - is standard output

	takesFile bool // the first word is File
}

// retainedRun is what a retained command does with its options.
type retainedRun func(context.Context, *Env, *retainedOptions) error

const retainedExample = `  mqt retained list 'site-1/#'
  mqt retained tree
  mqt retained get site-1/status
  mqt retained clear 'site-1/#' --dry-run
  mqt retained export backup.ndjson`

func newRetained(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:     "retained",
		Short:   "inspect, clean, save and restore retained messages",
		Long:    "Inspect, clean, save and restore the retained messages of a broker.",
		Example: retainedExample,
		Args:    cobra.ArbitraryArgs,
		RunE:    runGroup,
	}
	c.AddCommand(
		newRetainedList(env, runRetainedList),
		newRetainedTree(env, runRetainedTree),
		newRetainedGet(env, runRetainedGet),
		newRetainedClear(env, runRetainedClear),
		newRetainedExport(env, runRetainedExport),
		newRetainedImport(env, runRetainedImport),
	)
	return c
}

// retainedCommand returns a command with the flags of those that show messages.
func retainedCommand(env *Env, c *cobra.Command, run retainedRun) (*cobra.Command, *retainedOptions) {
	o := &retainedOptions{}
	o.command(env, c, run)
	addGroup(c, "Retained messages", func(f *pflag.FlagSet) {
		f.VarP(&o.QoS, "qos", "q", "ask for the messages with this quality of service `level`; shows theirs up to it")
		o.bindTimeout(f)
	})
	o.Conn.offerTopics(c, env)
	return c, o
}

func (o *retainedOptions) bindTimeout(f *pflag.FlagSet) {
	o.Timeout = seconds(30 * time.Second)
	f.Var(&o.Timeout, "timeout", "give up after so many `seconds`, with exit code 27")
}

// command makes c read its words into o and then run.
func (o *retainedOptions) command(env *Env, c *cobra.Command, run retainedRun) {
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := o.Conn.finish(c); err != nil {
			return fmt.Errorf("%s: %w", commandName(c), err)
		}
		if o.takesFile && len(args) > 0 {
			o.File, args = args[0], args[1:]
		}
		for _, word := range args {
			f, err := parseFilter(commandName(c)+":", word)
			if err != nil {
				return err
			}
			if f.ShareGroup() != "" {
				return usagef("%s: %q is a shared subscription, which gets no retained messages", commandName(c), word)
			}
			o.Filters = append(o.Filters, f)
		}
		return run(c.Context(), env, o)
	}
}

// gather connects and collects the retained messages. On a timeout it returns
// what had arrived, with the error.
func (o *retainedOptions) gather(ctx context.Context, env *Env) (*session, []mqtt.Message, error) {
	return o.gatherWith(ctx, env, sub.Gather)
}

// gatherer is how the messages are collected: sub.Gather or sub.GatherExact.
type gatherer func(context.Context, sub.RetainedClient, sub.CollectOptions) ([]mqtt.Message, sub.CollectStats, error)

func (o *retainedOptions) gatherWith(ctx context.Context, env *Env, gather gatherer) (*session, []mqtt.Message, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout.duration(), sub.ErrTimeout)
	defer cancel()
	m := env.meter(o.Conn.Quiet, "retained messages received", nil)
	s, err := o.Conn.connectToReceive(ctx, env)
	if err != nil {
		return nil, nil, o.explain(err)
	}
	co := o.collect(env, s)
	co.Progress = m.done
	co.Again = func(total int) { m.renew("retained messages looked up", partOf(uint64(total))) }
	messages, _, err := gather(ctx, s, co)
	m.end()
	return s, messages, o.explain(s.named(err))
}

func (o *retainedOptions) collect(env *Env, s *session) sub.CollectOptions {
	return sub.CollectOptions{
		Filters: o.Filters,
		QoS:     mqtt.QoS(o.QoS),
		Version: s.Version(),
		Refused: func(r sub.Refusal) {
			if len(o.Filters) > 1 { // else the error says it
				env.notef("%s %q: %v%s", r.Op, r.Filter, r.Code, s.who(r.Code))
			}
		},
	}
}

// progressStep is how many messages are many: above it, progress is looked at
// less often.
const progressStep = 1000

func (o *retainedOptions) explain(err error) error {
	if errors.Is(err, sub.ErrTimeout) {
		text := fmt.Sprintf("timed out after %v, there may be more", o.Timeout.duration())
		return hint(&brief{text, err}, "allow more time with --timeout")
	}
	return err
}

// orAll makes # of no filter at all.
func (o *retainedOptions) orAll() error {
	if len(o.Filters) > 0 {
		return nil
	}
	all, err := mqtt.ParseFilter("#")
	o.Filters = []mqtt.Filter{all}
	return err
}
