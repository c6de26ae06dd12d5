package cmd

import (
	"os"

	"golang.org/x/term"
)

// SystemEnv returns the environment of this process with the given standard
// streams. Width is measured at once and does not follow the terminal.
func SystemEnv(stdin, stdout, stderr *os.File) Env {
	env := Env{
		Program:   os.Args[0],
		Args:      os.Args[1:],
		Stdin:     stdin,
		Stdout:    stdout,
		Stderr:    stderr,
		Getenv:    os.Getenv,
		Now:       clock(os.Getenv("TZ")),
		StdinTTY:  term.IsTerminal(int(stdin.Fd())),
		StdoutTTY: term.IsTerminal(int(stdout.Fd())),
		StderrTTY: term.IsTerminal(int(stderr.Fd())),
	}
	if env.StdoutTTY {
		env.Size = func() (columns, rows int) { return size(stdout) }
		env.Width, _ = env.Size()
	}
	if env.StderrTTY {
		env.ErrWidth = func() int { columns, _ := size(stderr); return columns }
	}
	return env
}

// size measures a terminal; 0 when that fails.
func size(f *os.File) (columns, rows int) {
	columns, rows, _ = term.GetSize(int(f.Fd()))
	return columns, rows
}
