package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mqt/bench"
	"mqt/bench/result"
	"mqt/bench/slo"
)

// benchJob makes the load tests that options ask for.
type benchJob struct {
	env       *Env
	options   *benchOptions
	load      func(context.Context, bench.Config) (*result.Result, error)
	machine   func() machine
	calibrate func(context.Context, bench.Config) (float64, error)
	quiet     func(ctx context.Context, limit time.Duration) (waited time.Duration)

	sinks *benchSinks
	view  *benchView
}

func runBench(ctx context.Context, env *Env, o *benchOptions) error {
	j := &benchJob{env: env, options: o, load: bench.Run, calibrate: bench.Calibrate, quiet: bench.AwaitQuiet, machine: thisMachine}
	return j.run(ctx)
}

func (j *benchJob) run(ctx context.Context) error {
	p, err := j.options.plan(ctx, j.env)
	if err != nil {
		return err
	}
	defer p.closer.Close()
	if j.options.Broker.Embedded {
		b, err := startEmbedded(ctx)
		if err != nil {
			return err
		}
		defer b.stop()
		p.Target.URLs, p.Target.PID = []string{b.url}, b.process.Process.Pid
	}
	if err := j.machine().check(p.Config); err != nil {
		return err
	}
	if err := j.ceiling(ctx, &p.Config); err != nil {
		return err
	}
	if j.sinks, err = openSinks(j.env, &j.options.Out); err != nil {
		return err
	}
	defer j.sinks.discard()
	metrics, err := serveMetrics(ctx, j.env, j.options.Out.RESTAPI)
	if err != nil {
		return err
	}
	defer metrics.close() // nobody to tell that it did not end well
	j.view = newBenchView(j.env, &j.options.Out, j.sinks, metrics)
	return j.loads(ctx, p.Config)
}

// loads makes the loads and writes what comes of them.
func (j *benchJob) loads(ctx context.Context, c bench.Config) error {
	c.Watch = j.view.watch
	var verdict error
	for i := range j.options.Goal.Repeat {
		if n := j.options.Goal.Repeat; n > 1 && !j.options.Out.Quiet {
			j.env.notef("load %d of %d", i+1, n)
		}
		r, err := j.one(ctx, c)
		j.view.close()
		if err != nil {
			return j.explain(ctx, c, err)
		}
		if err := j.sinks.result(r); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		verdict = worse(verdict, verdictOf(r, j.options.Goal.Strict))
		if ctx.Err() != nil {
			break
		}
	}
	if err := errors.Join(j.sinks.finish(), j.view.err); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return verdict
}

// one makes one load, or the many of a search.
func (j *benchJob) one(ctx context.Context, c bench.Config) (*result.Result, error) {
	if j.options.Goal.FindMax {
		return j.findMax(ctx, c)
	}
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	if j.options.Goal.AbortOnFail {
		c.Watch = func(s result.Snapshot) {
			j.view.watch(s)
			if s.Phase == result.Measuring && exceeded(j.options.Goal.SLO, s) {
				abort(errAborted)
			}
		}
	}
	r, err := j.load(ctx, c)
	if err != nil {
		return nil, err
	}
	j.judge(r)
	if errors.Is(context.Cause(ctx), errAborted) {
		r.Warnings = append(r.Warnings, "the load was ended early by --abort-on-fail")
	}
	return r, nil
}

// judge holds a result against the thresholds.
func (j *benchJob) judge(r *result.Result) {
	r.Target.Embedded = j.options.Broker.Embedded
	r.Verdict.SLO = j.options.Goal.SLO.Evaluate(r)
	r.Verdict.Passed = slo.Passed(r.Verdict.SLO)
}
