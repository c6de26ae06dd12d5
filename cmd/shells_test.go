//go:build unix

package cmd

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// shellProgram returns the path of a shell, or ends the test as tests against
// other programs do: skipped, or failed with MQT_REQUIRE_PEERS=1.
func shellProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("MQT_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is not installed and MQT_REQUIRE_PEERS is 1", name)
	}
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// bashCompletion is where Debian's package of this name has its functions.
const bashCompletion = "/usr/share/bash-completion/bash_completion"

// interactive is a shell on a terminal of its own.
type interactive struct {
	t      *testing.T
	tty    io.ReadWriter
	screen *bufio.Reader
}

// startShell runs a shell with an empty home, and its set-up, whose lines must
// print nothing. mqt is this test binary.
func startShell(t *testing.T, setup []string, program string, args ...string) *interactive {
	t.Helper()
	home := t.TempDir()
	c := exec.CommandContext(t.Context(), program, args...)
	c.Dir = home
	c.Env = append(os.Environ(), "HOME="+home, "ZDOTDIR="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"), "XDG_CONFIG_HOME="+home, "TERM=dumb", "LC_ALL=C.UTF-8", "INPUTRC=/dev/null")
	tty, err := pty.StartWithSize(c, &pty.Winsize{Rows: 50, Cols: 250})
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		_ = tty.Close() // hangs the shell up
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	s := &interactive{t, tty, bufio.NewReader(tty)}
	for _, line := range append(setup, "mqt profile add nearby -h 127.0.0.1 2>/dev/null") {
		s.write(line + "\r")
	}
	s.write("PS1='rea''dy> '\r") // not what is echoed
	s.until("ready> ")
	return s
}

func (s *interactive) write(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.tty, keys); err != nil {
		s.t.Fatal(err)
	}
}

// until reads the screen up to text and returns what came before.
func (s *interactive) until(text string) string {
	s.t.Helper()
	var seen strings.Builder
	for !strings.HasSuffix(seen.String(), text) {
		b, err := s.screen.ReadByte()
		if err != nil {
			s.t.Fatalf("the shell ended before it wrote %q: %v\n%s", text, err, &seen)
		}
		seen.WriteByte(b)
	}
	return strings.TrimSuffix(seen.String(), text)
}

// press types a line with its TABs and returns the line that the shell has
// made of it: the line is made a comment to be printed.
func (s *interactive) press(keys string) string {
	s.t.Helper()
	s.write(keys)
	s.write("\x05]'\x01echo '[\r") // to the end of the line, and to its beginning
	s.until("\n[")
	line := s.until("]")
	s.until("ready> ")
	return strings.TrimSuffix(line, " ") // zsh takes its space back
}

// pressUntil presses until the line is the wanted one: a busy machine may be
// too late with topics a few times.
func (s *interactive) pressUntil(keys, want string) {
	s.t.Helper()
	got := ""
	for range 20 {
		if got = s.press(keys); got == want {
			return
		}
	}
	s.t.Errorf("%q became %q, want %q", keys, got, want)
}

func (s *interactive) completesAll(address string) {
	s.t.Helper()
	for _, line := range [][2]string{
		{"mqt retai\tcl\t", "mqt retained clear"},
		{"mqt sub -o nd\t", "mqt sub -o ndjson"},
		{"mqt sub --profile ne\t", "mqt sub --profile nearby"},
		{"mqt profile use ne\t", "mqt profile use nearby"},
		{"mqt sub --retain-h\tne\t", "mqt sub --retain-handling ne"},
		{"mqt pub -D publish con\t", "mqt pub -D publish content-type"},
		{"mqt pub -L " + address + " -t home/k\t", "mqt pub -L " + address + " -t home/kitchen/"},
		{"mqt sub -L " + address + " -t home/kitchen/te\t", "mqt sub -L " + address + " -t home/kitchen/temp"},
	} {
		s.pressUntil(line[0], line[1])
	}
}

func TestBash(t *testing.T) {
	t.Parallel()
	bash := shellProgram(t, "bash")
	if _, err := os.Stat(bashCompletion); errors.Is(err, os.ErrNotExist) {
		shellProgram(t, "bash-completion")
	}
	address := someTopics(t)
	s := startShell(t, []string{"bind 'set bell-style none'; bind 'set enable-bracketed-paste off'", "source " + bashCompletion, "source <(mqt completion bash)"},
		bash, "--noprofile", "--norc", "-i")
	s.completesAll(address)
}

func TestZsh(t *testing.T) {
	t.Parallel()
	zsh := shellProgram(t, "zsh")
	address := someTopics(t)
	s := startShell(t, []string{"unsetopt beep prompt_sp list_ambiguous; zle_bracketed_paste=()", "autoload -Uz compinit; compinit -u -D", "source <(mqt completion zsh)"},
		zsh, "-f", "-i")
	s.completesAll(address)
}

// Fish completes without a terminal.
func TestFish(t *testing.T) {
	t.Parallel()
	fish := shellProgram(t, "fish")
	address := someTopics(t)
	home := t.TempDir()
	ask := func(line string) string {
		c := exec.CommandContext(t.Context(), fish, "--no-config", "-c", "mqt completion fish | source; complete -C $argv[1]", line)
		c.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"), "LC_ALL=C.UTF-8")
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(string(out), "\n")
	}
	for line, want := range map[string]string{
		"mqt retained cl":                                  "clear\tremove retained messages",
		"mqt sub -o nd":                                    "ndjson",
		"mqt pub -D publish con":                           "content-type",
		"mqt sub -L " + address + " -t home/kitchen/":      "home/kitchen/light\nhome/kitchen/temp",
		"mqt retained get -L " + address + " home/bath/te": "home/bath/temp",
	} {
		got := ""
		for range 20 {
			if got = ask(line); got == want {
				break
			}
		}
		if got != want {
			t.Errorf("fish completes %q with %q, want %q", line, got, want)
		}
	}
}
