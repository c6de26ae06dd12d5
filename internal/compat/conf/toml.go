package conf

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"mqt/internal/nearest"
)

// redacted stands for a secret in what [Config.TOML] prints.
const redacted = "(redacted)"

// TOML returns the configuration in our own form, each key with a comment.
// Secrets are replaced by a marker, which [Load] refuses; apart from them,
// loading it gives c again when c came from Load or [Config.Effective].
func (c Config) TOML() ([]byte, error) {
	c.Bridges = slices.Clone(c.Bridges)
	c.Listeners = slices.Clone(c.Listeners)
	for i := range c.Bridges {
		b := &c.Bridges[i]
		for _, secret := range []*string{&b.RemotePassword, &b.LocalPassword} {
			if *secret != "" {
				*secret = redacted
			}
		}
	}
	c.Auth.AuthURL = redactURL(c.Auth.AuthURL)
	for i := range c.Listeners {
		if l := &c.Listeners[i]; l.Auth != nil {
			own := *l.Auth
			own.AuthURL = redactURL(own.AuthURL)
			l.Auth = &own
		}
	}
	var out bytes.Buffer
	if err := toml.NewEncoder(&out).Encode(c); err != nil {
		return nil, fmt.Errorf("print configuration: %w", err)
	}
	return out.Bytes(), nil
}

// Plain returns the keys and values that TOML prints, for other encodings.
// Secrets are replaced by a marker.
func (c Config) Plain() map[string]any {
	out := map[string]any{}
	text, err := c.TOML()
	if err == nil {
		err = toml.Unmarshal(text, &out)
	}
	if err != nil { // no value of a Config can be the reason
		panic("conf: " + err.Error())
	}
	return out
}

func redactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	if _, ok := u.User.Password(); !ok {
		return s
	}
	u.User = url.UserPassword(u.User.Username(), redacted)
	return u.String()
}

func parseTOML(name string, data []byte) (Config, error) {
	data = slices.Clip(data) // the line of an error is found by the capacity
	var c Config
	d := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, tomlError(name, err)
	}
	if p := c.check(); p != nil {
		return Config{}, &Error{File: name, Line: lineOf(data, p.path), Text: fmt.Sprintf("%s: %s", p.path, p.text), Hint: p.hint}
	}
	return c, nil
}

// tomlError turns the errors of the decoder into ours.
func tomlError(name string, err error) error {
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		e := &unknown.Errors[0]
		line, _ := e.Position()
		key := strings.Join(e.Key(), ".")
		return &Error{File: name, Line: line, Text: fmt.Sprintf("unknown key %q", key), Hint: fmt.Sprintf("the nearest known key is %s", nearest.Name(key, keyNames()))}
	case errors.As(err, &bad):
		line, _ := bad.Position()
		text := strings.TrimPrefix(bad.Error(), "toml: ")
		if i := strings.Index(text, " into struct field "); i >= 0 {
			text = text[:i] + typeHint(bad.Key())
		}
		if key := strings.Join(bad.Key(), "."); key != "" {
			text = key + ": " + text
		}
		return &Error{File: name, Line: line, Text: text}
	}
	return &Error{File: name, Text: strings.TrimPrefix(err.Error(), "toml: ")}
}

// typeHint says what the value of a key must be.
func typeHint(key []string) string {
	for _, k := range Keys() {
		if k.Name == strings.Join(key, ".") {
			return ", want " + k.Type
		}
	}
	return ""
}

func keyNames() []string {
	var names []string
	for _, k := range Keys() {
		names = append(names, k.Name)
	}
	return names
}

// lineOf returns the line of the key with this path, or of the nearest table
// around it; 0 when there is none.
func lineOf(data []byte, path string) int {
	lines := tomlLines(data)
	for path != "" {
		if n, ok := lines[path]; ok {
			return n
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 0
}

// tomlLines returns the line of every key and table of a document. The
// members of an array of tables are numbered: listeners[0].url.
func tomlLines(data []byte) map[string]int {
	lines, count := map[string]int{}, map[string]int{}
	var p unstable.Parser
	p.Reset(data)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		path, line := "", 0
		if e.Kind == unstable.KeyValue {
			path = table
		}
		for it := e.Key(); it.Next(); {
			if path != "" {
				path += "."
			}
			path += string(it.Node().Data)
			if n := count[path]; n > 0 && (e.Kind != unstable.ArrayTable || !it.IsLast()) {
				path += fmt.Sprintf("[%d]", n-1)
			}
			line = p.Shape(it.Node().Raw).Start.Line
		}
		switch e.Kind {
		case unstable.ArrayTable:
			count[path]++
			path += fmt.Sprintf("[%d]", count[path]-1)
			table = path
		case unstable.Table:
			table = path
		}
		lines[path] = line
	}
	return lines
}
