package cmd

import (
	"context"
	"flag"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

// TestMain lets scripts run mqt: this test binary under another name. Those of
// mosquitto are not in PATH, where tests look for the real programs.
func TestMain(m *testing.M) {
	run := func() { os.Exit(Main(context.Background(), SystemEnv(os.Stdin, os.Stdout, os.Stderr))) }
	if otherName(os.Args[0]) != nil {
		run()
	}
	// Most tests wait for other programs: more of them go on at a time, unless
	// -parallel says otherwise.
	if err := flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"mqt": run})
}

// testEnv returns an environment without terminal, streams or variables.
func testEnv(args ...string) *Env {
	return &Env{
		Args:   args,
		Stdin:  strings.NewReader(""),
		Stdout: io.Discard,
		Stderr: io.Discard,
		Getenv: func(string) string { return "" },
		Now:    time.Now,
	}
}

// parse runs the command with args, which follow its name.
func parse(t *testing.T, c *cobra.Command, args ...string) error {
	t.Helper()
	root := newRoot(testEnv())
	for _, old := range root.Commands() {
		if old.Name() == c.Name() {
			root.RemoveCommand(old)
		}
	}
	c.GroupID = ""
	root.AddCommand(c)
	joined, err := gatherProperties(root, append([]string{c.Name()}, args...))
	if err != nil {
		return err
	}
	root.SetArgs(joined)
	return root.ExecuteContext(t.Context())
}
