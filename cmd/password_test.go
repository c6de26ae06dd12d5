//go:build unix

package cmd

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"mqt/internal/client"
)

func TestPasswordCommand(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, command string
		want          string
		err           string
	}{
		{name: "first line", command: "echo first; echo second", want: "first"},
		{name: "much", command: "echo secret; head -c 200000 /dev/zero", want: "secret"},
		{name: "failure", command: "echo secret; echo locked >&2; exit 3", err: "--password-command: exit status 3\nhint: run the command by itself"},
		{name: "nothing", command: "true", err: "--password-command: the command wrote no password"},
		{name: "too much", command: "head -c 70000 /dev/zero", err: "--password-command: the password is longer than 65535 bytes"},
		{name: "input", command: "cat; echo x", want: "x"},
	}
	for _, tt := range tests {
		env := testEnv()
		var errs bytes.Buffer
		env.Stdin, env.Stderr = strings.NewReader("not this\n"), &errs
		var got client.Options
		err := (&connOptions{PasswordCommand: tt.command}).fetchPassword(t.Context(), env, &got)
		if string(got.Password) != tt.want || !strings.HasPrefix(errText(err), tt.err) || (err != nil) != (tt.err != "") {
			t.Errorf("%s: fetchPassword = %.40q, %v, want %q, %q", tt.name, got.Password, err, tt.want, tt.err)
		}
		if locked := tt.name == "failure"; strings.Contains(errs.String(), "locked") != locked {
			t.Errorf("%s: standard error has %q", tt.name, &errs)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&SignalError{Number: 2})
	if err := (&connOptions{PasswordCommand: "echo x"}).fetchPassword(ctx, testEnv(), &client.Options{}); !errors.Is(err, context.Cause(ctx)) {
		t.Errorf("fetchPassword after a signal = %v, want %v", err, context.Cause(ctx))
	}
}

// -P - asks on a terminal, and is a password elsewhere.
func TestPasswordPrompt(t *testing.T) {
	t.Parallel()
	ptmx, tty := openTerminal(t)
	env := testEnv()
	env.Stdin, env.StdinTTY = tty, true
	var screen strings.Builder
	env.Stderr = writerFunc(func(b []byte) (int, error) {
		screen.Write(b)
		if strings.HasSuffix(string(b), ": ") {
			ptmx.WriteString("typed\n")
		}
		return len(b), nil
	})
	for _, tt := range []struct {
		args         []string
		tty          bool
		want, screen string
	}{
		{args: []string{"-u", "alice", "-P", "-"}, tty: true, want: "typed", screen: "Password of alice: \n"},
		{args: []string{"-P", "-"}, tty: true, want: "typed", screen: "Password: \n"},
		{args: []string{"-P", "-"}, want: "-"},
		{args: []string{"-P", "given"}, tty: true, want: "given"},
	} {
		screen.Reset()
		o, err := pubConn(t, tt.args...)
		if err != nil {
			t.Fatal(err)
		}
		env.StdinTTY = tt.tty
		target, err := o.prepare(t.Context(), env)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(target.Client.Password); got != tt.want || screen.String() != tt.screen {
			t.Errorf("%q on a terminal %t: password %q, screen %q, want %q, %q", tt.args, tt.tty, got, screen.String(), tt.want, tt.screen)
		}
	}
}
