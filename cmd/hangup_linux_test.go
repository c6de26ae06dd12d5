package cmd

import (
	"bytes"
	"os"
	"testing"
)

// A reader that goes away ends sub also when no message comes any more.
func TestSubHangup(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	mqtRun(t, "pub", "-L", url, "-t", "a", "-m", "x", "-r", "-q", "1")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	env := testEnv("sub", "-L", url, "-t", "a")
	var errs bytes.Buffer
	env.Stdout, env.Stderr = w, &errs
	code := make(chan int, 1)
	go func() { code <- Main(t.Context(), *env) }()
	line := make([]byte, 2)
	if _, err := r.Read(line); err != nil || string(line) != "x\n" {
		t.Fatalf("sub wrote %q, %v", line, err)
	}
	r.Close()
	if got := <-code; got != 0 || errs.Len() > 0 {
		t.Errorf("sub = %d, %q, want 0 and silence", got, &errs)
	}
}

// The watch ends when it is told to, and leaves what is no pipe alone.
func TestHangupStops(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	gone, stop := hangup(w)
	stop()
	select {
	case <-gone:
		t.Error("the pipe counts as closed, but it is open")
	default:
	}
	if gone, _ := hangup(&bytes.Buffer{}); gone != nil {
		t.Error("a buffer is watched")
	}
}
