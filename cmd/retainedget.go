package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mqt/format"
)

func newRetainedGet(env *Env, run retainedRun) *cobra.Command {
	c, o := retainedCommand(env, &cobra.Command{
		Use:     "get TOPIC [flags]",
		Short:   "write the retained message of a topic",
		Long:    "Write the retained message of a topic to standard output; exit code 1 when there is none.",
		Example: "  mqt retained get site-1/status\n  mqt retained get site-1/image > image.png",
	}, run)
	c.Flags().VarP(oneOf{&o.Output, format.Names()}, "output", "o", "`format`: "+strings.Join(format.Names(), ", ")+
		" (default pretty on a terminal, else raw: the payload's bytes)")
	o.Conn.bind(c)
	return c
}

func runRetainedGet(ctx context.Context, env *Env, o *retainedOptions) error {
	if len(o.Filters) != 1 {
		return usagef("retained get: name one topic\nhint: mqt retained list shows several")
	}
	topic := o.Filters[0].String()
	if o.Filters[0].Wild() {
		return topicError("retained get", topic)
	}
	s, messages, err := o.gather(ctx, env)
	if s == nil {
		return err
	}
	if closed := s.close(ctx); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if len(messages) == 0 {
		return hint(fmt.Errorf("no retained message on %q", topic), "mqt retained list shows the topics that have one")
	}
	output := o.Output
	if output == "" && !env.StdoutTTY {
		output = "raw"
	}
	w, err := format.New(defaultOutput(output, env), env.Stdout,
		format.Options{Escape: env.StdoutTTY, Width: env.Width, Location: env.Now().Location()})
	if err != nil {
		return err
	}
	if err := w.Write(messages[0]); err != nil {
		return err
	}
	return w.Flush()
}
