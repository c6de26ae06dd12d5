//go:build unix

package cmd

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// openTerminal opens both sides of a terminal for the length of a test.
func openTerminal(t *testing.T) (ptmx, tty *os.File) {
	t.Helper()
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { ptmx.Close(); tty.Close() })
	return ptmx, tty
}

// On a terminal sub writes for people, and clear asks.
func TestTerminal(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	mqtRun(t, "pub", "-L", url, "-t", "a/b", "-m", "21.5", "-r", "-q", "1")
	ptmx, tty := openTerminal(t)
	env := SystemEnv(tty, tty, tty)
	if !env.StdinTTY || !env.StdoutTTY || !env.StderrTTY {
		t.Fatalf("SystemEnv sees no terminal: %+v", env)
	}
	screen := bufio.NewReader(ptmx)
	env.Args = []string{"sub", "-L", url, "-t", "a/b", "-C", "1"}
	if code := Main(t.Context(), env); code != 0 {
		t.Fatalf("sub = %d", code)
	}
	line, err := screen.ReadString('\n')
	if err != nil || !strings.Contains(line, "a/b") || !strings.Contains(line, "retained") || !strings.Contains(line, "4") {
		t.Errorf("sub on a terminal wrote %q, %v, want the pretty format", line, err)
	}

	env.Args = []string{"retained", "clear", "-L", url, "a/#"}
	ask(t, env, ptmx, screen, "n\n", "nothing was removed")
	ask(t, env, ptmx, screen, "\x04", "[y/N] \r\n") // the end of the input ends the line
	ask(t, env, ptmx, screen, "y\n", "removed 1 retained message")
}

// What is said beside redirected results fits the terminal it is said on.
func TestErrorsKnowTheirTerminal(t *testing.T) {
	t.Parallel()
	ptmx, tty := openTerminal(t)
	env := SystemEnv(tty, fileOf(t, ""), tty)
	for _, columns := range []int{40, 25} {
		if err := pty.Setsize(ptmx, &pty.Winsize{Rows: 5, Cols: uint16(columns)}); err != nil {
			t.Fatal(err)
		}
		if got := env.errWidth(); got != columns || env.Width != 0 {
			t.Errorf("standard error has %d columns, standard output %d, want %d and 0", got, env.Width, columns)
		}
	}
}

// A long collection counts on the terminal, and wipes the count away.
func TestCollectProgress(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	var records strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&records, `{"topic":"a/%d","payload":"x","retain":true,"qos":1}`+"\n", i)
	}
	fill := testEnv("pub", "-L", url, "--ndjson")
	fill.Stdin = strings.NewReader(records.String())
	if code := Main(t.Context(), *fill); code != 0 {
		t.Fatalf("pub = %d", code)
	}
	env := testEnv("retained", "list", "-L", url)
	var errs bytes.Buffer
	env.Stderr, env.StderrTTY, env.Now = &errs, true, tickingClock()
	if code := Main(t.Context(), *env); code != 0 {
		t.Errorf("list = %d", code)
	}
	got := errs.String()
	if first := "\r\x1b[K200 retained messages received, 1000/s\r\x1b[K400 "; !strings.HasPrefix(got, first) || !strings.HasSuffix(got, "/s\r\x1b[K") {
		t.Errorf("list wrote %q, want it to begin with %q and to be wiped away", got, first)
	}
}

func ask(t *testing.T, env Env, keyboard interface{ WriteString(string) (int, error) }, screen *bufio.Reader, answer, want string) {
	t.Helper()
	if _, err := keyboard.WriteString(answer); err != nil {
		t.Fatal(err)
	}
	if code := Main(t.Context(), env); code != 0 {
		t.Errorf("clear = %d", code)
	}
	for {
		line, err := screen.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, want) {
			return
		}
	}
}
