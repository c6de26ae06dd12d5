package conf

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"mqt/internal/nearest"
)

// reader reads a mosquitto.conf and what it includes.
type reader struct {
	keys     map[string]*key
	c        Config
	warnings []Warning

	endpoints       []*endpoint
	defaultEndpoint *endpoint // of keys that stand before any listener
	listening       bool      // a listener, port or bind_address was given
	perListener     bool
	authSeen        bool // a key of authorisation was given
	persist         bool
	location        string
	logTypes        map[string]bool
	bridgeAt        []position

	// Where it is. Each file begins without a current listener and bridge.
	at       position
	included bool
	listener *endpoint
	bridge   int // in c.Bridges; -1: none
}

func newReader() *reader {
	r := &reader{keys: map[string]*key{}, bridge: -1}
	for i := range keyTable {
		r.keys[keyTable[i].name] = &keyTable[i]
	}
	return r
}

func (r *reader) run(name string, data []byte) (Config, error) {
	r.at.file = name
	if err := r.read(data); err != nil {
		return Config{}, err
	}
	return r.result()
}

// read reads the lines of one file. A line is a key, a space and the value;
// only # in the very first column begins a comment.
func (r *reader) read(data []byte) error {
	r.at.line = 0
	for line := range bytes.Lines(data) {
		r.at.line++
		if line[0] == '#' {
			continue
		}
		line = bytes.TrimRight(line, "\r\n")
		line = bytes.TrimLeft(line, " ")
		if len(line) == 0 {
			continue
		}
		if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
			return r.at.errorf("is not UTF-8 text", "")
		}
		name, value, _ := strings.Cut(string(line), " ")
		if err := r.line(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) line(name, value string) error {
	k := r.keys[name]
	if k == nil && (strings.HasPrefix(name, "auth_opt_") || strings.HasPrefix(name, "plugin_opt_")) {
		k = &key{name: name, kind: refused, instead: insteadOfPlugins}
	}
	if k == nil {
		hint := "the nearest known key is " + nearest.Name(name, slices.Sorted(maps.Keys(r.keys)))
		if strings.HasPrefix(name, "#") {
			hint = "a comment begins in the first column and has a line of its own"
		}
		return r.at.errorf(fmt.Sprintf("unknown key %q", name), hint)
	}
	switch k.kind {
	case ignored:
		r.warn(k.name, k.instead)
		return nil
	case refused:
		return r.at.errorf(k.name+" is not supported, and the broker would be less safe without it", k.instead)
	}
	target, err := r.target(k)
	if err != nil {
		return err
	}
	if k.apply != nil {
		return k.apply(r, value)
	}
	return r.set(k, field(target, k.to), value)
}

func (r *reader) warn(name, instead string) {
	r.warnings = append(r.warnings, Warning{r.at.file, r.at.line, name, instead})
}

// target returns the struct that a key belongs to.
func (r *reader) target(k *key) (reflect.Value, error) {
	var none reflect.Value
	switch k.where {
	case ofAuth:
		r.authSeen = true
		if !r.perListener {
			return reflect.ValueOf(&r.c.Auth).Elem(), nil
		}
		if r.listener == nil {
			return none, r.needs(k.name, "per_listener_settings is on, so a listener must come first")
		}
		return reflect.ValueOf(&r.listener.auth).Elem(), nil
	case ofListener:
		if r.listener == nil {
			r.listener = r.ensureDefault()
		}
		return reflect.ValueOf(&r.listener.Listener).Elem(), nil
	case ofOwnListener, ofListenerAuth:
		if r.listener == nil {
			return none, r.needs(k.name, "a listener must come first")
		}
		if k.where == ofListenerAuth {
			return reflect.ValueOf(&r.listener.auth).Elem(), nil
		}
		return reflect.ValueOf(&r.listener.Listener).Elem(), nil
	case ofBridge:
		if r.bridge < 0 {
			return none, r.needs(k.name, "a connection line must come first")
		}
		return reflect.ValueOf(&r.c.Bridges[r.bridge]).Elem(), nil
	}
	return reflect.ValueOf(&r.c).Elem(), nil
}

func (r *reader) needs(name, why string) error {
	return r.at.errorf(name+": "+why, "")
}

// ensureDefault returns the listener of keys that stand before any listener.
func (r *reader) ensureDefault() *endpoint {
	if r.defaultEndpoint == nil {
		r.defaultEndpoint = &endpoint{port: 1883, at: r.at}
		r.endpoints = append(r.endpoints, r.defaultEndpoint)
	}
	return r.defaultEndpoint
}

// include reads every file of a directory whose name ends in .conf.
func (r *reader) include(value string) error {
	dir := strings.TrimSpace(value)
	if dir == "" {
		return r.at.errorf("include_dir has no value", "")
	}
	if r.included {
		return r.at.errorf("include_dir in a file that is included itself", "it belongs in the main file only")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return r.at.errorf("include_dir: "+err.Error(), "")
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".conf") && len(e.Name()) > len(".conf") {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, compareNames)
	at, listener, bridge := r.at, r.listener, r.bridge
	for _, name := range names {
		r.at, r.listener, r.bridge, r.included = position{file: filepath.Join(dir, name)}, nil, -1, true
		data, err := readFile(r.at.file)
		if err != nil {
			return err
		}
		if err := r.read(data); err != nil {
			return err
		}
	}
	r.at, r.listener, r.bridge, r.included = at, listener, bridge, false
	return nil
}

// compareNames orders file names as mosquitto does: byte for byte by letter,
// of the same letter the capital first.
func compareNames(a, b string) int {
	for i := range min(len(a), len(b)) {
		if d := int(upper(a[i])) - int(upper(b[i])); d != 0 {
			return d
		}
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// result puts together what depends on several lines.
func (r *reader) result() (Config, error) {
	for _, e := range r.endpoints {
		if !r.listening {
			e.host = "127.0.0.1"
		}
		u, err := e.address()
		if err != nil {
			return Config{}, err
		}
		e.URL = u
		if e.protocol == "websockets" { // where mosquitto is less strict by default
			e.WSPath = "*"
			if len(e.Origins) == 0 {
				e.Origins = []string{"*"}
			}
		}
		e.Listener.Auth = r.authOf(e)
		r.c.Listeners = append(r.c.Listeners, e.Listener)
	}
	if r.persist {
		r.c.Persistence.Location = r.location
		if r.location == "" {
			r.c.Persistence.Location = "."
		}
	}
	r.c.Log.Level = r.logLevel()
	if p := r.c.check(); p != nil {
		at := r.position(p.path)
		return Config{}, at.errorf(p.text, p.hint)
	}
	return r.c.finish(), nil
}

// authOf returns the listener's own authorisation, nil when it has none.
func (r *reader) authOf(e *endpoint) *Auth {
	own := e.auth
	if !r.perListener {
		if r.listening && e.auth.AllowAnonymous == nil && e.auth.AutoIDPrefix == "" {
			return nil
		}
		own = r.c.Auth
		if e.auth.AllowAnonymous != nil {
			own.AllowAnonymous = e.auth.AllowAnonymous
		}
		if e.auth.AutoIDPrefix != "" {
			own.AutoIDPrefix = e.auth.AutoIDPrefix
		}
	}
	if own.AllowAnonymous == nil {
		own.AllowAnonymous = new(!r.listening)
	}
	return &own
}

// position returns the line where the block of a problem's path begins.
func (r *reader) position(path string) position {
	var i int
	if n, _ := fmt.Sscanf(path, "listeners[%d]", &i); n == 1 {
		return r.endpoints[i].at
	}
	if n, _ := fmt.Sscanf(path, "bridges[%d]", &i); n == 1 {
		return r.bridgeAt[i]
	}
	return position{file: r.at.file}
}
