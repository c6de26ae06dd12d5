package conf

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

// parsed holds what must be true of everything that Parse returns.
func parsed(t *testing.T, data []byte) {
	if strings.Contains(string(data), "include_dir") {
		return // reads directories
	}
	c, warnings, err := Parse("f", data)
	if err != nil {
		if e := new(Error); !errors.As(err, &e) || e.File != "f" || strings.Count(err.Error(), "\n") > 1 {
			t.Fatalf("Parse(%q) = %v", data, err)
		}
		return
	}
	for _, w := range warnings {
		if w.Line < 1 || w.Key == "" || w.Instead == "" {
			t.Fatalf("Parse(%q) warns %+v", data, w)
		}
	}
	for _, l := range c.Effective().Listeners {
		if l.Auth != nil && l.Auth.AllowAnonymous == nil {
			t.Fatalf("Parse(%q): nothing says whether %s lets anonymous clients in", data, l.URL)
		}
	}
	text, err := c.TOML()
	if err != nil {
		t.Fatalf("TOML of %q: %v", data, err)
	}
	if strings.Contains(string(text), redacted) {
		return // which does not load
	}
	again, _, err := Parse("g", text)
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Fatalf("%q is printed as\n%s\nwhich is read as %+v, %v", data, text, again, err)
	}
}

func FuzzMosquitto(f *testing.F) {
	for _, name := range []string{"testdata/every.conf", "testdata/debian.conf"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		for line := range strings.Lines(string(data)) {
			f.Add([]byte("listener 1\nconnection a\n" + line))
		}
	}
	f.Add([]byte("connection a\naddress h\ntopic \"a b\" in 2 \"\" x\nlocal_password x"))
	f.Fuzz(func(t *testing.T, data []byte) { parsed(t, append([]byte("sys_interval 1\n"), data...)) })
}

func FuzzTOML(f *testing.F) {
	for _, c := range []Config{full(), every(), {}} {
		text, err := c.TOML()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("[[listeners]]\nurl = 'mqtt://u:(redacted)@h:1'\n[[bridges.topics]]\na.b.'c d' = {x=1}"))
	f.Fuzz(func(t *testing.T, data []byte) { parsed(t, append([]byte("sys_interval = 1\n"), data...)) })
}
