package cmd

import (
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
