// Command clients measures what the clients of mqt cost beside mosquitto's, as
// whole processes on one machine: CPU time, user and system, and wall time.
// Streams of messages run against a peer that costs next to nothing, so that
// the client is what is measured; single messages run against real brokers.
// The clients take turns (A B A B …); what is printed are medians.
//
//	make bench-clients
//	go run ./internal/peers/clients -jobs 'pub -l QoS 0,one-shot' -rounds 5
//
// mosquitto and its clients must be installed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "clients:", err)
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	binary   string
	jobs     []job
	rounds   int
	messages int
	lossy    int // messages of mosquitto_pub -l at QoS 1 and 2
	shots    int
	topics   int
	dir      string // for files
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("clients", flag.ContinueOnError)
	flags.StringVar(&o.binary, "bin", "bin/mqt", "the mqt program")
	which := flags.String("jobs", "", "comma-separated jobs; empty is all of them: "+strings.Join(jobNames(), ", "))
	flags.IntVar(&o.rounds, "rounds", 3, "runs of each client in each job")
	flags.IntVar(&o.messages, "messages", 1_000_000, "messages of a run")
	flags.IntVar(&o.lossy, "lossy", 60_000, "messages of a run of mosquitto_pub -l at QoS 1 and 2, which loses most of a million")
	flags.IntVar(&o.shots, "shots", 200, "runs of each client that publishes one message")
	flags.IntVar(&o.topics, "topics", 100_000, "topics with a retained message to list")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if min(o.rounds, o.messages, o.lossy, o.shots, o.topics) < 1 {
		return o, errors.New("numbers must be positive")
	}
	var err error
	o.jobs, err = pickJobs(*which)
	return o, err
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.dir, err = os.MkdirTemp("", "mqt-clients-"); err != nil {
		return err
	}
	defer os.RemoveAll(o.dir)
	if err := o.install(); err != nil {
		return err
	}
	fmt.Fprintln(out, "| job | mqt CPU | mosquitto CPU | ratio | mqt wall | mosquitto wall | ratio |")
	fmt.Fprintln(out, "|---|---:|---:|---:|---:|---:|---:|")
	for _, j := range o.jobs {
		if err := j.run(ctx, j, &o, out); err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
	}
	return nil
}

// install copies the program, as everybody does who installs it: from a file
// that the linker wrote, Linux maps smaller pieces at a time, which makes each
// start half a millisecond longer.
func (o *options) install() error {
	program, err := os.ReadFile(o.binary)
	if err != nil {
		return err
	}
	o.binary = filepath.Join(o.dir, "mqt")
	return os.WriteFile(o.binary, program, 0o700)
}
