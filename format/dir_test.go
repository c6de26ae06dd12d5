package format

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

// files returns the files below dir as name → content.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		name, _ := filepath.Rel(dir, p)
		found[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDir(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	d, err := NewDir(filepath.Join(top, "new", "out"), "raw", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	writeAll(t, d, []mqtt.Message{
		{Topic: "a/b", Payload: []byte("\x00\xff"), Received: when},
		{Topic: "a/b", Payload: []byte("again"), Received: when},
		{Topic: "../../../x", Payload: []byte("up"), Received: when},
		{Topic: "/etc/passwd", Payload: []byte("root"), Received: when},
		{Topic: `..\x:y*?`, Received: when},
	})
	const at = "new/out/20261120T233229.611361123Z-"
	want := map[string]string{
		at + "000001-a%2Fb":            "\x00\xff",
		at + "000002-a%2Fb":            "again",
		at + "000003-..%2F..%2F..%2Fx": "up",
		at + "000004-%2Fetc%2Fpasswd":  "root",
		at + `000005-..%5Cx%3Ay%2A%3F`: "",
	}
	got := files(t, top)
	for name, content := range want {
		if c, ok := got[filepath.FromSlash(name)]; !ok || c != content {
			t.Errorf("file %s = %q, %v, want %q", name, c, ok, content)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d: %q", len(got), len(want), got)
	}
}

// TestDirKeepsWhatIsThere counts on where another run has left files.
func TestDirKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := mqtt.Message{Topic: "a", Payload: []byte(`{"v":"x"}`), Received: when}
	for _, path := range []string{"v", "none", ""} {
		d, err := NewDir(dir, "text", Options{Select: path})
		if err != nil {
			t.Fatal(err)
		}
		writeAll(t, d, []mqtt.Message{m})
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for name, content := range files(t, dir) {
		got = append(got, name[len(name)-9:]+" "+content)
	}
	slices.Sort(got)
	if want := []string{"-000001-a x\n", "-000002-a {\"v\":\"x\"}\n"}; !slices.Equal(got, want) {
		t.Errorf("files = %q, want %q", got, want)
	}
}

func TestDirErrors(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewDir(file, "raw", Options{}); err == nil {
		t.Error("NewDir of a file succeeds")
	}
	if _, err := NewTemplateDir(t.TempDir(), "%", Options{}); err == nil {
		t.Error("NewTemplateDir with half a specifier succeeds")
	}
	d, err := NewTemplateDir(t.TempDir(), "%t", Options{})
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	if err := d.Write(mqtt.Message{Topic: "a"}); !errors.Is(err, os.ErrClosed) || !strings.HasPrefix(err.Error(), "write output: ") {
		t.Errorf("Write after Close = %v, want %v", err, os.ErrClosed)
	}
}

func FuzzSafeName(f *testing.F) {
	f.Add("a/b")
	f.Add("..")
	f.Add(strings.Repeat("ä", 100))
	f.Fuzz(func(t *testing.T, topic string) {
		name := safeName(topic)
		if strings.ContainsAny(name, "/\\:*?\"<>| \x00") || len(name) > 200 {
			t.Fatalf("safeName(%q) = %q, which is no safe name", topic, name)
		}
		if strings.Contains(name, "~") {
			return // cut
		}
		if back, err := url.PathUnescape(name); err != nil || back != topic {
			t.Fatalf("safeName(%q) = %q, which is %q, %v, again", topic, name, back, err)
		}
	})
}
