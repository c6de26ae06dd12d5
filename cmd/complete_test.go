package cmd

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/peertest"
)

// complete asks how a line goes on whose last word is being typed.
func complete(t *testing.T, cache string, words ...string) (candidates []string, directive string) {
	t.Helper()
	env := testEnv(append([]string{cobra.ShellCompNoDescRequestCmd}, words...)...)
	env.Getenv = func(name string) string {
		if name == "XDG_CACHE_HOME" {
			return cache
		}
		return ""
	}
	var out bytes.Buffer
	env.Stdout = &out
	if code := Main(t.Context(), *env); code != 0 {
		t.Errorf("completion of %q exited with %d", words, code)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[:len(lines)-1], lines[len(lines)-1]
}

// The directives of cobra, as the shells' scripts read them.
const (
	anyFile   = ":0"
	noFile    = ":4"
	noSpace   = ":6" // and no file
	directory = ":16"
	inOrder   = ":36" // and no file

	noSpaceInOrder = ":38" // and no file
)

func TestCompleteWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line      string // words, each after a space
		want      string
		directive string
	}{
		{"sub -o ", "text pretty json ndjson hex raw csv influx", inOrder},
		{"retained list -o ", "table json ndjson csv", inOrder},
		{"pub -q ", "0 1 2", inOrder},
		{"pub --will-qos=", "0 1 2", inOrder},
		{"sub -V ", "auto 5 311 31", inOrder},
		{"sub --tls-version ", "tlsv1.2 tlsv1.3", inOrder},
		{"passwd -H ", "argon2id sha512-pbkdf2 sha512 scram-sha-256", inOrder},
		{"serve --log-level ", "none error warn info debug", inOrder},
		{"pub -D ", "connect disconnect will publish", noFile},
		{"sub -D ", "connect disconnect will subscribe unsubscribe", noFile},
		{"sub -D subscribe ", "subscription-identifier user-property", noFile},
		{"pub -D publish payload-format-indicator ", "0 1", noFile},
		{"pub -D publish user-property k v -D will-", "connect disconnect will publish", noFile},
		{"pub -D publish user-property k v -D publish topic-alias 1 -q ", "0 1 2", inOrder},
		{"pub -D publish user-property k ", "", noFile},
		{"pub -D publish user-property ", "", noFile},
		{"pub -D publish nonsense ", "", noFile},
		{"pub -m -D -q ", "0 1 2", inOrder},
		{"sub -L ", "mqtt:// mqtts:// ws:// wss:// unix://", noSpace},
		{"pub -f ", "", anyFile},
		{"sub --cafile ", "", anyFile},
		{"sub --capath ", "", directory},
		{"sub --unix ", "", anyFile},
		{"sub -h ", "", noFile},
		{"sub -C ", "", noFile},
		{"sub x", "", noFile},
		{"serve --data ", "", directory},
		{"serve -c ", "", anyFile},
		{"passwd ", "", anyFile},
		{"passwd users ", "", noFile},
		{"store check ", "", directory},
		{"store check dir ", "", noFile},
		{"retained ", "clear export get import list tree", noFile},
		{"bench ", "compare conn fanin fanout merge offline p2p presets pub retained rr run share sub will", noFile},
		{"bench p2p -V ", "5 4 3", inOrder},
		{"bench p2p --arrival ", "constant poisson ramp step burst", inOrder},
		{"bench p2p --late ", "queue skip", inOrder},
		{"bench p2p -o ", "text json ndjson csv hlog html gobench", noSpaceInOrder},
		{"bench fanout --preset ", "singlenode-fanout-1-1000-1-1000K singlenode-fanout-5-1000-5-250K", inOrder},
		{"bench pub --payload-hdrs ", "ts cnt64 ts,cnt64", inOrder},
		{"bench compare ", "", anyFile},
		{"bench compare old.json ", "", anyFile},
		{"bench merge a b ", "", anyFile},
		{"bench run ", "", anyFile},
		{"completion ", "bash zsh fish powershell", noFile},
		{"sub --qo", "--qos", noFile},
	}
	for _, tt := range tests {
		got, directive := complete(t, t.TempDir(), strings.Split(tt.line, " ")...)
		if strings.Join(got, " ") != tt.want || directive != tt.directive {
			t.Errorf("completion of %q = %q, %s, want %q, %s", tt.line, got, directive, tt.want, tt.directive)
		}
	}
}

// Profiles are offered by name, and say which broker is asked for topics.
func TestCompleteProfiles(t *testing.T) {
	t.Parallel()
	address := someTopics(t)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mqt"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "default = 'near'\n[profiles.near]\nurl = '" + address + "'\n[profiles.far]\nhost = 'far.example.com'\n"
	if err := os.WriteFile(filepath.Join(dir, "mqt", "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"sub --profile ":                      "far near:4",
		"sub --profile f":                     "far near:4",
		"profile use ":                        "far near:4",
		"profile remove n":                    "far near:4",
		"profile use near ":                   ":4",
		"profile list ":                       ":4",
		"sub -t home/b":                       "home/bath/:6",
		"sub --profile near -t hal":           "hall:4",
		"retained get -L mqtt://127.0.0.1:1 ": ":4",
	} {
		got := ""
		for range 20 { // a busy machine may be late
			env := testEnv(append([]string{cobra.ShellCompNoDescRequestCmd}, strings.Split(line, " ")...)...)
			cache := t.TempDir()
			env.Getenv = func(name string) string {
				return map[string]string{"XDG_CONFIG_HOME": dir, "XDG_CACHE_HOME": cache}[name]
			}
			var out bytes.Buffer
			env.Stdout = &out
			Main(t.Context(), *env)
			if got = strings.ReplaceAll(strings.TrimSpace(strings.ReplaceAll(out.String(), "\n", " ")), " :", ":"); got == want {
				break
			}
		}
		if got != want {
			t.Errorf("completion of %q = %q, want %q", line, got, want)
		}
	}
}

// Words that are offered are words that are taken.
func TestCompleteOffersWhatIsTaken(t *testing.T) {
	t.Parallel()
	checked := 0
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			for _, word := range flagWords(f) {
				checked++
				if err := f.Value.Set(word); err != nil {
					t.Errorf("%s %s %s: %v", c.CommandPath(), flagName(f), word, err)
				}
			}
		})
		for _, child := range c.Commands() {
			check(child)
		}
	}
	check(newRoot(testEnv()))
	if checked < 50 {
		t.Errorf("only %d words were checked", checked)
	}
}

// completeLive is complete for topics of a broker, where a busy machine may be
// late: then there are none, and it asks again.
func completeLive(t *testing.T, words ...string) (candidates []string, directive string) {
	t.Helper()
	for range 20 {
		if candidates, directive = complete(t, t.TempDir(), words...); len(candidates) > 0 {
			break
		}
	}
	return candidates, directive
}

// someTopics starts a broker with retained messages.
func someTopics(t *testing.T, args ...string) (address string) {
	t.Helper()
	address = serveURL(t, append([]string{"--listen", "mqtt://127.0.0.1:0"}, args...)...)
	for _, topic := range []string{"home/kitchen/temp", "home/kitchen/light", "home/bath/temp", "hall", "odd/good", "odd/$(touch x)", "odd/a b"} {
		if code, _, stderr := mqtRun(t, "pub", "-L", address, "-t", topic, "-m", "x", "-r", "-q", "1"); code != 0 {
			t.Fatalf("pub = %d, %s", code, stderr)
		}
	}
	return address
}

func TestCompleteTopics(t *testing.T) {
	t.Parallel()
	address := someTopics(t)
	port := address[strings.LastIndexByte(address, ':')+1:]
	tests := []struct {
		words     []string
		want      string
		directive string
	}{
		{[]string{"sub", "-L", address, "-t", "h"}, "hall home/", noSpace},
		{[]string{"sub", "-h", "127.0.0.1", "-p", port, "-t", "ha"}, "hall", noFile},
		{[]string{"pub", "-L", address, "-V", "311", "-t", "home/k"}, "home/kitchen/", noSpace},
		{[]string{"pub", "-L", address, "-V", "31", "-i", "me", "-t", "home/kitchen/"}, "home/kitchen/light home/kitchen/temp", noFile},
		{[]string{"sub", "-L", address, "--topic=home/+/t"}, "home/+/temp", noFile},
		{[]string{"sub", "-L", address, "-T", "home/b"}, "home/bath/", noSpace},
		{[]string{"retained", "get", "-L", address, "home/bath/"}, "home/bath/temp", noFile},
		{[]string{"retained", "clear", "-L", address, "home/x", "hal"}, "hall", noFile},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.words, " "), func(t *testing.T) {
			t.Parallel()
			got, directive := completeLive(t, tt.words...)
			if strings.Join(got, " ") != tt.want || directive != tt.directive {
				t.Errorf("completion = %q, %s, want %q, %s", got, directive, tt.want, tt.directive)
			}
		})
	}
}

// A name that a shell would take apart is never offered.
func TestCompleteHostileTopic(t *testing.T) {
	t.Parallel()
	address := someTopics(t)
	if got, _ := completeLive(t, "sub", "-L", address, "-t", "odd/"); !slices.Equal(got, []string{"odd/good"}) {
		t.Errorf("completion = %q, want odd/good alone", got)
	}
}

func TestCompleteTopicsWebSocket(t *testing.T) {
	t.Parallel()
	address := serveURL(t, "--listen", "ws://127.0.0.1:0")
	mqtRun(t, "pub", "-L", address, "-t", "a/b", "-m", "x", "-r", "-q", "1")
	if got, _ := completeLive(t, "sub", "-L", address, "-t", "a/"); !slices.Equal(got, []string{"a/b"}) {
		t.Errorf("completion = %q, want a/b", got)
	}
}

func TestCompleteTopicsMosquitto(t *testing.T) {
	t.Parallel()
	_, port, _ := net.SplitHostPort(peertest.Mosquitto(t))
	mqtRun(t, "pub", "-h", "127.0.0.1", "-p", port, "-t", "a/b", "-m", "x", "-r", "-q", "1")
	for _, version := range []string{"auto", "5", "311", "31"} {
		got, _ := completeLive(t, "sub", "-h", "127.0.0.1", "-p", port, "-V", version, "-t", "a/")
		if !slices.Equal(got, []string{"a/b"}) {
			t.Errorf("completion with -V %s = %q, want a/b", version, got)
		}
	}
}

// The second TAB is answered from the cache, as long as it is the same user.
func TestCompleteTopicsCached(t *testing.T) {
	t.Parallel()
	address := someTopics(t, "--allow-anonymous")
	cache := t.TempDir()
	words := []string{"sub", "-L", address, "-t", "h"}
	for range 20 { // a busy machine may be late
		if got, _ := complete(t, cache, words...); len(got) > 0 {
			break
		}
	}
	files, err := filepath.Glob(filepath.Join(cache, "mqt", "topics-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the cache holds %q, %v, want one file", files, err)
	}
	var got []string
	for range 20 { // a busy machine may take longer than the cache lasts
		if err := os.WriteFile(files[0], []byte("h/cached\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, _ = complete(t, cache, words...); slices.Equal(got, []string{"h/"}) {
			break
		}
	}
	if !slices.Equal(got, []string{"h/"}) {
		t.Errorf("completion = %q, want the cached topic", got)
	}
	if got, _ := complete(t, cache, append([]string{"sub", "-u", "alice"}, words[1:]...)...); slices.Contains(got, "h/") {
		t.Errorf("completion = %q for another user", got)
	}
}

// Nothing is said, and nothing waited for, when there is nobody to ask.
func TestCompleteTopicsSilent(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "missing")
	for _, words := range [][]string{
		{"sub", "-L", "mqtt://127.0.0.1:1", "-t", ""},
		{"sub", "-L", "nonsense", "-t", ""},
		{"sub", "--password-file", fifo, "-t", ""},
		{"sub", "--cafile", os.DevNull, "-t", ""}, // not a file that ends
		{"sub", "-t", "a/#/"},
		{"pub", "-c", "-t", ""},
	} {
		env := testEnv(append([]string{cobra.ShellCompRequestCmd}, words...)...)
		var out bytes.Buffer
		env.Stdout = &out
		if code := Main(t.Context(), *env); code != 0 || out.String() != noFile+"\n" {
			t.Errorf("completion of %q = %d, %q, want %s alone", words, code, &out, noFile)
		}
	}
}

// Files that would keep the shell waiting, as pipes do, are not read.
func TestReadable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{file: true, os.DevNull: false, filepath.Dir(file): false, file + "x": false, "": true} {
		for _, o := range []connOptions{{PasswordFile: name}, {TLS: tlsOptions{CAFile: name}}, {TLS: tlsOptions{Cert: file, Key: name}}, {TLS: tlsOptions{Cert: name}}} {
			if got := o.readable(); got != want {
				t.Errorf("readable with %q = %t, want %t: %+v", name, got, want, o)
			}
		}
	}
}
