package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
)

// runStore runs mqt store with args.
func runStore(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := testEnv(append([]string{"store"}, args...)...)
	env.Stdout, env.Stderr = &out, &errs
	code = Main(t.Context(), *env)
	return code, out.String(), errs.String()
}

// filled makes a store with one retained message and returns its directory.
func filled(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	store, err := broker.OpenStore(dir, broker.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	srv := &broker.Server{Store: store, SysInterval: -1}
	if err := srv.Publish(mqtt.Message{Topic: "a/b", Payload: []byte("hi"), QoS: 1, Retain: true}); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := runStore(t, "check", dir); code != exitFailed || !strings.Contains(stderr, "in use") {
		t.Errorf("store check beside a server: exit %d, %q, want a failure that says in use", code, stderr)
	}
	srv.Close()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestStoreCommands(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	for _, tt := range []struct {
		name string
		want string
	}{
		{"check", "1 records, "},
		{"dump", `retained: "a/b", 2 bytes, QoS 1`},
		{"export", `"topic":"a/b"`},
	} {
		code, stdout, stderr := runStore(t, tt.name, dir)
		if code != exitDone || !strings.Contains(stdout, tt.want) {
			t.Errorf("store %s: exit %d, %q, %q, want %q", tt.name, code, stdout, stderr, tt.want)
		}
	}
}

func TestStoreCheckNamesDamage(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("no log in %s: %v", dir, err)
	}
	b, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	b[bytes.Index(b, []byte("a/b"))] ^= 1
	if err := os.WriteFile(logs[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := runStore(t, "check", dir)
	if !strings.Contains(stdout+stderr, filepath.Base(logs[0])) && !strings.Contains(stdout, "never acknowledged") {
		t.Errorf("store check of a damaged store: exit %d, %q, %q, want the damage named", code, stdout, stderr)
	}
}

func TestStoreUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"check"}, {"dump", "a", "b"}, {"mend", "x"}} {
		if code, _, stderr := runStore(t, args...); code != exitUsage || stderr == "" {
			t.Errorf("store %v: exit %d, %q, want %d and a message", args, code, stderr, exitUsage)
		}
	}
	if code, _, stderr := runStore(t, "dump", filepath.Join(t.TempDir(), "nowhere")); code != exitFailed || !strings.Contains(stderr, "nowhere") {
		t.Errorf("store dump of a missing directory: exit %d, %q, want a failure that names it", code, stderr)
	}
}
