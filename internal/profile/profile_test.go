package profile

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const sample = `# mine
default = "office"

[profiles.office] # the one
url = "mqtts://broker.example.com"
port = 8883
insecure = true
connect_timeout = 2.5
ws_header = ["A: b", "C: d"]

# at home
[profiles."my home"]
url = 'mqtt://192.168.1.2'
`

func sampleFile() File {
	return File{Default: "office", Profiles: []Profile{
		{Name: "my home", Settings: []Setting{{"url", []string{"mqtt://192.168.1.2"}, 13}}},
		{Name: "office", Settings: []Setting{
			{"connect_timeout", []string{"2.5"}, 8},
			{"insecure", []string{"true"}, 7},
			{"port", []string{"8883"}, 6},
			{"url", []string{"mqtts://broker.example.com"}, 5},
			{"ws_header", []string{"A: b", "C: d"}, 9},
		}},
	}}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "config.toml")
	if _, err := Load(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Load of no file = %v, want %v", err, os.ErrNotExist)
	}
	if err := os.WriteFile(name, []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(name)
	if want := sampleFile(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Load = %+v, %v, want %+v", got, err, want)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{name: "syntax", text: "\n[profiles.x]\nurl = mqtt", want: "f:3: "},
		{name: "unknown key", text: "\nprofile = 1\n", want: `f:2: unknown key "profile": there are default and [profiles.NAME]`},
		{name: "not a name", text: "default = 1", want: "f:1: default: "},
		{name: "not a table", text: "[profiles]\nx = 1\n", want: "f:2: "},
		{name: "no such default", text: "\ndefault = 'x'\n", want: `f:2: default is "x", and there is no such profile`},
		{name: "time", text: "[profiles.x]\nurl = 2020-01-01", want: "f:2: url is neither text, a number, true, false nor a list of them"},
		{name: "list of lists", text: "[profiles.x]\nurl = [['a', 'b']]", want: "f:2: url is neither"},
		{name: "table inside", text: "[profiles.x]\n[profiles.x.y]\n", want: "f:2: y is neither"},
	}
	for _, tt := range tests {
		_, err := Parse("f", []byte(tt.text))
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: Parse = %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	shore := Profile{Name: "shore/1", Settings: []Setting{{Key: "username", Values: []string{"a\"\\\x01é"}}, {Key: "ws_header", Values: []string{"x", "y"}}}}
	tests := []struct {
		name string
		text string
		edit func([]byte) ([]byte, error)
		want string
		err  error
	}{
		{name: "add to nothing", edit: func(b []byte) ([]byte, error) { return Add(b, Profile{Name: "x"}) }, want: "[profiles.x]\n"},
		{name: "add", text: sample, edit: func(b []byte) ([]byte, error) { return Add(b, shore) },
			want: sample + "\n[profiles.\"shore/1\"]\nusername = \"a\\\"\\\\\\u0001é\"\nws_header = [\"x\", \"y\"]\n"},
		{name: "add numbers", edit: func(b []byte) ([]byte, error) {
			return Add(b, Profile{Name: "x", Settings: []Setting{{Key: "port", Values: []string{"-18"}}, {Key: "ws", Values: []string{"true"}}, {Key: "pin", Values: []string{"007"}}}})
		}, want: "[profiles.x]\nport = -18\nws = true\npin = \"007\"\n"},
		{name: "add without line end", text: "[profiles.a]", edit: func(b []byte) ([]byte, error) { return Add(b, Profile{Name: "x"}) }, want: "[profiles.a]\n\n[profiles.x]\n"},
		{name: "add what is there", text: sample, edit: func(b []byte) ([]byte, error) { return Add(b, Profile{Name: "office"}) }, err: ErrByHand},
		{name: "remove the default", text: sample, edit: func(b []byte) ([]byte, error) { return Remove(b, "office") },
			want: "# mine\n\n" + sample[strings.Index(sample, "# at home"):]},
		{name: "remove the last", text: sample, edit: func(b []byte) ([]byte, error) { return Remove(b, "my home") },
			want: sample[:strings.Index(sample, "[profiles.\"my")]},
		{name: "remove an inline table", text: "profiles = { a = { port = 1 } }", edit: func(b []byte) ([]byte, error) { return Remove(b, "a") }, err: ErrByHand},
		{name: "use", text: sample, edit: func(b []byte) ([]byte, error) { return Use(b, "my home") },
			want: strings.Replace(sample, `"office"`, `"my home"`, 1)},
		{name: "use first", text: "# x\n[profiles.a]\n", edit: func(b []byte) ([]byte, error) { return Use(b, "a") }, want: "default = \"a\"\n# x\n[profiles.a]\n"},
		{name: "use in a long string", text: "default = '''\na'''\n[profiles.a]\n[profiles.b]", edit: func(b []byte) ([]byte, error) { return Use(b, "b") }, err: ErrByHand},
	}
	for _, tt := range tests {
		got, err := tt.edit([]byte(tt.text))
		if string(got) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %q, %v, want %q, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
}

// FuzzParse tries that what can be read can be edited, or is refused, and that
// an edit says what it should.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("default='a'\n[profiles]\na.url=1\nb={port=2}\n[profiles.c]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("f", data)
		if err != nil {
			return
		}
		for _, p := range file.Profiles {
			out, err := Remove(data, p.Name)
			if err != nil {
				continue
			}
			left, err := Parse("f", out)
			if _, there := left.Find(p.Name); err != nil || there || len(left.Profiles) != len(file.Profiles)-1 {
				t.Errorf("Remove(%q, %q) = %q, %v", data, p.Name, out, err)
			}
		}
		p := Profile{Name: string(data[:min(len(data), 9)]), Settings: []Setting{{Key: "k", Values: []string{string(data)}}}}
		out, err := Add(data, p)
		if err != nil {
			return
		}
		got, err := Parse("f", out)
		if value, _ := got.Profiles[0].Get("k"); err != nil || len(got.Profiles) == 1 && value != string(data) {
			t.Errorf("Add(%q) = %q, %v", data, out, err)
		}
	})
}
