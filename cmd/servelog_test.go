package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
)

// What the log has depends on the level, the format and connection_messages.
func TestServeLog(t *testing.T) {
	t.Parallel()
	quiet := write(t, t.TempDir(), "quiet.conf", "connection_messages false\n")
	for _, tt := range []struct {
		name string
		args []string
		has  []string
		not  []string
	}{
		{name: "default", not: []string{"client connected", "listening"}},
		{name: "info", args: []string{"-v"}, has: []string{"client connected", "client disconnected", "listening"}, not: []string{"level=DEBUG"}},
		{name: "level", args: []string{"--log-level", "info"}, has: []string{"client connected"}},
		{name: "level none", args: []string{"--log-level", "none"}, not: []string{"msg="}},
		{name: "quiet", args: []string{"-c", quiet, "-v"}, has: []string{"listening"}, not: []string{"client connected", "client disconnected"}},
		{name: "json", args: []string{"-v", "--log-format", "json"}, has: []string{`"msg":"client connected","client":"odd\u001b[31m\"id"`}},
		{name: "text", args: []string{"-v", "--log-format", "text"}, has: []string{`client="odd\x1b[31m\"id"`}},
	} {
		s := startServe(t, append([]string{"--listen", "mqtt://127.0.0.1:0"}, tt.args...)...)
		expect(t, exitDone, "", "pub", "-L", s.urls[0], "-i", "odd\x1b[31m\"id", "-t", "a", "-m", "payload-text", "-q", "1")
		s.stop(t)
		log := s.log.String()
		for _, want := range tt.has {
			if !strings.Contains(log, want) {
				t.Errorf("%s: no %q in\n%s", tt.name, want, log)
			}
		}
		for _, bad := range append(tt.not, "payload-text", "\x1b") {
			if strings.Contains(log, bad) {
				t.Errorf("%s: %q in\n%s", tt.name, bad, log)
			}
		}
		for line := range strings.Lines(log) {
			if tt.name == "json" && !json.Valid([]byte(line)) {
				t.Errorf("not JSON: %s", line)
			}
		}
	}
}

// A mistake is said in two lines, the second with the next step, and without
// any password.
func TestServeMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain, acl := write(t, dir, "plain", "ann:cleartext-word\n"), write(t, dir, "acl", "user ann\nallow all\n")
	empty := write(t, dir, "empty", "")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--password-file", filepath.Join(dir, "nowhere")}, "nowhere"},
		{[]string{"--password-file", plain}, "plain:1: "},
		{[]string{"--allow-anonymous", "--acl-file", acl}, "acl:2: "},
		{[]string{"--allow-anonymous", "--acl-file", dir}, dir},
		{[]string{"--jwt-key", empty}, "empty"},
		{[]string{"--log-file", filepath.Join(dir, "no", "log")}, "no/log"},
		{[]string{"--ready-file", filepath.Join(dir, "no", "ready")}, "ready"},
		{[]string{"--pid-file", filepath.Join(plain, "pid")}, "process number"},
		{[]string{"--http-dir", plain}, "plain"},
		{[]string{"--data", plain}, "plain"},
		{[]string{"--auth-url", "http://mqt:secret-word@127.0.0.1:x/"}, "--auth-url"},
		{[]string{"--auth-url", "ftp://mqt:secret-word@127.0.0.1/"}, "--auth-url"},
		{[]string{"--auth-url", "http://mqt:secret-word@127.0.0.1:1/%zz"}, "--auth-url"},
		{[]string{"--listen", "mqtt://mqt:secret-word@127.0.0.1:0"}, "--listen"},
		{[]string{"--listen", "unix://" + filepath.Join(dir, "no", "s")}, "no/s"},
		{[]string{"--listen", "mqtt://203.0.113.1:0", "--allow-anonymous"}, "203.0.113.1"},
		{[]string{"-c", filepath.Join(dir, "nowhere")}, "nowhere"},
	} {
		args := append([]string{"serve", "--listen", "any://127.0.0.1:0"}, tt.args...)
		code, stdout, stderr := mqtRun(t, args...)
		if code == exitDone || stdout != "" || !strings.Contains(stderr, tt.want) || !twoLines(stderr) || strings.Contains(stderr, "-word") {
			t.Errorf("mqt %q = %d, %q, %q, want two lines with %q", args, code, stdout, stderr, tt.want)
		}
	}
}

// A password in --auth-url is in nothing that the broker writes or shows.
func TestServeHookPassword(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--listen", "any://127.0.0.1:0", "--auth-url", "http://mqt:secret-word@127.0.0.1:1/ask", "--allow-anonymous", "-vv")
	expect(t, exitRefused, "", slices.Concat([]string{"pub", "-L", s.urls[0], "-t", "a", "-n", "-q", "1"}, login("ann"))...) // nobody answers
	_, config := (request{url: s.web(0) + "/api/v1/config"}).do(t)
	s.log.until(t, "denied")
	if all := s.log.String() + s.out.String() + config; strings.Contains(all, "secret-word") || strings.Contains(all, "ann-pw") {
		t.Errorf("a password is in\n%s", all)
	}
}

// --data with a directory that cannot be used says why and what to do.
func TestServeBadStore(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s := startServe(t, "-p", "0", "--data", dir)
	code, _, stderr := mqtRun(t, "serve", "-p", "0", "--data", dir)
	if code != exitFailed || !twoLines(stderr) || !strings.Contains(stderr, "in use") {
		t.Errorf("a directory in use: %d, %q", code, stderr)
	}
	roundTrip(t, []string{"-L", s.urls[0]}, []string{"-L", s.urls[0]})
	s.stop(t)

	damaged := filled(t)
	store, err := broker.OpenStore(damaged, broker.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	srv := &broker.Server{Store: store, SysInterval: -1}
	for range 3 {
		if err := srv.Publish(mqtt.Message{Topic: "a/b", Payload: []byte("hi"), QoS: 1, Retain: true}); err != nil {
			t.Fatal(err)
		}
	}
	srv.Close()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(damaged, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || info.Size() < 100 || info.IsDir() {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b[60] ^= 0xff
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, _, stderr = mqtRun(t, "serve", "-p", "0", "--data", damaged)
	if code != exitFailed || !twoLines(stderr) || !strings.Contains(stderr, "--salvage") {
		t.Errorf("a damaged directory: %d, %q, %q", code, stderr, names)
	}
	startServe(t, "-p", "0", "--data", damaged, "--salvage")
}
