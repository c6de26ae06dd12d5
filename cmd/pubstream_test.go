package cmd

import (
	"context"
	"testing"
)

// Without a count --every goes on until it is interrupted, also while it waits.
func TestPubEverySignal(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	ctx, cancel := context.WithCancelCause(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- Main(ctx, *testEnv("pub", "-L", url, "-t", "a", "-m", "x", "-q", "1", "-r", "--every", "1h"))
	}()
	if c, stdout, stderr := mqtRun(t, "sub", "-L", url, "-t", "a", "-C", "1"); c != 0 || stdout != "x\n" {
		t.Errorf("sub = %d, %q, %q, want the first message", c, stdout, stderr)
	}
	cancel(&SignalError{Number: 2})
	if got := <-code; got != 130 {
		t.Errorf("pub --every exited with %d, want 130", got)
	}
}
