package cmd

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/nearest"
	"mqt/internal/profile"
)

// Annotations of flags that can also be set elsewhere.
const (
	settable = "mqt_settable"
	setBy    = "mqt_set_by" // what set it, when the command line did not
)

// unsettled is the annotation of a command whose connection flags nothing but
// the command line sets.
const unsettled = "mqt_unsettled"

// settingKey returns the name of a flag as a key of a profile, which is its
// own with underscores; empty when only the command line sets it.
func settingKey(f *pflag.Flag) string {
	switch _, ok := f.Annotations[settable]; {
	case !ok:
		return ""
	case f.Name == "pw":
		return "password"
	}
	return strings.ReplaceAll(f.Name, "-", "_")
}

// variable returns what sets the flag of that key in the environment.
func variable(key string) string { return "MQT_" + strings.ToUpper(key) }

// setElsewhere returns what set a flag that the command line did not set.
func setElsewhere(f *pflag.Flag) string {
	if a := f.Annotations[setBy]; len(a) > 0 {
		return a[0]
	}
	return ""
}

// layer returns what kind of place set a flag: 0 the command line, 1 the
// environment, 2 a profile.
func layer(f *pflag.Flag) int {
	switch by := setElsewhere(f); {
	case by == "":
		return 0
	case by == variable(settingKey(f)):
		return 1
	}
	return 2
}

// typed reports whether the command line sets a flag.
func typed(f *pflag.FlagSet, name string) bool {
	return f.Changed(name) && setElsewhere(f.Lookup(name)) == ""
}

// settings fills the flags of a command that the command line left alone.
type settings struct {
	flags *pflag.FlagSet
	env   *Env
	given map[string]bool // flags that something more important has set
	used  string          // the profile, when there is one
}

// settle sets connection flags from the environment, and then from a profile.
func settle(env *Env, c *cobra.Command) error {
	s := settings{flags: c.Flags(), env: env}
	if _, ok := c.Annotations[unsettled]; ok || s.flags.Lookup("profile") == nil {
		return nil
	}
	s.rank()
	if err := s.environment(); err != nil {
		return fmt.Errorf("%s: %w", commandName(c), err)
	}
	s.rank()
	if err := s.profile(); err != nil {
		return fmt.Errorf("%s: %w", commandName(c), err)
	}
	if s.asked() {
		c.SetContext(env.catch(c.Context(), 0)) // before a write that may fail
		s.show()
	}
	return nil
}

// rank makes what is set now count more than what follows.
func (s *settings) rank() {
	s.given = map[string]bool{}
	s.flags.Visit(func(f *pflag.Flag) { s.given[f.Name] = true })
}

// excludes lists for a flag those that make it void when they are set by
// something more important: another way to say the same.
func excludes(name string) []string {
	switch name {
	case "url":
		return []string{"host", "unix"}
	case "host":
		return []string{"url", "unix"}
	case "port", "ws":
		return []string{"url", "unix", "srv"}
	case "srv":
		return []string{"url", "port", "unix", "ws"}
	case "unix":
		return []string{"url", "host", "port", "ws", "srv"}
	case "id":
		return []string{"id-prefix"}
	case "id-prefix":
		return []string{"id"}
	case "pw", "password-file", "password-command":
		return []string{"pw", "password-file", "password-command"}
	}
	return nil
}

// void reports whether a flag is not to be set any more.
func (s *settings) void(name string) bool {
	if s.given[name] {
		return true
	}
	for _, other := range excludes(name) {
		if s.given[other] {
			return true
		}
	}
	switch name {
	case "username", "pw", "password-file", "password-command":
		if u, err := url.Parse(s.flags.Lookup("url").Value.String()); s.given["url"] && err == nil && u.User != nil {
			return true // the URL says who
		}
	}
	return false
}

func (s *settings) environment() error {
	var err error
	s.flags.VisitAll(func(f *pflag.Flag) {
		key := settingKey(f)
		if err != nil || key == "" || s.void(f.Name) {
			return
		}
		name := variable(key)
		text := s.env.Getenv(name)
		if text == "" {
			return
		}
		values := []string{text}
		if repeats(f) {
			values = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		}
		if why := s.set(f, values, name); why != nil {
			err = usagef("%s %q %w", name, text, why)
		}
	})
	return err
}

// repeats reports whether a flag can be given several times.
func repeats(f *pflag.Flag) bool {
	_, ok := f.Value.(*properties)
	return ok || f.Value.Type() == "stringArray"
}

// set sets a flag to values and remembers what did it.
func (s *settings) set(f *pflag.Flag, values []string, by string) error {
	if len(values) != 1 && !repeats(f) {
		return errors.New("takes one value")
	}
	for _, v := range values {
		if p, ok := f.Value.(*properties); ok {
			packet, _, _ := strings.Cut(v, " ")
			if packetProperties(packet) != nil && !slices.Contains(p.packets, packet) {
				continue // for other commands
			}
			v = strings.Join(splitProperty(v), separator)
		}
		if err := s.flags.Set(f.Name, v); err != nil {
			var invalid *pflag.InvalidValueError
			if errors.As(err, &invalid) {
				err = invalid.Unwrap()
			}
			return plain(err)
		}
	}
	if f.Changed {
		annotate(f, setBy, by)
	}
	return nil
}

// splitProperty returns the words of a -D in one text. Only the last may hold
// spaces.
func splitProperty(text string) []string {
	words := strings.SplitN(text, " ", 3)
	if len(words) == 3 && propertyWords(words[1:]) == 3 {
		words = strings.SplitN(text, " ", 4)
	}
	return words
}

// profileFile returns the name of the file of profiles, empty where there is
// no place for one.
func profileFile(env *Env) string {
	dir := env.Getenv("XDG_CONFIG_HOME")
	switch home := env.Getenv("HOME"); {
	case filepath.IsAbs(dir):
	case runtime.GOOS == "windows":
		dir = env.Getenv("AppData")
	case home != "":
		dir = filepath.Join(home, ".config")
	}
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "mqt", "config.toml")
}

// profile sets flags from the profile that was asked for, or from the default
// one. The default is for the broker it describes: it does not count, and the
// file is not read, when a broker is named otherwise.
func (s *settings) profile() error {
	asked := s.flags.Changed("profile")
	name := s.flags.Lookup("profile").Value.String()
	switch {
	case asked && name == "":
		return nil
	case !asked && (s.given["url"] || s.given["host"] || s.given["unix"]):
		return nil
	}
	file := profileFile(s.env)
	if file == "" && asked {
		return hint(errors.New("there is no place for profiles"), "set XDG_CONFIG_HOME or HOME")
	} else if file == "" {
		return nil
	}
	all, err := profile.Load(file)
	switch {
	case !asked && (errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)):
		return nil // ENOTDIR: some give a user the home /dev/null
	case err != nil:
		return hint(err, profileHint(asked, err))
	case !asked:
		name = all.Default
	}
	if name == "" {
		return nil
	}
	p, ok := all.Find(name)
	if !ok {
		return noProfile(file, all, name)
	}
	s.used = name
	return s.apply(file, p)
}

func profileHint(asked bool, err error) string {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return `"mqt profile add NAME -L URL" makes it`
	case asked:
		return "correct the file"
	}
	return "correct the file; --profile '' does without it"
}

func noProfile(file string, all profile.File, name string) error {
	next := `"mqt profile add NAME -L URL" makes one`
	if len(all.Profiles) > 0 {
		next = "its profiles: " + strings.Join(all.Names(), ", ")
	}
	return usagef("no profile %q in %s\nhint: %s", name, file, next)
}

// apply sets what p says. Its password is for its user, and nobody else's.
func (s *settings) apply(file string, p profile.Profile) error {
	user, has := p.Get("username")
	foreign := has && s.given["username"] && s.flags.Lookup("username").Value.String() != user
	for _, setting := range p.Settings {
		at := func(text string) error { return &profile.Error{File: file, Line: setting.Line, Text: text} }
		f := flagOf(s.flags, setting.Key)
		switch {
		case f == nil && otherCommand(setting.Key):
			continue
		case f == nil:
			return hint(at(fmt.Sprintf("unknown key %q", setting.Key)), nearestKey(s.flags, setting.Key))
		case s.void(f.Name):
			continue
		case f.Name == "port" && s.given["host"] && slices.Equal(setting.Values, []string{"0"}):
			continue // it says that the profile's own host is the path of a socket
		case foreign && (f.Name == "pw" || f.Name == "password-file" || f.Name == "password-command"):
			continue
		}
		values := setting.Values
		if isPath(f.Name) {
			values = []string{s.beside(file, strings.Join(values, ""))}
		}
		if err := s.set(f, values, fmt.Sprintf("%s of profile %s", setting.Key, p.Name)); err != nil {
			return at(fmt.Sprintf("%s %v", setting.Key, err))
		}
	}
	return nil
}

// otherCommand reports whether a key is known, if not to a command that has
// only some of the connection flags.
func otherCommand(key string) bool {
	c := &cobra.Command{}
	(&connOptions{}).bind(c)
	return flagOf(c.Flags(), key) != nil
}

// flagOf returns the flag that a key of a profile sets, nil when there is none.
func flagOf(flags *pflag.FlagSet, key string) *pflag.Flag {
	var found *pflag.Flag
	flags.VisitAll(func(f *pflag.Flag) {
		if settingKey(f) == key && f.Name != "profile" {
			found = f
		}
	})
	return found
}

func nearestKey(flags *pflag.FlagSet, key string) string {
	next, least := `"mqt profile add --help" lists what there is: the flags, with _ for -`, 4
	flags.VisitAll(func(f *pflag.Flag) {
		if k := settingKey(f); k != "" && nearest.Distance(key, k) < least {
			next, least = fmt.Sprintf("did you mean %q?", k), nearest.Distance(key, k)
		}
	})
	return next
}

// isPath reports whether a flag names a file or directory.
func isPath(flag string) bool {
	return slices.Contains([]string{"cafile", "capath", "cert", "key", "key-passphrase-file", "password-file", "tls-keylog", "unix"}, flag)
}

// beside returns a path in a profile as seen from here: it counts from the
// directory of the file, and ~ is the home directory.
func (s *settings) beside(file, path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(s.env.Getenv("HOME"), rest)
	}
	if filepath.IsAbs(path) || path == "" {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}
