package cmd

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// everyCommand calls visit with each command.
func everyCommand(visit func(*cobra.Command)) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		visit(c)
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(newRoot(testEnv()))
}

// Each command has an example, and it is one of this command.
func TestEveryCommandHasExample(t *testing.T) {
	t.Parallel()
	everyCommand(func(c *cobra.Command) {
		if !strings.Contains(c.Example, c.CommandPath()+" ") && !strings.Contains(c.Example+"\n", c.CommandPath()+"\n") {
			t.Errorf("%s has no example: %q", c.CommandPath(), c.Example)
		}
		for line := range strings.Lines(c.Example) {
			if !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: the example %q is not indented", c.CommandPath(), line)
			}
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%s: the example %q has %d columns, want 80 at most: a broken one cannot be copied", c.CommandPath(), line, n)
			}
		}
	})
}

// No line of a help text is wider than the terminal, but for a single word.
func TestHelpFits(t *testing.T) {
	t.Parallel()
	for _, width := range []int{60, 80, 120, 200} {
		everyCommand(func(c *cobra.Command) {
			var out bytes.Buffer
			writeHelp(&out, c, width)
			for line := range strings.Lines(out.String()) {
				line = strings.TrimSuffix(line, "\n")
				if utf8.RuneCountInString(line) > width && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s --help in %d columns: %q has %d", c.CommandPath(), width, line, utf8.RuneCountInString(line))
				}
			}
		})
	}
}

// A paragraph is as wide as the terminal, whatever its lines in the source.
func TestFill(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", ""},
		{"one two three four\nfive\n", "one two three four\nfive"},
		{"one two three\nfour five six", "one two three four\nfive six"},
		{"one\ntwo\n\nthree\nfour\n", "one two\n\nthree four"},
		{"list:\n  a\n  b\nand\nmore", "list:\n  a\n  b\nand more"},
		{"\none\ntwo\n", "\none two"},
	}
	for _, tt := range tests {
		if got := fill(tt.in, 20); got != tt.want {
			t.Errorf("fill(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestWrapLines(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", ""},
		{"short\n", "short\n"},
		{"1234567890 12345 789\n", "1234567890 12345 789\n"},
		{"1234567890 12345 7890\n", "1234567890 12345\n7890\n"},
		{"  pub    one two three four\n", "  pub    one two\n         three four\n"},
		{"  mqt pub -t topic -m text\n", "  mqt pub -t topic\n    -m text\n"},
		{"12345678901234567890123\n", "12345678901234567890123\n"},
		{"12345678901234567890123 x\n", "12345678901234567890123\nx\n"},
		{"  é é é é é é é é éé x\n", "  é é é é é é é é éé\n    x\n"},
	}
	for _, tt := range tests {
		if got := wrapLines(tt.in, 20); got != tt.want {
			t.Errorf("wrapLines(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// Notes on a terminal are broken between words; elsewhere they are one line.
func TestNotesFit(t *testing.T) {
	t.Parallel()
	const note = "hint: another broker may be running"
	tests := []struct {
		width int
		tty   bool
		want  string
	}{
		{width: 80, tty: true, want: "mqt: " + note + "\n"},
		{width: 30, tty: true, want: "mqt: hint: another broker may\n       be running\n"},
		{width: 30, want: "mqt: " + note + "\n"},
		{tty: true, want: "mqt: " + note + "\n"},
	}
	for _, tt := range tests {
		env := testEnv()
		var errs bytes.Buffer
		env.Stderr, env.StderrTTY, env.Width = &errs, tt.tty, tt.width
		env.notef("%s", note)
		if errs.String() != tt.want {
			t.Errorf("in %d columns, terminal %t: %q, want %q", tt.width, tt.tty, &errs, tt.want)
		}
	}
}
