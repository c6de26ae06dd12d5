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
}

// retainedRun is what a retained command does with its options.
type retainedRun func(context.Context, *Env, *retainedOptions) error

const retainedExample = `  mqt retained list 'site-1/#'
  mqt retained tree
  mqt retained get site-1/status
  mqt retained clear 'site-1/#' --dry-run`

func newRetained(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:     "retained",
		Short:   "inspect and clean retained messages",
		Long:    "Inspect and clean the retained messages of a broker.",
		Example: retainedExample,
		Args:    cobra.ArbitraryArgs,
		RunE:    runGroup,
	}
	c.AddCommand(
		newRetainedList(env, runRetainedList),
		newRetainedTree(env, runRetainedTree),
		newRetainedGet(env, runRetainedGet),
		newRetainedClear(env, runRetainedClear),
	)
	return c
}

// retainedCommand returns a command with the flags that all of them have.
func retainedCommand(env *Env, c *cobra.Command, run retainedRun) (*cobra.Command, *retainedOptions) {
	o := &retainedOptions{Timeout: seconds(30 * time.Second)}
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := o.Conn.finish(c); err != nil {
			return fmt.Errorf("%s: %w", c.Name(), err)
		}
		for _, word := range args {
			f, err := parseFilter(c.Name()+":", word)
			if err != nil {
				return err
			}
			if f.ShareGroup() != "" {
				return usagef("%s: %q is a shared subscription, which gets no retained messages", c.Name(), word)
			}
			o.Filters = append(o.Filters, f)
		}
		return run(c.Context(), env, o)
	}
	addGroup(c, "Retained messages", func(f *pflag.FlagSet) {
		f.VarP(&o.QoS, "qos", "q", "ask for the messages with this quality of service `level`; shows theirs up to it")
		f.Var(&o.Timeout, "timeout", "give up after so many `seconds`, with exit code 27")
	})
	o.Conn.offerTopics(c, env)
	return c, o
}

// gather connects and collects the retained messages. On a timeout it returns
// what had arrived, with the error.
func (o *retainedOptions) gather(ctx context.Context, env *Env) (*session, []mqtt.Message, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout.duration(), sub.ErrTimeout)
	defer cancel()
	s, err := o.Conn.connectToReceive(ctx, env)
	if err != nil {
		return nil, nil, o.explain(err)
	}
	co := o.collect(env, s)
	co.Progress = receiving(env, o.Conn.Quiet)
	messages, stats, err := sub.Gather(ctx, s, co)
	if co.Progress != nil && stats.Messages >= progressStep {
		fmt.Fprint(env.Stderr, "\r\x1b[K")
	}
	return s, messages, o.explain(err)
}

func (o *retainedOptions) collect(env *Env, s *session) sub.CollectOptions {
	return sub.CollectOptions{
		Filters: o.Filters,
		QoS:     mqtt.QoS(o.QoS),
		Version: s.Version(),
		Refused: func(r sub.Refusal) {
			if len(o.Filters) > 1 { // else the error says it
				env.notef("%s %q: %v", r.Op, r.Filter, r.Code)
			}
		},
	}
}

// progressStep is how many messages go by between two signs of progress.
const progressStep = 1000

// receiving returns a function that counts on a terminal what arrives, nil
// where there is none.
func receiving(env *Env, quiet bool) func(received int) {
	if !env.StderrTTY || quiet {
		return nil
	}
	return func(received int) {
		if received%progressStep == 0 {
			fmt.Fprintf(env.Stderr, "\r%d retained messages received", received)
		}
	}
}

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
