package cmd

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// Env is the process a command runs in. Tests give each run its own.
type Env struct {
	// Program is the name the program was called by, with or without a path.
	// The names of mosquitto's programs choose their command lines.
	Program string
	// Args are the words after the program's name.
	Args []string
	// Stdin, Stdout and Stderr are the standard streams, none nil. Stdout
	// carries results only.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Getenv looks up an environment variable, empty when it is not set.
	Getenv func(string) string
	// Resolver looks up the names of brokers; nil is the system's.
	Resolver *net.Resolver
	// Now is the clock; its location is the local time zone.
	Now func() time.Time
	// Hangup makes a broker read its files again and open its log anew. Nil is
	// SIGHUP.
	Hangup <-chan os.Signal
	// Catch returns a context that ends, with a *SignalError as its cause, when
	// the process is asked to end, and with ctx. Signals are caught after the
	// delay. Nil: nobody asks.
	Catch func(ctx context.Context, delay time.Duration) context.Context
	// StdinTTY, StdoutTTY and StderrTTY say whether the stream is a terminal.
	StdinTTY, StdoutTTY, StderrTTY bool
	// Width is the width in columns of Stdout's terminal; 0 when it is unknown.
	Width int
	// ErrWidth measures the width of Stderr's terminal; 0 is unknown. Nil is
	// Width.
	ErrWidth func() int
	// Size measures the terminal of Stdout; 0 is unknown. Nil: there is none.
	Size func() (columns, rows int)

	caught bool // Catch was called
}

// SignalError is the cause of the end of a context when the process was asked
// to end.
type SignalError struct {
	// Number is the signal's number, such as 2 for SIGINT. The exit code is
	// 128 more.
	Number int
}

// Error says "interrupted".
func (e *SignalError) Error() string { return "interrupted" }

// catch is Catch, if there is one and it has not been called yet.
func (e *Env) catch(ctx context.Context, delay time.Duration) context.Context {
	if e.Catch == nil || e.caught {
		return ctx
	}
	e.caught = true
	return e.Catch(ctx, delay)
}

// notef writes one line for people to standard error, safe for a terminal. It
// is broken between words where a terminal would break it anywhere.
func (e *Env) notef(format string, args ...any) {
	const name = "mqt: "
	text := name + escape(fmt.Sprintf(format, args...)) + "\n"
	if width := e.errWidth(); e.StderrTTY && width > 0 {
		margin := strings.Repeat(" ", len(name))
		text = name + strings.TrimPrefix(wrapLines(margin+text[len(name):], width), margin)
	}
	_, _ = io.WriteString(e.Stderr, text) // nobody to tell
}

// errWidth returns how many columns the terminal of Stderr has now; 0 when it
// is unknown.
func (e *Env) errWidth() int {
	if e.ErrWidth == nil {
		return e.Width
	}
	return e.ErrWidth()
}
