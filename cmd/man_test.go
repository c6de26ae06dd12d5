package cmd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"mqt/docs/man"
)

// fakePrograms are shell scripts that stand for man and a pager.
func fakePrograms(t *testing.T, scripts map[string]string) func(string) (string, error) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no sh")
	}
	dir := t.TempDir()
	for name, text := range scripts {
		// Written by a process of its own: a file that this one has open for
		// writing, or a child it is just starting, cannot be executed.
		c := exec.Command("sh", "-c", `printf '%s\n' '#!/bin/sh' "$1" >"$2"`, "sh", text, filepath.Join(dir, name))
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if err := os.Chmod(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) (string, error) { return exec.LookPath(filepath.Join(dir, name)) }
}

func TestManOnTerminal(t *testing.T) {
	t.Parallel()
	page, _ := man.Page("mqt-pub")
	text := man.Text(page, 80)
	const readsIt = `for file; do :; done; while read -r line; do case $line in 'mqt\-pub '*) echo found;; esac; done <"$file"` // the last word is the file
	tests := []struct {
		name    string
		scripts map[string]string
		pager   string
		noTTY   bool
		want    string
	}{
		{name: "man", scripts: map[string]string{"man": readsIt, "less": "echo less"}, want: "found\n"},
		{name: "man does not know how", scripts: map[string]string{"man": "exit 1", "less": "read -r line; echo paged $line"}, want: "paged NAME\n"},
		{name: "own pager", scripts: map[string]string{"mine": `echo "$1"`, "less": "echo less"}, pager: "mine -x", want: "-x\n"},
		{name: "pager", scripts: map[string]string{"less": "cat"}, want: text},
		{name: "nothing", want: text},
		{name: "pipe", scripts: map[string]string{"man": "echo man", "less": "echo less"}, noTTY: true, want: text},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			env := testEnv()
			env.Stdout, env.StdoutTTY = &out, !tt.noTTY
			env.Getenv = func(string) string { return tt.pager }
			v := viewer{env: env, look: fakePrograms(t, tt.scripts)}
			if err := v.show(page); err != nil || out.String() != tt.want {
				t.Errorf("show = %v, wrote %q, want %q", err, &out, tt.want)
			}
		})
	}
}

func TestManCompletes(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"man re":         "bench completion demo links man passwd profile pub retained rr serve store sub version",
		"man retained ":  "clear export get import list tree",
		"man pub ":       "",
		"man nothing x ": "",
	} {
		got, directive := complete(t, "", strings.Split(line, " ")...)
		if strings.Join(got, " ") != want || directive != noFile {
			t.Errorf("completion of %q = %q, %s, want %q", line, got, directive, want)
		}
	}
}
