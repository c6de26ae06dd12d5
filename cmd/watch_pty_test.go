//go:build unix

package cmd

import (
	"bufio"
	"context"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// watched runs a program with --watch on a terminal of 20 columns and 5 rows.
// await reads what the terminal gets until it has got a text.
func watched(t *testing.T, program string, args ...string) (await func(want string) string, resize func(columns, rows uint16), end func() int) {
	t.Helper()
	ptmx, tty := openTerminal(t)
	resize = func(columns, rows uint16) {
		if err := pty.Setsize(ptmx, &pty.Winsize{Rows: rows, Cols: columns}); err != nil {
			t.Fatal(err)
		}
	}
	resize(20, 5)
	env := SystemEnv(tty, tty, tty)
	env.Program, env.Args = program, args
	ctx, cancel := context.WithCancelCause(t.Context())
	code := make(chan int, 1)
	go func() { code <- Main(ctx, env) }()
	screen := bufio.NewReader(ptmx)
	await = func(want string) string {
		t.Helper()
		got := ""
		for !strings.HasSuffix(got, want) {
			b, err := screen.ReadByte()
			if err != nil {
				t.Fatalf("the terminal got %q, %v, want %q", got, err, want)
			}
			got += string([]byte{b})
		}
		return got
	}
	return await, resize, func() int { cancel(&SignalError{Number: 2}); return <-code }
}

// TestWatch shows topics on a terminal: long messages are cut off, shorter ones
// replace them, nothing steers the terminal, and a new size is followed.
func TestWatch(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	host, port, _ := strings.Cut(strings.TrimPrefix(url, "mqtt://"), ":")
	for _, test := range []struct {
		name    string
		program string
		args    []string
		head    string
		code    int
	}{
		{"sub", "mqt", []string{"sub", "-L", url, "-w"}, "Broker: 127.0.0.1:" + port, exitSignal + 2},
		{"link", "mosquitto_sub", []string{"-h", host, "-p", port, "--watch"}, "Broker: 127.0.0.1", exitDone},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			publish := func(topic, text string) {
				t.Helper()
				if code, _, stderr := mqtRun(t, "pub", "-L", url, "-t", test.name+"/"+topic, "-m", text, "-r", "-q", "1"); code != 0 {
					t.Error(stderr)
				}
			}
			publish("a", "a text of more than 20 characters")
			await, resize, end := watched(t, test.program, append(test.args, "-t", test.name+"/#", "-v")...)
			head := await("\x1b[2;1H")
			if title := test.head[:min(len(test.head), 20)]; head != "\x1b[2J\x1b[1;1H\x1b[K"+title+"\x1b[2;1H" {
				t.Errorf("the terminal begins with %q, want the title %q", head, title)
			}
			row := func(n, text string) string { return "\x1b[" + n + ";1H\x1b[K" + text }
			await(row("2", (test.name + "/a a text of more than 20 characters")[:20]+"\x1b[3;1H"))
			publish("a", "b")
			await(row("2", test.name+"/a b\x1b[3;1H"))
			publish("b", "\x1b[2J\u202ex")
			await(row("3", (test.name + `/b \x1b[2J\u202ex`)[:20]+"\x1b[4;1H"))
			publish("c", "1")
			publish("d", "1")
			await(row("5", "… 1 more\x1b[5;1H"))
			resize(40, 7)
			await("\x1b[2J" + row("1", test.head) + row("2", test.name+"/a b") + row("3", test.name+`/b \x1b[2J\u202ex`) +
				row("4", test.name+"/c 1") + row("5", test.name+"/d 1\x1b[6;1H"))
			if code := end(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
		})
	}
}
