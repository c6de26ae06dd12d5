package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"mqt/bench/result"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

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

// verdictOf returns what of a result the exit code has to tell; strict is that
// the generator may not have been the limit.
func verdictOf(r *result.Result, strict bool) error {
	switch {
	case r.Counts.Negative > 0:
		return fmt.Errorf("bench: %d messages came before they were sent: the numbers are wrong", r.Counts.Negative)
	case strict && r.Verdict.Generator == result.Limited:
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
