package main

import (
	"context"
	"fmt"
	"time"

	"mqt/bench"
)

// sample is the outcome of one measurement of one broker.
type sample struct {
	cpu       float64 // µs of the broker per delivered message, or per connection made
	generator float64 // µs of this process per the same
	rate      float64 // deliveries, or connections made, a second
	memory    float64 // KiB per idle connection
	other     float64 // processors used by anything else
	counts    bench.Counts
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
	t.plan.Addr = b.addr
	if t.idle {
		return hold(ctx, b, t.plan)
	}
	return deliver(ctx, b, t.plan, o.duration)
}

// usage is the processor time used so far.
type usage struct {
	at                 time.Time
	broker, own, total time.Duration // total: by all processes of the machine
}

func readUsage(pid int) (usage, error) {
	broker, err := processTime(pid)
	if err != nil {
		return usage{}, err
	}
	total, err := machineTime()
	return usage{time.Now(), broker, ownTime(), total}, err
}

// per fills in what the time between two usages cost for each of n events.
func (s *sample) per(n uint64, from, to usage) {
	elapsed := to.at.Sub(from.at).Seconds()
	broker, own := (to.broker - from.broker).Seconds(), (to.own - from.own).Seconds()
	s.cpu = broker * 1e6 / float64(max(n, 1))
	s.generator = own * 1e6 / float64(max(n, 1))
	s.rate = float64(n) / elapsed
	s.other = max(0, ((to.total-from.total).Seconds()-broker-own)/elapsed)
}

// deliver measures messages, from nothing on its way to nothing on its way.
func deliver(ctx context.Context, b *broker, p bench.Plan, d time.Duration) (sample, error) {
	l, err := bench.Open(ctx, p)
	if err != nil {
		return sample{}, err
	}
	defer l.Close()
	if err := runAndDrain(ctx, l, warmUp); err != nil {
		return sample{}, err
	}
	counts := l.Counts()
	before, err := readUsage(b.pid)
	if err != nil {
		return sample{}, err
	}
	if err := runAndDrain(ctx, l, d); err != nil {
		return sample{}, err
	}
	after, err := readUsage(b.pid)
	if err != nil {
		return sample{}, err
	}
	s := sample{counts: l.Counts().Since(counts)}
	s.per(s.counts.Delivered, before, after)
	return s, nil
}

func runAndDrain(ctx context.Context, l *bench.Load, d time.Duration) error {
	if err := l.Run(ctx, d); err != nil {
		return err
	}
	return l.Drain(ctx, quiet)
}

// hold measures connections: CPU time to make them, memory to keep them.
func hold(ctx context.Context, b *broker, p bench.Plan) (sample, error) {
	first, err := bench.Open(ctx, bench.Plan{Addr: b.addr, Idle: firstConns, Prefix: "first"})
	if err != nil {
		return sample{}, err
	}
	first.Close()
	time.Sleep(settle)
	empty, err := residentKiB(b.pid)
	if err != nil {
		return sample{}, err
	}
	before, err := readUsage(b.pid)
	if err != nil {
		return sample{}, err
	}
	l, err := bench.Open(ctx, p)
	if err != nil {
		return sample{}, err
	}
	defer l.Close()
	after, err := readUsage(b.pid)
	if err != nil {
		return sample{}, err
	}
	time.Sleep(settle)
	full, err := residentKiB(b.pid)
	if err != nil {
		return sample{}, err
	}
	n := p.Idle + len(p.Filters)
	s := sample{memory: (full - empty) / float64(n)}
	s.per(uint64(n), before, after)
	return s, nil
}
