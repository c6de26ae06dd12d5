package cmd

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs testdata/script. Besides the commands of testscript there
// are
//
//	broker [flags]    start "mqt serve" in this process on a free port, with
//	                  the flags; sets $URL and $PORT
//	exits N mqt …     run mqt and check its exit code
//	[!] logs REGEXP   wait for a line of the broker's on standard error, or
//	                  check that there is none
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"broker": startBroker,
			"exits":  checkExit,
			"logs":   checkLog,
		},
		Setup: setupLog,
	})
}

func startBroker(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("! broker: use exits")
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	pr, pw := io.Pipe()
	env := testEnv(append([]string{"serve", "--listen", "mqtt://127.0.0.1:0"}, args...)...)
	stderr := logOf(ts)
	env.Stdout, env.Stderr = pw, stderr
	for i, a := range env.Args {
		if i > 0 && slices.Contains([]string{"--ready-file", "--password-file", "--acl-file", "--data"}, env.Args[i-1]) {
			env.Args[i] = ts.MkAbs(a)
		}
	}
	code := make(chan int, 1)
	go func() {
		code <- Main(ctx, *env)
		pw.Close()
	}()
	ts.Defer(func() {
		cancel(&SignalError{Number: 15})
		if c := <-code; c != exitDone {
			ts.Logf("broker exited with %d: %s", c, stderr)
		}
	})
	r := bufio.NewReader(pr)
	url := ""
	for { // the line about publishing is the last, and comes when all is ready
		line, err := r.ReadString('\n')
		if err != nil {
			ts.Fatalf("broker did not start: %s", stderr)
		}
		if at, ok := strings.CutPrefix(line, "listening on mqtt:"); ok && url == "" {
			url = "mqtt:" + strings.TrimSpace(at)
		}
		if strings.HasPrefix(line, "publish:") {
			break
		}
	}
	ts.Setenv("URL", url)
	ts.Setenv("PORT", url[strings.LastIndexByte(url, ':')+1:])
}

func checkExit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG]...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v exited with %d, want %d", args[1:], got, want)
	}
}
