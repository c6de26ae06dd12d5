//go:build unix

package cmd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/term"
)

// askOn runs askPassword on a terminal of its own; type is called with what
// was asked and types the answer.
func askOn(t *testing.T, ctx context.Context, typed func(keyboard *os.File, prompt string)) (string, string, error) {
	t.Helper()
	ptmx, tty := openTerminal(t)
	var screen strings.Builder
	env := testEnv()
	env.Stderr = writerFunc(func(b []byte) (int, error) {
		screen.Write(b)
		if strings.HasSuffix(string(b), ": ") {
			typed(ptmx, string(b))
		}
		return len(b), nil
	})
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	got, err := askPassword(ctx, env, tty)
	if after, e := term.GetState(int(tty.Fd())); e != nil || *after != *before {
		t.Errorf("the terminal's state is %v, %v, want %v", after, e, before)
	}
	return got, screen.String(), err
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestAskPassword(t *testing.T) {
	t.Parallel()
	got, screen, err := askOn(t, t.Context(), func(k *os.File, _ string) { k.WriteString("secret\n") })
	if want := "Password: \nPassword again: \n"; got != "secret" || err != nil || screen != want {
		t.Errorf("askPassword = %q, %v, screen %q, want %q, nil, %q", got, err, screen, "secret", want)
	}
	got, _, err = askOn(t, t.Context(), func(k *os.File, prompt string) { k.WriteString(prompt + "\n") })
	if got != "" || err == nil || !strings.Contains(err.Error(), "differ") {
		t.Errorf("askPassword with two answers = %q, %v, want that they differ", got, err)
	}
}

func TestAskPasswordInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	_, _, err := askOn(t, ctx, func(*os.File, string) { cancel(&SignalError{Number: 2}) })
	var signal *SignalError
	if !errors.As(err, &signal) {
		t.Errorf("askPassword = %v, want interrupted", err)
	}
}

// On a terminal the command asks twice.
func TestPasswdOnTerminal(t *testing.T) {
	t.Parallel()
	ptmx, tty := openTerminal(t)
	file := filepath.Join(t.TempDir(), "pw")
	env := testEnv("passwd", "-c", file, "alice")
	env.Stdin, env.StdinTTY = tty, true
	asked := 0
	env.Stderr = writerFunc(func(b []byte) (int, error) {
		if strings.HasSuffix(string(b), ": ") {
			asked++
			ptmx.WriteString("secret\n")
		}
		return len(b), nil
	})
	if code := Main(t.Context(), *env); code != exitDone || asked != 2 {
		t.Errorf("passwd = %d, asked %d times, want %d, 2", code, asked, exitDone)
	}
	if text, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(text), "alice:$argon2id$") {
		t.Errorf("file = %q, %v, want an entry for alice", text, err)
	}
}
