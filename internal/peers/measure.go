package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mqt/bench"
	"mqt/bench/result"
	"mqt/internal/mqtt"
	"mqt/internal/usage"
)

// sample is the outcome of one measurement of one broker.
type sample struct {
	cpu       float64 // µs of the broker per delivered message, or per connection made
	generator float64 // µs of this process per the same
	rate      float64 // deliveries, or connections made, a second
	memory    float64 // KiB per idle connection
	other     float64 // processors used by anything else
	counts    result.Counts
}

const (
	warmUp     = 300 * time.Millisecond
	quiet      = 10 * time.Second // nothing has arrived for so long: nothing will
	settle     = time.Second      // until memory is measured
	maxOther   = 0.15             // processors that something else may use
	maxTrial   = 2 * time.Minute
	firstConns = 50 // made and dropped before memory is measured
)

// compare measures all brokers in turn and adds a row to the report.
func compare(ctx context.Context, o options, t trial, r *report) error {
	samples := make([][]sample, len(o.brokers))
	for range o.rounds {
		for i, name := range o.brokers {
			s, err := undisturbed(ctx, name, o, t)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", t.title, name, err)
			}
			samples[i] = append(samples[i], s)
		}
	}
	r.row(t, samples)
	return nil
}

// undisturbed measures again when something else used the processor, and
// returns the least disturbed of its measurements.
func undisturbed(ctx context.Context, name string, o options, t trial) (sample, error) {
	var best sample
	for i := range o.retries + 1 {
		s, err := measure(ctx, name, o, t)
		if err != nil {
			return sample{}, err
		}
		if i == 0 || s.other < best.other {
			best = s
		}
		if best.other <= maxOther {
			break
		}
	}
	return best, nil
}

// measure starts the broker, puts the load on it, and stops it.
func measure(ctx context.Context, name string, o options, t trial) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, maxTrial)
	defer cancel()
	b, err := start(ctx, name, o)
	if err != nil {
		return sample{}, err
	}
	defer b.stop()
	if t.idle {
		return hold(ctx, b, t.plan)
	}
	return deliver(ctx, b, t.plan, o.duration)
}

// used is the processor time used so far.
type used struct {
	at                 time.Time
	broker, own, total time.Duration // total: by all processes of the machine
}

func readUsed(pid int) (used, error) {
	broker, err := usage.Process(pid)
	if err != nil {
		return used{}, err
	}
	total, err := usage.Machine()
	return used{time.Now(), broker, usage.Own(), total}, err
}

// per fills in what the time between two usages cost for each of n events.
func (s *sample) per(n uint64, from, to used) {
	elapsed := to.at.Sub(from.at).Seconds()
	broker, own := (to.broker - from.broker).Seconds(), (to.own - from.own).Seconds()
	s.cpu = broker * 1e6 / float64(max(n, 1))
	s.generator = own * 1e6 / float64(max(n, 1))
	s.rate = float64(n) / elapsed
	s.other = max(0, ((to.total-from.total).Seconds()-broker-own)/elapsed)
}

// phases reads what was used at the beginning of each phase of a load.
type phases struct {
	pid  int
	at   map[result.Phase]used
	full int64 // resident bytes of the broker while the load was measured
	err  error // the first
}

func (p *phases) watch(s result.Snapshot) {
	if _, ok := p.at[s.Phase]; !ok {
		u, err := readUsed(p.pid)
		p.at[s.Phase] = u
		p.err = errors.Join(p.err, err)
	}
	if s.Phase == result.Measuring {
		n, err := usage.Resident(p.pid)
		p.full = n
		p.err = errors.Join(p.err, err)
	}
}

// load puts c on the broker.
func load(ctx context.Context, b *broker, c bench.Config) (*phases, *result.Result, error) {
	p := &phases{pid: b.pid, at: map[result.Phase]used{}}
	c.Watch = p.watch
	c.Target.URLs, c.Target.Version = []string{"mqtt://" + b.addr}, mqtt.V311
	r, err := bench.Run(ctx, c)
	if err == nil && len(r.Errors) > 0 {
		err = errors.New(r.Errors[0].Text)
	}
	return p, r, errors.Join(err, p.err)
}

// deliver measures messages, until nothing is on its way.
func deliver(ctx context.Context, b *broker, c bench.Config, d time.Duration) (sample, error) {
	c.Warmup, c.Duration, c.Drain = warmUp, d, quiet
	p, r, err := load(ctx, b, c)
	if err != nil {
		return sample{}, err
	}
	s := sample{counts: r.Counts}
	s.per(s.counts.Delivered, p.at[result.Measuring], p.at[result.Done])
	return s, nil
}

// hold measures connections: CPU time to make them, memory to keep them.
func hold(ctx context.Context, b *broker, c bench.Config) (sample, error) {
	first := bench.Config{Scenario: "conn", Clients: bench.Clients{Idle: firstConns}, Duration: time.Millisecond}
	if _, _, err := load(ctx, b, first); err != nil {
		return sample{}, err
	}
	time.Sleep(settle)
	empty, err := usage.Resident(b.pid)
	if err != nil {
		return sample{}, err
	}
	c.Duration = settle
	p, _, err := load(ctx, b, c)
	if err != nil {
		return sample{}, err
	}
	n := c.Clients.Idle + c.Clients.Subscribers
	s := sample{memory: float64(p.full-empty) / 1024 / float64(n)}
	s.per(uint64(n), p.at[result.Connecting], p.at[result.Measuring])
	return s, nil
}
