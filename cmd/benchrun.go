package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"mqt/bench"
	"mqt/bench/result"
	"mqt/bench/slo"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// benchJob makes the load tests that options ask for.
type benchJob struct {
	env       *Env
	options   *benchOptions
	load      func(context.Context, bench.Config) (*result.Result, error)
	machine   func() machine
	calibrate func(context.Context, bench.Config) (float64, error)

	sinks *benchSinks
	view  *benchView
}

func runBench(ctx context.Context, env *Env, o *benchOptions) error {
	j := &benchJob{env: env, options: o, load: bench.Run, calibrate: bench.Calibrate, machine: thisMachine}
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
	for range j.options.Goal.Repeat {
		r, err := j.one(ctx, c)
		j.view.close()
		if err != nil {
			return j.explain(ctx, err)
		}
		if err := j.sinks.result(r); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		verdict = worse(verdict, j.verdict(r))
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

// verdictError says that a load was made, and was not good.
type verdictError struct {
	code int
	text string
}

// Error returns what was not good.
func (e *verdictError) Error() string { return e.text }

// The exit codes of mqt bench, besides those of mqt. The lower is the worse.
const (
	exitLimited    = 98 // the generator was the limit, with --strict
	exitThresholds = 99 // thresholds failed
)

// verdict returns what of a result the exit code has to tell.
func (j *benchJob) verdict(r *result.Result) error {
	switch {
	case r.Counts.Negative > 0:
		return fmt.Errorf("bench: %d messages came before they were sent: the numbers are wrong", r.Counts.Negative)
	case j.options.Goal.Strict && r.Verdict.Generator == result.Limited:
		return &verdictError{exitLimited, "bench: the generator was the limit: " + strings.Join(r.Verdict.Reasons, "; ")}
	case r.Verdict.Passed != nil && !*r.Verdict.Passed:
		var failed []string
		for _, t := range r.Verdict.SLO {
			if !t.Passed {
				failed = append(failed, t.Expression)
			}
		}
		return &verdictError{exitThresholds, "bench: failed: " + strings.Join(failed, ", ")}
	}
	return nil
}

// worse returns the error that the exit code is to tell of two.
func worse(a, b error) error {
	if b != nil && (a == nil || exitCode(b) < exitCode(a)) {
		return b
	}
	return a
}

// explain adds the next step to an error of a load.
func (j *benchJob) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return hint(fmt.Errorf("bench: %w", err), j.nextStep(err))
}

func (j *benchJob) nextStep(err error) string {
	var refused *mqtt.ReasonError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "actively refused"):
		return `start a broker with "mqt serve", or add --embedded to have one for the load`
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "a source address has so many ports, and must be one of this machine: see --ifaddr"
	case errors.Is(err, syscall.EMFILE):
		return "allow more open files: ulimit -Hn"
	case errors.As(err, &refused) && (refused.Code == mqtt.NotAuthorized || refused.Code == mqtt.BadUserNameOrPassword):
		return "give -u NAME and --password-file FILE, or --creds FILE"
	}
	urls, uerr := j.options.Broker.urls()
	if uerr != nil {
		return ""
	}
	u, uerr := transport.ParseURL(urls[0])
	if uerr != nil {
		return ""
	}
	t := &target{URL: u}
	next := cmp.Or(nextStep(t, err), otherProtocol(t, err))
	if next == "" && errors.Is(err, io.EOF) {
		next = "the port may speak something else: TLS (-S), or WebSocket (--ws)"
	}
	return strings.ReplaceAll(next, " -L", " --url")
}
