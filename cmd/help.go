package cmd

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// writeHelp writes the help text of c: what it does, an example, its commands
// and its flags under their headings, wrapped at width columns (0: 100).
func writeHelp(w io.Writer, c *cobra.Command, width int) {
	b := bufio.NewWriter(w)
	defer b.Flush() // nobody to tell when the terminal has gone
	if width == 0 {
		width = 100
	}
	text := c.Long
	if text == "" {
		text = c.Short
	}
	fmt.Fprintf(b, "%s\n\nUsage:\n  %s\n", text, useLine(c))
	if c.Example != "" {
		fmt.Fprintf(b, "\nExamples:\n%s\n", c.Example)
	}
	writeCommands(b, c)
	writeFlags(b, c, width)
	if f := c.Flags().Lookup("profile"); f != nil && settingKey(f) != "" {
		fmt.Fprint(b, "\nVariables set what the flags about the connection do not: MQT_HOST is --host, MQT_TLS_VERSION\n"+
			"--tls-version; only --pw is MQT_PASSWORD. So does a profile: see \"mqt profile --help\".\n")
	}
	if !c.HasParent() {
		fmt.Fprintf(b, "\n%s\n\nRun \"mqt COMMAND --help\" for the flags of a command.\n", exitHelp)
	}
}

func useLine(c *cobra.Command) string {
	if c.HasAvailableSubCommands() {
		return c.CommandPath() + " COMMAND [flags]"
	}
	return c.UseLine()
}

func writeCommands(w io.Writer, c *cobra.Command) {
	groups := c.Groups()
	if len(groups) == 0 && c.HasAvailableSubCommands() {
		groups = []*cobra.Group{{Title: "Commands:"}}
	}
	for _, g := range groups {
		fmt.Fprintf(w, "\n%s\n", g.Title)
		for _, child := range c.Commands() {
			if child.IsAvailableCommand() && child.GroupID == g.ID {
				fmt.Fprintf(w, "  %-12s %s\n", child.Name(), child.Short)
			}
		}
	}
}

func writeFlags(w io.Writer, c *cobra.Command, width int) {
	var headings []string
	sets := map[string]*pflag.FlagSet{}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		heading := "Other flags"
		if a := f.Annotations[inGroup]; len(a) > 0 {
			heading = a[0]
		}
		if sets[heading] == nil {
			sets[heading] = pflag.NewFlagSet(heading, pflag.ContinueOnError)
			sets[heading].SortFlags = false
			headings = append(headings, heading)
		}
		sets[heading].AddFlag(f)
	})
	for _, h := range headings {
		usages := sets[h].FlagUsagesWrapped(width)
		fmt.Fprintf(w, "\n%s:\n%s", h, strings.ReplaceAll(usages, "\t", " "))
	}
}
