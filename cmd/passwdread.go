package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxPassword is the longest password MQTT can carry, in bytes.
const maxPassword = 65535

// password returns the new password: of the command line, asked for twice on
// a terminal without showing it, or the first line of standard input.
func (o *passwdOptions) password(ctx context.Context, env *Env) ([]byte, error) {
	text, err := o.Password, error(nil)
	tty, isFile := env.Stdin.(*os.File)
	switch {
	case o.Batch:
	case env.StdinTTY && isFile:
		text, err = askPassword(ctx, env, tty)
	default:
		text, err = readPassword(env.Stdin)
	}
	switch {
	case err != nil:
		return nil, err
	case text == "":
		return nil, errors.New("the password is empty")
	case len(text) > maxPassword:
		return nil, fmt.Errorf("the password is longer than %d bytes", maxPassword)
	}
	return []byte(text), nil
}

func readPassword(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxPassword+3)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if line == "" {
		return "", errors.New("standard input has no password")
	}
	line = strings.TrimSuffix(line, "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

func askPassword(ctx context.Context, env *Env, tty *os.File) (string, error) {
	var answers [2]string
	for i, prompt := range []string{"Password: ", "Password again: "} {
		fmt.Fprint(env.Stderr, prompt)
		text, err := readHidden(ctx, int(tty.Fd()))
		fmt.Fprintln(env.Stderr)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		answers[i] = text
	}
	if answers[0] != answers[1] {
		return "", errors.New("the two passwords differ; nothing was changed")
	}
	return answers[0], nil
}

// readHidden reads a line that the terminal does not show. When ctx ends it
// puts the terminal back; the read then ends with the process.
func readHidden(ctx context.Context, fd int) (string, error) {
	if ctx.Err() != nil { // before the echo is turned off
		return "", context.Cause(ctx)
	}
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	type answer struct {
		text []byte
		err  error
	}
	read := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		read <- answer{text, err}
	}()
	select {
	case a := <-read:
		return string(a.text), a.err
	case <-ctx.Done():
		_ = term.Restore(fd, before) // the process ends, whatever comes of it
		return "", context.Cause(ctx)
	}
}
