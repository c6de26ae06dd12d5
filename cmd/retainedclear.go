package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"mqt/internal/mqtt"
	"mqt/pub"
	"mqt/sub"
)

func newRetainedClear(env *Env, run retainedRun) *cobra.Command {
	c, o := retainedCommand(env, &cobra.Command{
		Use:   "clear FILTER... [flags]",
		Short: "remove retained messages",
		Long: "Remove the retained messages that match a filter, after showing them and asking,\n" +
			"and look whether they are gone.",
		Example: "  mqt retained clear 'old/#' --dry-run\n  mqt retained clear 'old/#' --yes",
	}, run)
	f := c.Flags()
	f.BoolVar(&o.Yes, "yes", false, "do not ask")
	f.BoolVar(&o.DryRun, "dry-run", false, "write the topics that would be cleared, and clear none")
	o.Conn.bind(c)
	return c
}

func runRetainedClear(ctx context.Context, env *Env, o *retainedOptions) error {
	if err := o.checkClear(env); err != nil {
		return err
	}
	s, messages, err := o.gather(ctx, env)
	if s == nil {
		return err
	}
	if err == nil {
		err = o.clear(ctx, env, s, messages)
	}
	if closed := s.close(ctx); err == nil {
		err = closed
	}
	return err
}

func (o *retainedOptions) checkClear(env *Env) error {
	switch {
	case len(o.Filters) == 0:
		return usagef("retained clear: no filter\nhint: name what to remove, such as 'old/#'; '#' is everything")
	case o.Yes && o.DryRun:
		return usagef("retained clear: --yes and --dry-run cannot be used together")
	case !o.Yes && !o.DryRun && !env.StdinTTY:
		return usagef("retained clear: will not remove without being sure, and standard input is no terminal to ask on\n" +
			"hint: look with --dry-run, then add --yes")
	}
	return nil
}

func (o *retainedOptions) clear(ctx context.Context, env *Env, s *session, messages []mqtt.Message) error {
	topics := make([]string, len(messages))
	for i, m := range messages {
		topics[i] = m.Topic
	}
	if o.DryRun {
		return listTopics(env, topics)
	}
	if len(topics) == 0 {
		_, err := fmt.Fprintln(env.Stdout, "no retained messages match")
		return err
	}
	if !o.Yes {
		if ok, err := confirm(ctx, env, topics); err != nil || !ok {
			return err
		}
	}
	stats, err := o.remove(ctx, env, s, topics)
	if err != nil {
		return o.explain(err)
	}
	return s.named(reportCleared(env, stats, len(topics)))
}

// remove removes the topics and looks whether they are gone. It first ends the
// subscriptions that found them, or each removal would come back as a message:
// with a broker that leaves Nagle's algorithm on, such as mosquitto, that
// makes every 20 of them take 40 ms.
func (o *retainedOptions) remove(ctx context.Context, env *Env, s *session, topics []string) (sub.ClearStats, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout.duration(), sub.ErrTimeout)
	defer cancel()
	var filters []string
	for _, f := range o.Filters {
		filters = append(filters, f.String())
	}
	if _, err := s.Unsubscribe(ctx, filters, nil); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return sub.ClearStats{}, fmt.Errorf("unsubscribe: %w", err)
	}
	m := env.meter(o.Conn.Quiet, "retained messages removed", partOf(uint64(len(topics))))
	defer m.end()
	return sub.Clear(ctx, s, sub.ClearOptions{Topics: topics, Collect: o.collect(env, s), Progress: m.done})
}

func listTopics(env *Env, topics []string) error {
	w := bufio.NewWriter(env.Stdout)
	for _, t := range topics {
		fmt.Fprintln(w, escape(t))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	env.notef("%s would be removed", count(len(topics), "retained message"))
	return nil
}

// confirm shows the topics and asks on the terminal.
func confirm(ctx context.Context, env *Env, topics []string) (bool, error) {
	const shown = 20
	for _, t := range topics[:min(shown, len(topics))] {
		fmt.Fprintf(env.Stderr, "  %s\n", escape(t))
	}
	if more := len(topics) - shown; more > 0 {
		fmt.Fprintf(env.Stderr, "  … and %d more\n", more)
	}
	fmt.Fprintf(env.Stderr, "remove %s? [y/N] ", count(len(topics), "retained message"))
	answer, err := bufio.NewReader(pub.Interruptible(ctx, env.Stdin)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if err != nil { // nobody has ended the line
		fmt.Fprintln(env.Stderr)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	env.notef("nothing was removed")
	return false, nil
}

func reportCleared(env *Env, stats sub.ClearStats, total int) error {
	if _, err := fmt.Fprintf(env.Stdout, "removed %s\n", count(stats.Cleared, "retained message")); err != nil {
		return err
	}
	if len(stats.Remaining) == 0 {
		return nil
	}
	first := stats.Remaining[0]
	if stats.Refused != nil {
		return fmt.Errorf("%d of %d retained messages remain: %w", len(stats.Remaining), total, stats.Refused)
	}
	return fmt.Errorf("%d of %d retained messages remain, such as %q: somebody may have published it again",
		len(stats.Remaining), total, first)
}
