package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"mqt/internal/client"
)

// fetchPassword gets the password of a connection from a program or from the
// terminal, when the flags say so.
func (o *connOptions) fetchPassword(ctx context.Context, env *Env, to *client.Options) error {
	tty, isFile := env.Stdin.(*os.File)
	switch {
	case o.PasswordCommand != "":
		text, err := runPasswordCommand(ctx, env, o.PasswordCommand)
		if err != nil {
			return err
		}
		to.Password = text
	case o.HasPassword && o.Password == "-" && env.StdinTTY && isFile:
		prompt := "Password: "
		if to.Username != "" {
			prompt = fmt.Sprintf("Password of %s: ", escape(to.Username))
		}
		fmt.Fprint(env.Stderr, prompt)
		text, err := readHidden(ctx, int(tty.Fd()))
		fmt.Fprintln(env.Stderr)
		if err != nil {
			return fmt.Errorf("read the password: %w", err)
		}
		to.Password = []byte(text)
	}
	return nil
}

// commandGrace is how long what a command has started may keep its output open
// after its end.
const commandGrace = time.Second

// runPasswordCommand returns the first line that a command of the shell
// writes. Its errors go to ours; it has no input, which is the messages'.
func runPasswordCommand(ctx context.Context, env *Env, command string) ([]byte, error) {
	shell, flag := "/bin/sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	c := exec.CommandContext(ctx, shell, flag, command)
	c.Stderr = env.Stderr
	c.WaitDelay = commandGrace
	out := &firstLine{}
	c.Stdout = out
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return nil, hint(fmt.Errorf("--password-command: %w", err), "run the command by itself to see what is wrong")
	case len(out.text) == 0:
		return nil, errors.New("--password-command: the command wrote no password")
	case len(out.text) > maxPassword:
		return nil, fmt.Errorf("--password-command: the password is longer than %d bytes", maxPassword)
	}
	return bytes.TrimSuffix(out.text, []byte("\r")), nil
}

// firstLine keeps the first line of what is written, and not much more than a
// password may have.
type firstLine struct {
	text []byte
	over bool
}

// Write is part of io.Writer.
func (l *firstLine) Write(p []byte) (int, error) {
	if !l.over {
		line, _, ended := bytes.Cut(p, []byte("\n"))
		l.text = append(l.text, line...)
		l.over = ended || len(l.text) > maxPassword+1
	}
	return len(p), nil
}
