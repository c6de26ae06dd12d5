// Command peers measures what brokers cost, side by side on one machine: CPU
// time per delivered message in several shapes and at each QoS, memory per
// idle connection, and CPU time per connection made. It starts each broker
// itself on a free port, in turn (A B A B …), and prints the medians.
//
//	make bench-peers
//	go run ./internal/peers -scenarios 1to1,pairs -rounds 5 -o markdown
//
// It reads /proc, so it needs Linux; mosquitto must be installed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	brokers     []string
	scenarios   []scenario
	rounds      int
	duration    time.Duration
	connections int
	retries     int
	inflight    int
	binary      string
	markdown    bool
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if err := raiseFileLimit(); err != nil {
		return err
	}
	o.connections = min(o.connections, maxConnections())
	r := newReport(o, out)
	r.begin()
	for _, s := range o.scenarios {
		for _, q := range s.qos {
			if err := compare(ctx, o, s.at(q, o), r); err != nil {
				return err
			}
		}
	}
	return r.end()
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	names := flags.String("brokers", "mqt,mosquitto", "brokers to compare; the ratio is the second to the first")
	which := flags.String("scenarios", "default", "comma-separated: "+strings.Join(scenarioNames(), ", ")+", default or all")
	format := flags.String("o", "text", "text or markdown")
	flags.IntVar(&o.rounds, "rounds", 3, "measurements of each broker in each scenario")
	flags.DurationVar(&o.duration, "duration", 2*time.Second, "length of one measurement")
	flags.IntVar(&o.connections, "connections", 10_000, "idle connections to hold, fewer where the file limit is lower")
	flags.IntVar(&o.retries, "retries", 2, "how often a measurement is repeated when something else used the processor")
	flags.IntVar(&o.inflight, "inflight", 0, "most unacknowledged messages to one subscriber; 0 is no limit (both brokers' own default is 20)")
	flags.StringVar(&o.binary, "bin", "bin/mqt", "the mqt program")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	o.brokers = strings.Split(*names, ",")
	for _, name := range o.brokers {
		if starters[name] == nil {
			return o, fmt.Errorf("unknown broker %q", name)
		}
	}
	switch *format {
	case "text":
	case "markdown":
		o.markdown = true
	default:
		return o, fmt.Errorf("unknown output format %q", *format)
	}
	if o.rounds < 1 || o.duration <= 0 || o.connections < 1 || o.inflight < 0 || o.inflight > 65535 {
		return o, errors.New("rounds, duration and connections must be positive, inflight at most 65535")
	}
	var err error
	o.scenarios, err = pickScenarios(*which)
	return o, err
}
