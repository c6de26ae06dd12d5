package cmd

import "testing"

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
