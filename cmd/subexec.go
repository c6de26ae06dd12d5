package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"mqt/format"
	"mqt/internal/mqtt"
	"mqt/sub"
)

// execGrace is how long a command that has ended, or was ended, may keep its
// output open in processes of its own.
const execGrace = time.Second

// execWriter is a format.Writer that runs a command for each message, one after
// the other. While one runs, the broker is held back.
type execWriter struct {
	env     *Env
	words   []string      // of the command
	path    string        // --select
	timeout time.Duration // -W; 0: none
	failed  uint64

	// Set by start.
	command func() *exec.Cmd // ends with the subscription
	ended   func() error     // why it was ended; nil: it was not
	stop    func()
}

// newExecWriter looks the command up, so that a mistyped one is found before
// anything else is done.
func newExecWriter(env *Env, o *subOptions) (*execWriter, error) {
	words, err := splitWords(o.Exec)
	if err != nil {
		return nil, usagef("--exec %q %w", o.Exec, err)
	}
	if words[0], err = exec.LookPath(words[0]); err != nil {
		return nil, fmt.Errorf("--exec: %w", err)
	}
	return &execWriter{env: env, words: words, path: o.Select, timeout: o.Timeout.duration(), stop: func() {}}, nil
}

// start begins the time that commands may take: until ctx ends or -W runs out.
func (w *execWriter) start(ctx context.Context) {
	if w.timeout > 0 {
		ctx, w.stop = context.WithTimeoutCause(ctx, w.timeout, sub.ErrTimeout)
	}
	w.command = func() *exec.Cmd { return exec.CommandContext(ctx, w.words[0], w.words[1:]...) }
	w.ended = func() error { return context.Cause(ctx) }
}

// Write runs the command and waits for it. A command that fails is reported;
// one that cannot be started is an error.
func (w *execWriter) Write(m mqtt.Message) error {
	if w.path != "" {
		var ok bool
		if m.Payload, ok = format.Select(m.Payload, w.path); !ok {
			return nil
		}
	}
	c := w.command()
	c.Env = append(c.Environ(), messageEnv(m)...)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(m.Payload), w.env.Stdout, w.env.Stderr
	c.WaitDelay = execGrace
	err := c.Run()
	var failed *exec.ExitError
	switch {
	case w.ended() != nil:
		return w.ended()
	case errors.As(err, &failed):
		w.failed++
		w.env.notef("--exec: %s: %v", m.Topic, err)
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return fmt.Errorf("--exec: %w", err)
	}
	return nil
}

// messageEnv returns the variables that describe a message.
func messageEnv(m mqtt.Message) []string {
	return []string{
		"MQT_TOPIC=" + m.Topic,
		"MQT_QOS=" + strconv.Itoa(int(m.QoS)),
		"MQT_RETAIN=" + bit(m.Retain),
		"MQT_DUP=" + bit(m.Dup),
		"MQT_TIME=" + m.Received.UTC().Format(time.RFC3339Nano),
		"MQT_PAYLOAD_LENGTH=" + strconv.Itoa(len(m.Payload)),
	}
}

func bit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// Flush implements format.Writer; there is nothing to do.
func (w *execWriter) Flush() error { return nil }

// close returns an error when a command has failed.
func (w *execWriter) close() error {
	w.stop()
	if w.failed > 0 {
		return fmt.Errorf("sub: --exec: the command failed for %s", count(int(w.failed), "message"))
	}
	return nil
}
