package cmd

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mqt/internal/compat"
)

// mosquittoRows are the files of command lines that are compared with
// mosquitto's clients.
var mosquittoRows = []string{"testdata/mosquitto.txt", "../internal/compat/testdata/mistakes.txt"}

// TestMosquittoRowsHaveEveryFlag looks for options that no compared command
// line has, and counts the lines.
func TestMosquittoRowsHaveEveryFlag(t *testing.T) {
	t.Parallel()
	seen := map[string][]string{} // words by the letter of the program
	lines := 0
	for _, name := range mosquittoRows {
		for _, line := range dataLines(t, name) {
			if rest, ok := strings.CutPrefix(line, "= "); ok {
				_, line, _ = strings.Cut(rest, ": ")
			}
			words := strings.Fields(strings.TrimPrefix(line, "~ "))
			letters := words[0]
			if letters == "a" {
				letters = "psr"
			}
			for _, letter := range strings.Split(letters, "") {
				lines++
				seen[letter] = append(seen[letter], words[1:]...)
			}
		}
	}
	for letter, program := range map[string]compat.Program{"p": compat.Pub, "s": compat.Sub, "r": compat.RR} {
		seen[letter] = append(seen[letter], "-h", "-p", "-u", "-P") // of $R, $B and $A
		for _, name := range compat.Names(program) {
			if !slices.Contains(seen[letter], name) {
				t.Errorf("no command line has the %s of %v", name, program)
			}
		}
	}
	if lines < 300 {
		t.Errorf("%d command lines are compared, want 300 at least", lines)
	}
	t.Logf("%d command lines", lines)
}

// dataLines returns the lines of a file that are neither empty nor comments.
func dataLines(t *testing.T, name string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// checkTexts looks for texts of testdata/mosquitto-texts.txt that are neither
// in said nor in what is said of wrong command lines.
func checkTexts(t *testing.T, said string) {
	t.Helper()
	mistakes, err := os.ReadFile("../internal/compat/testdata/mistakes.golden")
	if err != nil {
		t.Fatal(err)
	}
	said += strings.NewReplacer(`\n`, "\n", `\"`, `"`, `\\`, `\`).Replace(strings.ReplaceAll(string(mistakes), `]: "`, "\n"))
	for _, line := range dataLines(t, "testdata/mosquitto-texts.txt") {
		why := ""
		if rest, ok := strings.CutPrefix(line, "- "); ok {
			why, line, _ = strings.Cut(rest, ": ")
		}
		switch found := cFormat(line).MatchString(said); {
		case !found && why == "":
			t.Errorf("no command line brings about %q", line)
		case found && why != "":
			t.Errorf("a command line brings about %q, although %q", line, why)
		}
	}
}

// cFormat returns what matches a line that C's printf makes from format.
func cFormat(format string) *regexp.Regexp {
	text := regexp.QuoteMeta(strings.ReplaceAll(strings.ReplaceAll(format, `\"`, `"`), "%%", "%"))
	text = strings.NewReplacer("%s", ".*", "%c", ".", "%d", `-?\d+`, "%ld", `-?\d+`, "%lld", `-?\d+`, "%u", `\d+`).Replace(text)
	return regexp.MustCompile("(?m)^" + text + "$")
}
