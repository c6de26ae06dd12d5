package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"mqt/internal/mqtt"
	"mqt/internal/rr"
	"mqt/sub"
)

// The exit codes of mqt.
const (
	exitDone    = 0  // done
	exitFailed  = 1  // a network or file error
	exitUsage   = 2  // the command line was wrong
	exitRefused = 3  // the broker refused
	exitTimeout = 27 // -W ran out, as in mosquitto_sub
	exitSignal  = 128
)

// usageError is a wrong command line.
type usageError struct{ err error }

// Error returns the text of what was wrong.
func (e *usageError) Error() string { return e.err.Error() }

// Unwrap returns what was wrong.
func (e *usageError) Unwrap() error { return e.err }

// usagef returns a usageError. A second line, "hint: …", is the next step.
func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// hint adds the next step to an error that has none yet.
func hint(err error, next string) error {
	if err == nil || next == "" || strings.Contains(err.Error(), "\nhint: ") {
		return err
	}
	return &hintError{err, next}
}

type hintError struct {
	err  error
	next string
}

// Error returns the error's text and a second line "hint: …".
func (e *hintError) Error() string { return e.err.Error() + "\nhint: " + e.next }

// Unwrap returns the error without the hint.
func (e *hintError) Unwrap() error { return e.err }

// errClosed says that nobody reads standard output any more.
var errClosed = errors.New("standard output is closed")

// isClosedPipe reports whether a write failed because its reader has gone. A
// broker that has gone is none.
func isClosedPipe(err error) bool {
	var network *net.OpError
	switch {
	case errors.Is(err, errClosed):
		return true
	case errors.As(err, &network):
		return false
	}
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, os.ErrClosed)
}

// isSignal reports whether err is a signal's.
func isSignal(err error) bool {
	var signal *SignalError
	return errors.As(err, &signal)
}

// exitCode returns the exit code that stands for err.
func exitCode(err error) int {
	var usage *usageError
	var signal *SignalError
	var refused *mqtt.ReasonError
	var verdict *verdictError
	switch {
	case err == nil || isClosedPipe(err):
		return exitDone
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &signal):
		return exitSignal + signal.Number
	case errors.As(err, &verdict):
		return verdict.code
	case errors.Is(err, sub.ErrTimeout), errors.Is(err, rr.ErrTimeout):
		return exitTimeout
	case errors.As(err, &refused):
		return exitRefused
	}
	return exitFailed
}

// report tells the user about err in at most two lines.
func (e *Env) report(err error) {
	var signal *SignalError
	if err == nil || isClosedPipe(err) || errors.As(err, &signal) || errors.Is(err, context.Canceled) {
		return
	}
	what, next, found := strings.Cut(err.Error(), "\nhint: ")
	e.notef("%s", what)
	if found {
		e.notef("hint: %s", next)
	}
}
