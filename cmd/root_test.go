package cmd

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEntriesFor: the command that is called is built alone, and the table
// names each command as it names itself.
func TestEntriesFor(t *testing.T) {
	t.Parallel()
	all := entries()
	for _, e := range all {
		got := entriesFor([]string{e.name, "--help"})
		if len(got) != 1 || got[0].name != e.name {
			t.Errorf("entriesFor(%s) has %d entries, want this one alone", e.name, len(got))
		}
		if name := e.build(testEnv()).Name(); name != e.name {
			t.Errorf("the command %q calls itself %q", e.name, name)
		}
	}
	for _, args := range [][]string{nil, {"--help"}, {"help", "pub"}, {"-v", "pub"}, {"pubs"}, {"__complete", "pub"}} {
		if got := entriesFor(args); len(got) != len(all) {
			t.Errorf("entriesFor(%q) has %d entries, want all %d", args, len(got), len(all))
		}
	}
}

// What mqt pub tells before it publishes must not kill it when nobody reads:
// signals are caught before. A password command must not inherit that SIGPIPE
// is ignored, as it is before they are.
func TestPubCatches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args string
		want time.Duration
	}{
		{args: "-m x", want: startup},
		{args: "-m x -q 1"},
		{args: "-m x --verbose"},
		{args: "-m x -d"},
		{args: "-m x --password-command false"},
	} {
		env := testEnv(append(strings.Fields("pub -L mqtt://127.0.0.1:1 -t a"), strings.Fields(tt.args)...)...)
		var caught []time.Duration
		env.Catch = func(ctx context.Context, delay time.Duration) context.Context {
			caught = append(caught, delay)
			return ctx
		}
		env.Stderr = writeFunc(func(p []byte) (int, error) {
			if len(caught) == 0 {
				t.Errorf("pub %s wrote %q before signals were caught", tt.args, p)
			}
			return len(p), nil
		})
		if code := Main(t.Context(), *env); code != exitFailed || !slices.Equal(caught, []time.Duration{tt.want}) {
			t.Errorf("pub %s = %d, caught after %v, want 1, %v", tt.args, code, caught, tt.want)
		}
	}
}
