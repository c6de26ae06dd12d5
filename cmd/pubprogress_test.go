package cmd

import (
	"bytes"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

func TestPubProgress(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	count := "\r1000 messages published\r2000 messages published\r\x1b[K"
	tests := []struct {
		name          string
		args          []string
		lines         int
		stdin, stderr bool // are terminals
		want          string
	}{
		{name: "long", args: []string{"-l", "-q", "1"}, lines: 2500, stderr: true, want: count},
		{name: "cut", args: []string{"-l", "--count", "2000"}, lines: 3000, stderr: true, want: count},
		{name: "short", args: []string{"-l"}, lines: 999, stderr: true},
		{name: "typed", args: []string{"-l"}, lines: 2500, stdin: true, stderr: true},
		{name: "no terminal", args: []string{"-l"}, lines: 2500},
		{name: "quiet", args: []string{"-l", "--quiet"}, lines: 2500, stderr: true},
		{name: "one message", args: []string{"-s"}, lines: 2500, stderr: true},
	}
	for _, tt := range tests {
		env := testEnv(append([]string{"pub", "-L", url, "-t", "a"}, tt.args...)...)
		var errs bytes.Buffer
		env.Stdin, env.Stderr = strings.NewReader(strings.Repeat("x\n", tt.lines)), &errs
		env.StdinTTY, env.StderrTTY = tt.stdin, tt.stderr
		if code := Main(t.Context(), *env); code != 0 || errs.String() != tt.want {
			t.Errorf("%s: pub = %d, %q, want 0, %q", tt.name, code, &errs, tt.want)
		}
	}
}

// A very long input counts in larger steps.
func TestPubProgressSteps(t *testing.T) {
	t.Parallel()
	env := testEnv()
	var errs bytes.Buffer
	env.Stderr, env.StderrTTY = &errs, true
	o := &pubOptions{Input: inputLines}
	src := o.stream(t.Context(), mqtt.Message{}, strings.NewReader(strings.Repeat("\n", 250_000)))
	for range o.progress(env, src) {
	}
	if n := strings.Count(errs.String(), "published"); n != 101 || !strings.HasSuffix(errs.String(), "\r200000 messages published\r\x1b[K") {
		t.Errorf("progress wrote %d times, %q at the end", n, errs.String()[max(0, errs.Len()-60):])
	}
}
