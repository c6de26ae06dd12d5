package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mqt/broker"
	"mqt/format"
)

// storeRun looks at the store in a directory.
type storeRun func(ctx context.Context, env *Env, dir string) error

func newStore(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "store",
		Short: "look at what serve --data has kept",
		Long:  "Look at the directory of mqt serve --data while no broker uses it.",
		Example: "  mqt store check /var/lib/mqt\n" +
			"  mqt store export /var/lib/mqt | mqt retained import -",
		RunE: runGroup,
	}
	c.AddCommand(
		newStoreCommand(env, "check", "say whether the store can be read, and what a crash has left", checkStore),
		newStoreCommand(env, "dump", "print each record in words, one a line", dumpStore),
		newStoreCommand(env, "export", "print the retained messages as NDJSON, which mqt pub --ndjson reads", exportStore),
	)
	return c
}

func newStoreCommand(env *Env, name, short string, run storeRun) *cobra.Command {
	return &cobra.Command{
		Use:     name + " DIR",
		Short:   short,
		Example: "  mqt store " + name + " /var/lib/mqt",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("store %s: give one directory, the one of mqt serve --data", name)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return run(c.Context(), env, args[0]) },
	}
}

func checkStore(_ context.Context, env *Env, dir string) error {
	r, err := broker.CheckStore(dir)
	if err != nil {
		return fmt.Errorf("store check: %w", err)
	}
	fmt.Fprintf(env.Stdout, "%d records, %d bytes of log in %d files\n", r.Records, r.Bytes, r.Segments)
	if r.Torn > 0 {
		fmt.Fprintf(env.Stdout, "%d bytes at the end were never acknowledged; the next start cuts them off\n", r.Torn)
	}
	for _, d := range r.Damage {
		fmt.Fprintln(env.Stdout, d)
	}
	if len(r.Damage) > 0 {
		return errors.New("the store is damaged\nhint: mqt serve --data DIR --salvage starts with what can be read")
	}
	return nil
}

func dumpStore(ctx context.Context, env *Env, dir string) error {
	w := bufio.NewWriter(env.Stdout)
	err := broker.DumpStore(dir, func(where, what string) error {
		fmt.Fprintf(w, "%s %s\n", where, what)
		return ctx.Err()
	})
	if err := errors.Join(err, w.Flush()); err != nil {
		return fmt.Errorf("store dump: %w", err)
	}
	return nil
}

func exportStore(_ context.Context, env *Env, dir string) error {
	srv, err := broker.LoadStore(dir)
	if err != nil {
		return fmt.Errorf("store export: %w", err)
	}
	defer srv.Close()
	w, err := format.New("ndjson", env.Stdout, format.Options{Escape: env.StdoutTTY})
	if err != nil {
		return err
	}
	for _, m := range srv.AllRetained() {
		if err := w.Write(m); err != nil {
			return fmt.Errorf("store export: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("store export: %w", err)
	}
	return nil
}
