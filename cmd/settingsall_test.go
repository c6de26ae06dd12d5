package cmd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// sample returns a value that a flag takes and that is not its default.
func sample(f *pflag.Flag) string {
	if words := flagWords(f); len(words) > 0 {
		return words[len(words)-1]
	}
	switch f.Value.Type() {
	case "bool":
		return "true"
	case "int", "seconds":
		return "7"
	}
	if f.Name == "property" {
		return "connect user-property k v"
	}
	return "x"
}

// connectionFlags calls visit for each flag about the connection, with a new
// mqt pub each time.
func connectionFlags(t *testing.T, visit func(env *Env, c *cobra.Command, f *pflag.Flag)) {
	t.Helper()
	groups := []string{"Connection", "Will message", "TLS", "Transport"}
	fresh := func() (*Env, *cobra.Command) {
		env := testEnv()
		c, _, err := newRoot(env).Find([]string{"pub"})
		if err != nil {
			t.Fatal(err)
		}
		return env, c
	}
	n := 0
	_, all := fresh()
	all.Flags().VisitAll(func(f *pflag.Flag) {
		if in := f.Annotations[inGroup]; len(in) > 0 && slices.Contains(groups, in[0]) {
			env, c := fresh()
			visit(env, c, c.Flags().Lookup(f.Name))
			n++
		}
	})
	if n < 40 {
		t.Errorf("only %d flags are about the connection", n)
	}
}

// Each connection flag has a variable, whose name follows from the flag's.
func TestEveryConnectionFlagHasVariable(t *testing.T) {
	t.Parallel()
	connectionFlags(t, func(env *Env, c *cobra.Command, f *pflag.Flag) {
		name := "MQT_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		switch f.Name {
		case "pw":
			name = "MQT_PASSWORD"
		case "profile":
			return // see TestSettings: there must be such a profile
		}
		before := f.Value.String()
		env.Getenv = func(asked string) string {
			if asked == name {
				return sample(f)
			}
			return ""
		}
		if err := settle(env, c); err != nil || !f.Changed || f.Value.String() == before && f.Name != "property" { // whose String is empty
			t.Errorf("%s=%s leaves --%s at %q, %v", name, sample(f), f.Name, f.Value, err)
		}
	})
}

// So has each a key of a profile.
func TestEveryConnectionFlagHasKey(t *testing.T) {
	t.Parallel()
	connectionFlags(t, func(_ *Env, c *cobra.Command, f *pflag.Flag) {
		key := strings.ReplaceAll(f.Name, "-", "_")
		if f.Name == "pw" {
			key = "password"
		}
		if got := flagOf(c.Flags(), key); got != f && f.Name != "profile" {
			t.Errorf("the key %s of a profile does not set --%s", key, f.Name)
		}
	})
}

// profileDir returns a directory for XDG_CONFIG_HOME with a file of profiles.
func profileDir(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mqt"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mqt", "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shownBy returns what --verbose says with the profile "here", variables, and
// flags on the command line.
func shownBy(t *testing.T, vars, flags map[string]string) string {
	t.Helper()
	var stderr bytes.Buffer
	env := testEnv()
	env.Stderr = &stderr
	env.Getenv = func(name string) string { return vars[name] }
	c, _, err := newRoot(env).Find([]string{"pub"})
	if err != nil {
		t.Fatal(err)
	}
	flags["verbose"], flags["profile"] = "true", "here"
	for name, value := range flags {
		if err := c.Flags().Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := settle(env, c); err != nil {
		t.Error(err)
	}
	return stderr.String()
}

// Of each connection flag --verbose says where it comes from: the command line
// counts more than the variable, and that more than the profile.
func TestEveryConnectionFlagOrigin(t *testing.T) {
	t.Parallel()
	connectionFlags(t, func(_ *Env, _ *cobra.Command, f *pflag.Flag) {
		if f.Name == "profile" || f.Name == "verbose" {
			return // the test gives them
		}
		key, vars, flags := settingKey(f), map[string]string{}, map[string]string{}
		check := func(origin string) {
			_, got, _ := strings.Cut(shownBy(t, vars, flags), "mqt: "+f.Name+" = ")
			if got, _, _ = strings.Cut(got, "\n"); !strings.HasSuffix(got, " ("+origin+")") {
				t.Errorf("--verbose says of --%s: %q, want %s", f.Name, got, origin)
			}
		}
		vars["XDG_CONFIG_HOME"] = profileDir(t, fmt.Sprintf("[profiles.here]\n%s = %q\n", key, sample(f)))
		check(key + " of profile here")
		vars[variable(key)] = sample(f)
		check(variable(key))
		flags[f.Name] = strings.ReplaceAll(sample(f), " ", separator)
		check("command line")
	})
}
