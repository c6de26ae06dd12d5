package completions

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := Cache{Dir: filepath.Join(t.TempDir(), "cache", "mqt"), Now: now}
	if got, ok := c.Get("key"); ok {
		t.Fatalf("Get = %q before Put", got)
	}
	want := []string{"a/b", "c"}
	if err := c.Put("key", want); err != nil {
		t.Fatal(err)
	}
	age := func(d time.Duration) {
		t.Helper()
		if err := os.Chtimes(c.file("key"), now.Add(-d), now.Add(-d)); err != nil {
			t.Fatal(err)
		}
	}
	age(freshFor)
	if got, ok := c.Get("key"); !ok || !slices.Equal(got, want) {
		t.Errorf("Get = %q, %t, want %q", got, ok, want)
	}
	if got, ok := c.Get("another"); ok {
		t.Errorf("Get of another key = %q", got)
	}
	for _, d := range []time.Duration{freshFor + time.Second, -time.Minute} {
		age(d)
		if got, ok := c.Get("key"); ok {
			t.Errorf("Get = %q after %v", got, d)
		}
	}
}

// Nobody else may read which topics there are.
func TestCacheMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	c := Cache{Dir: filepath.Join(t.TempDir(), "mqt"), Now: time.Now()}
	if err := c.Put("key", []string{"a"}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{c.file("key"): 0o600, c.Dir: 0o700 | os.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s has mode %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
}

// Old files are removed, those of others are not, and what does not look like
// topics is not believed.
func TestCacheCleans(t *testing.T) {
	t.Parallel()
	c := Cache{Dir: t.TempDir(), Now: time.Now()}
	old := c.Now.Add(-2 * keptFor)
	for _, name := range []string{c.file("old"), filepath.Join(c.Dir, "settings")} {
		if err := os.WriteFile(name, []byte("a\n$(reboot)\n\nb"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := c.Get("old"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("Get = %q, want a and b", got)
	}
	for _, name := range []string{c.file("old"), filepath.Join(c.Dir, "settings")} {
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Put("new", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(c.file("old")); !os.IsNotExist(err) {
		t.Errorf("the old file is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "settings")); err != nil {
		t.Error(err)
	}
}

func TestCacheWithoutDirectory(t *testing.T) {
	t.Parallel()
	var c Cache
	if err := c.Put("key", []string{"a"}); err != nil {
		t.Error(err)
	}
	if got, ok := c.Get("key"); ok {
		t.Errorf("Get = %q", got)
	}
}
