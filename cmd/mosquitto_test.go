package cmd

import (
	"bytes"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"mqt/internal/peertest"
)

// outcome is what a program left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

// sideRow is one line of testdata/mosquitto.txt.
type sideRow struct {
	words   []string // the program and its arguments
	stdin   string
	differs string // why the programs differ, empty when they must not
	shuffle bool   // lines of standard output may come in another order
}

// sideRows reads testdata/mosquitto.txt, whose head explains it.
func sideRows(t *testing.T, vars map[string]string) []sideRow {
	t.Helper()
	text, err := os.ReadFile("testdata/mosquitto.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []sideRow
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		all = append(all, parseSideRow(t, line, vars))
	}
	return all
}

// parseSideRow reads one line.
func parseSideRow(t *testing.T, line string, vars map[string]string) sideRow {
	t.Helper()
	r := sideRow{}
	if rest, ok := strings.CutPrefix(line, "= "); ok {
		r.differs, line, _ = strings.Cut(rest, ": ")
	}
	if rest, ok := strings.CutPrefix(line, "~ "); ok {
		r.shuffle, line = true, rest
	}
	if rest, stdin, ok := strings.Cut(line, " < "); ok {
		line, r.stdin = rest, strings.NewReplacer(`\n`, "\n", `\r`, "\r").Replace(stdin)
	}
	for _, w := range strings.Fields(line) {
		if fields, ok := vars[w]; ok {
			r.words = append(r.words, strings.Fields(fields)...)
			continue
		}
		w = strings.NewReplacer("”", "", "␣", " ").Replace(w)
		r.words = append(r.words, strings.ReplaceAll(w, "$PORT", vars["$PORT"]))
	}
	name, ok := map[string]string{"p": "mosquitto_pub", "s": "mosquitto_sub", "r": "mosquitto_rr"}[r.words[0]]
	if !ok {
		t.Fatalf("%q begins with none of p, s and r", line)
	}
	r.words[0] = name
	return r
}

// theirs runs mosquitto's program.
func (r sideRow) theirs(t *testing.T, xdg string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), peertest.Program(t, r.words[0]), r.words[1:]...)
	c.Env = []string{"XDG_CONFIG_HOME=" + xdg, "TZ=UTC"}
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(r.stdin), &stdout, &stderr
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{c.ProcessState.ExitCode(), stdout.String(), newerMosquitto(stderr.String())}
}

// ours runs mqt under the program's name.
func (r sideRow) ours(t *testing.T, xdg string) outcome {
	t.Helper()
	return mosquittoRun(t, xdg, r.stdin, r.words...)
}

func mosquittoRun(t *testing.T, xdg, stdin string, words ...string) outcome {
	t.Helper()
	env := testEnv(words[1:]...)
	env.Program = words[0]
	var stdout, stderr bytes.Buffer
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(stdin), &stdout, &stderr
	env.Getenv = func(name string) string {
		if name == "XDG_CONFIG_HOME" || name == "USERPROFILE" {
			return xdg
		}
		return ""
	}
	code := Main(t.Context(), *env)
	return outcome{code, stdout.String(), stderr.String()}
}

// newerMosquitto puts texts of mosquitto 2.0 into the words of 2.1.
func newerMosquitto(s string) string {
	s = strings.ReplaceAll(s, "subscribe to.\n", "subscribe to (-t) or unsubscribe from (-U).\n")
	return regexp.MustCompile(`Unable to open file ("[^"]*")\.`).ReplaceAllString(s, "Unable to read file $1: No such file or directory.")
}

// settled takes out of an output what no two runs have in common.
func (r sideRow) settled(o outcome) outcome {
	o.stdout = regexp.MustCompile(`(?m)^Client [^( ]\S*`).ReplaceAllString(o.stdout, "Client ID")
	o.stdout = regexp.MustCompile(`"tst":\s*"[^"]*"`).ReplaceAllString(o.stdout, `"tst":"T"`)
	o.stdout = regexp.MustCompile(`"retain":\s*(0|1)\b`).ReplaceAllStringFunc(o.stdout, func(s string) string {
		return s[:len(s)-1] + map[byte]string{'0': "false", '1': "true"}[s[len(s)-1]] // as of 2.1
	})
	if r.shuffle {
		lines := strings.Split(o.stdout, "\n")
		slices.Sort(lines)
		o.stdout = strings.Join(lines, "\n")
	}
	return o
}

// sideWorld is what the command lines find: brokers, files, retained messages.
func sideWorld(t *testing.T) (vars map[string]string, xdg string) {
	t.Helper()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	users := filepath.Join(dir, "users")
	if code, _, stderr := mqtRun(t, "passwd", "-c", "-b", "-H", "sha512", users, "ann", "secret"); code != 0 {
		t.Fatal(stderr)
	}
	port := func(args ...string) string {
		u, err := url.Parse(serveURL(t, append([]string{"--listen", "mqtt://127.0.0.1:0"}, args...)...))
		if err != nil {
			t.Fatal(err)
		}
		return u.Port()
	}
	open := port()
	closed := port("--password-file", users, "--acl-file", file("rights", "user ann\ntopic readwrite ok/#\n"))
	for _, m := range [][]string{
		{"-t", "r/text", "-m", "hello"}, {"-t", "r/json", "-m", `{"a":1.50, "b":[true,null,"é"]}`, "-q", "1"},
		{"-t", "r/bytes", "-m", "\x01\xff\"\\x"}, {"-t", "r/five", "-m", "v", "-q", "2", "-D", "publish", "user-property", "k", "v",
			"-D", "publish", "content-type", "text/plain", "-D", "publish", "correlation-data", "cd", "-D", "publish", "response-topic", "r/t",
			"-D", "publish", "payload-format-indicator", "1"},
	} {
		if code, _, stderr := mqtRun(t, append([]string{"pub", "-h", "127.0.0.1", "-p", open, "-r"}, m...)...); code != 0 {
			t.Fatal(stderr)
		}
	}
	xdg = filepath.Join(dir, "xdg")
	if err := os.Mkdir(xdg, 0o700); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"$R": "-h 127.0.0.1 -p 1", "$B": "-h 127.0.0.1 -p " + open, "$PORT": open,
		"$C": "-h 127.0.0.1 -p " + closed, "$A": "-h 127.0.0.1 -p " + closed + " -u ann -P secret",
		"$FILE": file("payload", "a\x00b\n"), "$LONG": strings.Repeat("a", 65536), "$EMPTY": file("empty", ""), "$NONE": filepath.Join(dir, "none"),
	}, xdg
}

// TestMosquittoSideBySide runs command lines with mosquitto's clients and with
// mqt under their names, and compares exit code, standard output and error.
func TestMosquittoSideBySide(t *testing.T) {
	t.Parallel()
	peertest.Program(t, "mosquitto_pub")
	peertest.Program(t, "mosquitto_sub")
	peertest.Program(t, "mosquitto_rr")
	vars, xdg := sideWorld(t)
	var mu sync.Mutex // guards said
	var said strings.Builder
	t.Run("rows", func(t *testing.T) {
		for _, r := range sideRows(t, vars) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				o := r.compare(t, xdg)
				mu.Lock()
				defer mu.Unlock()
				said.WriteString(o.stdout + "\n" + o.stderr + "\n")
			})
		}
	})
	checkTexts(t, said.String())
}

// compare runs both programs. It returns what came of ours.
func (r sideRow) compare(t *testing.T, xdg string) outcome {
	t.Helper()
	o := r.ours(t, xdg)
	theirs, ours := r.settled(r.theirs(t, xdg)), r.settled(o)
	switch {
	case r.differs == "" && theirs != ours:
		t.Errorf("%q < %q\nmosquitto: %+v\nmqt:       %+v", r.words, r.stdin, theirs, ours)
	case r.differs != "" && theirs == ours:
		t.Errorf("%q: no difference, although %q", r.words, r.differs)
	}
	return o
}
