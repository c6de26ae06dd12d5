// Command mqt is an MQTT toolkit: publish, subscribe, inspect retained
// messages, run a local broker. "mqt --help" lists its commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"mqt/cmd"
)

func main() {
	deepen(0)
	stdout := os.Stdout
	os.Stdout = os.Stderr // what a library prints must not get among the results
	env := cmd.SystemEnv(os.Stdin, stdout, os.Stderr)
	env.Catch = catch
	os.Exit(cmd.Main(context.Background(), env))
}

// catch returns a context that the first SIGINT or SIGTERM ends, with a
// *cmd.SignalError as its cause. The second one kills the process, as if no
// handler were there. This begins after a delay, if there is one; before it,
// these signals do what they do to a program that is being started, and timers
// may be late (see punctual). SIGPIPE never kills, so that a write to a closed
// pipe is an error like any other.
func catch(ctx context.Context, delay time.Duration) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	if delay > 0 {
		signal.Ignore(syscall.SIGPIPE)
		time.AfterFunc(delay, func() { notify(cancel) })
	} else {
		notify(cancel)
	}
	return ctx
}

func notify(cancel context.CancelCauseFunc) {
	punctual()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGTERM)
	if !signal.Ignored(os.Interrupt) { // as a shell does for what it starts with &
		signal.Notify(ch, os.Interrupt)
	}
	go func() { // ends with the process
		s := <-ch
		signal.Reset(os.Interrupt, syscall.SIGTERM)
		number := int(syscall.SIGTERM)
		if s == os.Interrupt {
			number = int(syscall.SIGINT)
		}
		cancel(&cmd.SignalError{Number: number})
	}()
}

// deepen has the stack of the calling goroutine grown once, to what a command
// needs, while there is little on it to move. It is called with 0.
//
//go:noinline
func deepen(n int) byte {
	if n == 0 {
		return 0
	}
	var room [24 << 10]byte
	room[n] = 1
	return room[n/2]
}
