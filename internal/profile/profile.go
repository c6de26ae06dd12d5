// Package profile reads and edits the file that describes brokers and how to
// connect to them:
//
//	default = "office"
//
//	[profiles.office]
//	url = "mqtts://broker.example.com"
//	username = "alice"
//	password_command = "pass show mqtt/office"
//	cafile = "office-ca.pem"
//
// What the keys of a profile mean is up to the caller.
package profile

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// File is what a file says.
type File struct {
	// Default names the profile to use when none is asked for; empty: none.
	// It is among Profiles.
	Default string
	// Profiles are sorted by name.
	Profiles []Profile
}

// Profile is one table of a file.
type Profile struct {
	// Name is what follows "profiles." in its heading.
	Name string
	// Settings are sorted by key.
	Settings []Setting
}

// Setting is one key of a profile.
type Setting struct {
	// Key is the key as it stands in the file.
	Key string
	// Values holds one text, or that of each member when the value is a list.
	// Numbers and truth values are in the form that package strconv parses.
	Values []string
	// Line is where the key stands, from 1; 0 when it is not from a file.
	Line int
}

// Error says what is wrong with a file.
type Error struct {
	// File is its name, Line where in it, from 1; 0 is the file as a whole.
	File string
	Line int
	// Text says what is wrong there.
	Text string
}

// Error returns "file:line: text".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Load reads a file. The error is an *[Error] when its content is wrong, else
// that of package os.
func Load(name string) (File, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return File{}, err
	}
	return Parse(name, data)
}

// Parse is Load for what a file of that name holds.
func Parse(name string, data []byte) (File, error) {
	var doc struct {
		Default  string                    `toml:"default"`
		Profiles map[string]map[string]any `toml:"profiles"`
	}
	data = slices.Clip(data) // the line of an error is found by the capacity
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&doc); err != nil {
		return File{}, tomlError(name, err)
	}
	lines := linesOf(data)
	f := File{Default: doc.Default}
	for _, profile := range slices.Sorted(maps.Keys(doc.Profiles)) {
		p := Profile{Name: profile}
		for _, key := range slices.Sorted(maps.Keys(doc.Profiles[profile])) {
			s := Setting{Key: key, Line: lines.at("profiles", profile, key)}
			var ok bool
			if s.Values, ok = texts(doc.Profiles[profile][key]); !ok {
				return File{}, &Error{name, s.Line, fmt.Sprintf("%s is neither text, a number, true, false nor a list of them", key)}
			}
			p.Settings = append(p.Settings, s)
		}
		f.Profiles = append(f.Profiles, p)
	}
	if _, ok := f.Find(f.Default); !ok && f.Default != "" {
		return File{}, &Error{name, lines.at("default"), fmt.Sprintf("default is %q, and there is no such profile", f.Default)}
	}
	return f, nil
}

// Find returns the profile of that name, and whether there is one.
func (f File) Find(name string) (Profile, bool) {
	i := slices.IndexFunc(f.Profiles, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return f.Profiles[i], true
}

// Names returns the names of the profiles, sorted.
func (f File) Names() []string {
	var names []string
	for _, p := range f.Profiles {
		names = append(names, p.Name)
	}
	return names
}

// Get returns the first value of a key, and whether the profile has it.
func (p Profile) Get(key string) (string, bool) {
	for _, s := range p.Settings {
		if s.Key == key && len(s.Values) > 0 {
			return s.Values[0], true
		}
	}
	return "", false
}

// texts returns the text of a value, or of each member of a list.
func texts(value any) ([]string, bool) {
	switch v := value.(type) {
	case string:
		return []string{v}, true
	case int64:
		return []string{strconv.FormatInt(v, 10)}, true
	case float64:
		return []string{strconv.FormatFloat(v, 'g', -1, 64)}, true
	case bool:
		return []string{strconv.FormatBool(v)}, true
	case []any:
		var all []string
		for _, member := range v {
			one, ok := texts(member)
			if !ok || len(one) != 1 {
				return nil, false
			}
			all = append(all, one[0])
		}
		return all, true
	}
	return nil, false
}

// tomlError turns the errors of the decoder into ours.
func tomlError(name string, err error) error {
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		e := &unknown.Errors[0]
		line, _ := e.Position()
		return &Error{name, line, fmt.Sprintf("unknown key %q: there are default and [profiles.NAME]", strings.Join(e.Key(), "."))}
	case errors.As(err, &bad):
		line, _ := bad.Position()
		text := strings.TrimPrefix(bad.Error(), "toml: ")
		if i := strings.Index(text, " into struct field "); i >= 0 {
			text = strings.Join(bad.Key(), ".") + ": " + text[:i]
		}
		return &Error{name, line, text}
	}
	return &Error{name, 0, strings.TrimPrefix(err.Error(), "toml: ")}
}

// lines says where keys and tables stand, from 1.
type lines map[string]int

func (l lines) at(path ...string) int { return l[strings.Join(path, "\x00")] }

// linesOf returns the line of every key and table of a document.
func linesOf(data []byte) lines {
	l := lines{}
	var p unstable.Parser
	p.Reset(data)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		path, line := []string(nil), 0
		if e.Kind == unstable.KeyValue {
			path = slices.Clone(table)
		}
		for it := e.Key(); it.Next(); {
			path = append(path, string(it.Node().Data))
			line = p.Shape(it.Node().Raw).Start.Line
		}
		if e.Kind != unstable.KeyValue {
			table = path
		}
		l[strings.Join(path, "\x00")] = line
	}
	return l
}
