package cmd

import (
	"context"
	"errors"
	"os/exec"
	"testing"

	"mqt/internal/mqtt"
)

// writeFunc is an io.Writer.
type writeFunc func(p []byte) (int, error)

// Write calls the function.
func (f writeFunc) Write(p []byte) (int, error) { return f(p) }

// TestExecEnds interrupts a command that would run for long.
func TestExecEnds(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs sh")
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	signal := &SignalError{Number: 2}
	env := testEnv()
	env.Stdout = writeFunc(func(p []byte) (int, error) {
		cancel(signal)
		return len(p), nil
	})
	w, err := newExecWriter(env, &subOptions{Exec: `sh -c "echo started; exec sleep 1000"`})
	if err != nil {
		t.Fatal(err)
	}
	w.start(ctx)
	if err := w.Write(mqtt.Message{Topic: "t", Payload: make([]byte, 1<<20)}); !errors.Is(err, signal) {
		t.Errorf("Write = %v, want %v", err, signal)
	}
	if err := w.close(); err != nil {
		t.Errorf("close = %v, want nil: the command did not fail by itself", err)
	}
}

// TestExecTimeout runs a command that would run for longer than -W: its message
// is not removed.
func TestExecTimeout(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip("needs sleep")
	}
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	if code, _, stderr := mqtRun(t, "pub", "-L", url, "-t", "a", "-m", "x", "-r", "-q", "1"); code != exitDone {
		t.Fatal(stderr)
	}
	code, _, stderr := mqtRun(t, "sub", "-L", url, "-t", "a", "-C", "1", "-W", "0.2", "--remove-retained", "--exec", "sleep 1000")
	if want := "mqt: timed out after 200ms\n"; code != exitTimeout || stderr != want {
		t.Errorf("sub = %d, %q, want %d, %q", code, stderr, exitTimeout, want)
	}
	if code, stdout, stderr := mqtRun(t, "retained", "get", "-L", url, "a"); code != exitDone || stdout != "x" {
		t.Errorf("retained get = %d, %q, %q, want 0 and the message, which no command got done with", code, stdout, stderr)
	}
}
