package auth

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqt/internal/mqtt"
)

// lines is a log whose lines come through a channel.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- strings.TrimSpace(string(b))
	return len(b), nil
}

func (l lines) await(t *testing.T, want string) {
	t.Helper()
	for end := time.After(30 * time.Second); ; {
		select {
		case got := <-l:
			if strings.Contains(got, want) {
				return
			}
			t.Errorf("log = %q, want %q", got, want)
		case <-end:
			t.Fatalf("no log line %q", want)
		}
	}
}

func watched(t *testing.T, c Config) (*Authorizer, lines) {
	t.Helper()
	log := make(lines, 16)
	c.Logger = slog.New(slog.NewTextHandler(log, nil))
	a := mustOpen(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Watch(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Watch = %v, want nil", err)
		}
	})
	return a, log
}

// replace puts a file in another's place, as editors do.
func replace(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	acl := write(t, "acl", "topic a\n")
	a, log := watched(t, Config{AllowAnonymous: true, ACLFile: acl})
	c := login("-", "-")
	replace(t, acl, "topic bb\n")
	log.await(t, "authentication files reloaded")
	if a.Publish(c, "a") == nil || a.Publish(c, "bb") != nil {
		t.Error("the new rules are not in force")
	}
	replace(t, acl, "nonsense\n")
	log.await(t, "not reloaded")
	if err := a.Publish(c, "bb"); err != nil {
		t.Errorf("the old rules are not in force: %v", err)
	}
	if err := os.Remove(acl); err != nil {
		t.Fatal(err)
	}
	log.await(t, "not reloaded")
	if err := os.WriteFile(acl, []byte("topic ccc\n"), 0o600); err != nil { // written in place
		t.Fatal(err)
	}
	log.await(t, "authentication files reloaded")
	if err := a.Publish(c, "ccc"); err != nil {
		t.Errorf("the new rules are not in force: %v", err)
	}
}

// TestWatchFollowsLinks changes a file as orchestrators do: a link in the same
// folder leads to another folder then.
func TestWatchFollowsLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for version, text := range map[string]string{"v1": "topic a\n", "v2": "topic b\n"} {
		if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, version, "acl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	current, acl := filepath.Join(dir, "current"), filepath.Join(dir, "acl")
	if err := os.Symlink("v1", current); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(filepath.Join("current", "acl"), acl); err != nil {
		t.Fatal(err)
	}
	a, log := watched(t, Config{AllowAnonymous: true, ACLFile: acl})
	if err := os.Symlink("v2", current+".new"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(current+".new", current); err != nil {
		t.Fatal(err)
	}
	log.await(t, "authentication files reloaded")
	if err := a.Publish(login("-", "-"), "b"); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "v2", "acl"), []byte("topic later\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	log.await(t, "authentication files reloaded")
	if err := a.Publish(login("-", "-"), "later"); err != nil {
		t.Error(err)
	}
}

func TestWatchNothing(t *testing.T) {
	t.Parallel()
	if err := mustOpen(t, Config{}).Watch(t.Context()); err != nil {
		t.Errorf("Watch without files = %v, want nil at once", err)
	}
	acl := write(t, "acl", "topic a\n")
	a := mustOpen(t, Config{ACLFile: acl})
	if err := os.RemoveAll(filepath.Dir(acl)); err != nil {
		t.Fatal(err)
	}
	if err := a.Watch(t.Context()); err == nil {
		t.Error("Watch of a folder that is gone succeeds")
	}
	if got := codeOf(a.Publish(login("-", "-"), "a")); got != mqtt.Success {
		t.Errorf("Publish = %v, want the rules of before", got)
	}
}
