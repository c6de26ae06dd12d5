// Command mqt is an MQTT toolkit: publish, subscribe, inspect retained
// messages, run a local broker. "mqt --help" lists its commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"mqt/cmd"
)

func main() {
	stdout := os.Stdout
	os.Stdout = os.Stderr // what a library prints must not get among the results
	os.Exit(cmd.Main(signals(), cmd.SystemEnv(os.Stdin, stdout, os.Stderr)))
}

// signals returns a context that the first SIGINT or SIGTERM ends, with a
// *cmd.SignalError as its cause. The second one kills the process, as if no
// handler were there. SIGPIPE is caught so that a write to a closed pipe is an
// error like any other.
func signals() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
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
	return ctx
}
