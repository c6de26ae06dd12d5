package cmd

import (
	"context"
	"os/exec"
	"strings"
	"testing"
)

// A command that fails or takes too long is told of; the next request is
// served, until a signal ends it.
func TestResponderFailures(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs sh")
	}
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	tests := []struct{ name, command, timeout, want string }{
		{name: "fails", command: "sh -c 'exit 3'", timeout: "60", want: `mqt: no response to "ask": sh: exit status 3`},
		{name: "hangs", command: "sh -c 'exec sleep 100'", timeout: "0.05", want: `mqt: no response to "ask": sh: not done within 50ms`},
	}
	mqtRun(t, "pub", "-L", url, "-t", "ask", "-m", "x", "-r", "-q", "1")
	for _, tt := range tests {
		ctx, cancel := context.WithCancelCause(t.Context())
		env := testEnv("rr", "-L", url, "-t", "ask", "-e", "answers", "--responder", tt.command, "-W", tt.timeout)
		notes := make(lineWriter, 10)
		env.Stderr = notes
		code := make(chan int, 1)
		go func() { code <- Main(ctx, *env) }()
		if got := strings.TrimSpace(<-notes); got != tt.want {
			t.Errorf("%s: rr wrote %q, want %q", tt.name, got, tt.want)
		}
		cancel(&SignalError{Number: 15})
		if c := <-code; c != 143 {
			t.Errorf("%s: rr exited with %d, want 143", tt.name, c)
		}
	}
}
