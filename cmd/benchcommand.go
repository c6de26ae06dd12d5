package cmd

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commandLine returns the command line that repeats c, without secrets. What
// the environment and a profile say is in it; what a preset says is not, as
// its name is.
func commandLine(c *cobra.Command) string {
	words := strings.Fields(c.CommandPath())
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Changed || strings.HasPrefix(setElsewhere(f), "preset ") || f.Name == "quiet" || f.Name == "profile" {
			return
		}
		values := []string{publicValue(f)}
		if f.Name == "output" || values[0] == f.Value.String() {
			values = valuesOf(f)
		}
		name := "--" + f.Name
		for _, v := range values {
			switch {
			case f.NoOptDefVal != "" && v == f.NoOptDefVal:
				words = append(words, name)
			case f.NoOptDefVal != "":
				words = append(words, name+"="+v)
			default:
				words = append(words, name, quoteWord(v))
			}
		}
	})
	return strings.Join(words, " ")
}
