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
	w, err := newExecWriter(ctx, env, &subOptions{Exec: `sh -c "echo started; exec sleep 1000"`})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(mqtt.Message{Topic: "t", Payload: make([]byte, 1<<20)}); !errors.Is(err, signal) {
		t.Errorf("Write = %v, want %v", err, signal)
	}
	if err := w.close(); err != nil {
		t.Errorf("close = %v, want nil: the command did not fail by itself", err)
	}
}
