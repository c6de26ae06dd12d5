package cmd

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"syscall"

	"mqt/bench"
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

// explain adds the next step to an error of the load c.
func (j *benchJob) explain(ctx context.Context, c bench.Config, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var refused *mqtt.ReasonError
	if errors.As(err, &refused) && refused.Op == "" { // our verdict, not the broker's
		return hint(fmt.Errorf("bench: the answer is not MQTT: %s", refused.Error()), anotherPort)
	}
	t := firstTarget(c)
	if reason := alertOf(err); reason != "" {
		err = &brief{"no client could connect: " + alertCause(t, reason), err}
	}
	what := fmt.Errorf("bench: %w", err)
	if user := j.options.Broker.Conn.Username; user != "" && deniesUser(refused) {
		what = fmt.Errorf("%w (user %q)", what, user)
	}
	return hint(what, j.nextStep(t, err))
}

// firstTarget returns what the first client connects to, and with which
// certificate.
func firstTarget(c bench.Config) *target {
	t := &target{URL: &url.URL{}}
	if len(c.Target.URLs) > 0 {
		if u, err := transport.ParseURL(c.Target.URLs[0]); err == nil {
			t.URL = u
		}
	}
	t.Transport.TLS = c.Target.TLS
	if c.Clients.Certificate == nil {
		return t
	}
	if own, err := c.Clients.Certificate(c.Clients.First); err == nil && own != nil {
		t.Transport.TLS = &tls.Config{Certificates: []tls.Certificate{*own}}
	}
	return t
}

// deniesUser reports whether the broker does not let the user in.
func deniesUser(refused *mqtt.ReasonError) bool {
	return refused != nil && (refused.Code == mqtt.NotAuthorized || refused.Code == mqtt.BadUserNameOrPassword)
}

func (j *benchJob) nextStep(t *target, err error) string {
	var refused *mqtt.ReasonError
	switch {
	case socksError(err) != nil:
		return checkProxy
	case errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "actively refused"):
		return `start a broker with "mqt serve", or add --embedded to have one for the load`
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "a source address has so many ports, and must be one of this machine: see --ifaddr"
	case errors.Is(err, syscall.EMFILE):
		return "allow more open files: ulimit -Hn"
	case errors.As(err, &refused):
		return j.refusedStep(refused.Code)
	}
	next := cmp.Or(nextStep(t, err), otherProtocol(t, err))
	if next == "" && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) {
		next = "the port may speak something else: TLS (-S), or WebSocket (--ws)"
	}
	return strings.ReplaceAll(next, " -L", " --url")
}

// refusedStep returns what to do when the broker refuses clients.
func (j *benchJob) refusedStep(code mqtt.ReasonCode) string {
	switch code {
	case mqtt.NotAuthorized, mqtt.BadUserNameOrPassword:
		if c := &j.options.Broker.Conn; c.Username != "" || j.options.Clients.Creds != "" || strings.Contains(c.URL, "@") {
			return "check the names and the passwords"
		}
		return "give -u NAME and --password-file FILE, or --creds FILE"
	case mqtt.UnsupportedProtocolVersion:
		return "try another version with -V 5, -V 4 or -V 3"
	case mqtt.ClientIdentifierNotValid:
		return "add --shortids and a short --prefix TEXT: some brokers take 23 bytes at most"
	}
	return ""
}
