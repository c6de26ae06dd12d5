package compat

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mqt/internal/peertest"
)

var update = flag.Bool("update", false, "write the golden file anew")

// row is one line of testdata/mistakes.txt for one program.
type row struct {
	program Program
	args    []string
	newer   string // why mosquitto 2.0 differs
}

func rows(t *testing.T) []row {
	t.Helper()
	var all []row
	text, err := os.ReadFile("testdata/mistakes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		r := row{}
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "= "); ok {
			r.newer, line, _ = strings.Cut(rest, ": ")
		}
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		for _, w := range words[1:] {
			w = strings.NewReplacer("”", "", "␣", " ", "␀", "\x01").Replace(w)
			for i := strings.Index(w, `\x`); i >= 0 && i+4 <= len(w) && !strings.Contains(w, `\\x`); i = strings.Index(w, `\x`) {
				w = w[:i] + string([]byte{unhex(w[i+2])<<4 | unhex(w[i+3])}) + w[i+4:]
			}
			r.args = append(r.args, strings.ReplaceAll(w, `\\`, `\`))
		}
		programs, ok := map[string][]Program{"p": {Pub}, "s": {Sub}, "r": {RR}, "a": {Pub, Sub, RR}}[words[0]]
		if !ok {
			t.Fatalf("%q begins with none of p, s, r, a", line)
		}
		for _, r.program = range programs {
			all = append(all, r)
		}
	}
	return all
}

func unhex(c byte) byte { return byte(strings.IndexByte("0123456789abcdef", c)) }

// said returns what the program writes to standard error.
func (r row) said(t *testing.T, env Environment) string {
	_, err := Parse(r.program, r.args, env)
	var usage *UsageError
	switch {
	case err == nil:
		return "no mistake\n"
	case !errors.As(err, &usage):
		t.Fatalf("Parse(%v, %q) = %v", r.program, r.args, err)
	}
	return usage.Message(r.program)
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, r := range rows(t) {
		said, ok := strings.CutSuffix(r.said(t, testEnvironment(t.TempDir())), "\nUse '"+r.program.String()+" --help' to see usage.\n")
		if !ok {
			t.Fatalf("%v %q: %q", r.program, r.args, said)
		}
		fmt.Fprintf(&got, "%v %q: %q\n", r.program, r.args, said)
	}
	const golden = "testdata/mistakes.golden"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got.String(), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Fatalf("line %d = %q, want %q", i+1, gotLines[i], wantLines[i])
		}
	}
	if len(gotLines) != len(wantLines) {
		t.Fatalf("%d lines, want %d", len(gotLines), len(wantLines))
	}
}

// newerWords are what mosquitto 2.1 says otherwise than 2.0.
var newerWords = strings.NewReplacer(
	"unsupported URL scheme", "Unsupported URL scheme",
	"subscribe to.\n", "subscribe to (-t) or unsubscribe from (-U).\n",
)

// TestMistakesBesideMosquitto compares with the real programs.
func TestMistakesBesideMosquitto(t *testing.T) {
	t.Parallel()
	for _, p := range []Program{Pub, Sub, RR} {
		peertest.Program(t, p.String())
	}
	dir := t.TempDir()
	for _, r := range rows(t) {
		if r.newer != "" {
			continue
		}
		var stderr bytes.Buffer
		c := exec.Command(peertest.Program(t, r.program.String()), r.args...)
		c.Env = []string{"XDG_CONFIG_HOME=" + dir}
		c.Stderr = &stderr
		err := c.Run()
		got := r.said(t, testEnvironment(dir))
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || got != newerWords.Replace(stderr.String()) {
			t.Errorf("%v %q: %q, mosquitto %q (%v)", r.program, r.args, got, &stderr, err)
		}
	}
}

func testEnvironment(dir string) Environment {
	return Environment{
		Getenv: func(name string) string {
			if name == "XDG_CONFIG_HOME" || name == "USERPROFILE" {
				return filepath.ToSlash(dir)
			}
			return ""
		},
		CheckFormat: testFormat,
	}
}
