package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// writeHelp writes the help text of c: what it does, an example, its commands
// and its flags under their headings, wrapped at width columns (0: 100), the
// prose at 80 at most.
func writeHelp(w io.Writer, c *cobra.Command, width int) {
	if width == 0 {
		width = 100
	}
	b := &strings.Builder{}
	defer func() { _, _ = io.WriteString(w, wrapLines(b.String(), width)) }() // nobody to tell when the terminal has gone
	text := c.Long
	if text == "" {
		text = c.Short
	}
	prose := min(width, 80)
	fmt.Fprintf(b, "%s\n\nUsage:\n  %s\n", fill(text, prose), UseLine(c))
	if c.Example != "" {
		fmt.Fprintf(b, "\nExamples:\n%s\n", c.Example)
	}
	writeCommands(b, c)
	writeFlags(b, c, width)
	if f := c.Flags().Lookup("profile"); f != nil && settingKey(f) != "" {
		b.WriteString(fill("\nWhat no connection flag says, an environment variable may: MQT_HOST for --host, MQT_TLS_VERSION for "+
			"--tls-version, and so on; MQT_PASSWORD for --pw. So may a profile: see \"mqt profile --help\".", prose) + "\n")
	}
	if !c.HasParent() {
		fmt.Fprintf(b, "\n%s\n\nRun \"mqt COMMAND --help\" for the flags of a command.\n", ExitHelp)
	}
}

// UseLine returns how c is called.
func UseLine(c *cobra.Command) string {
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
	for _, g := range FlagGroups(c) {
		set := pflag.NewFlagSet(g.Heading, pflag.ContinueOnError)
		set.SortFlags = false
		for _, f := range g.Flags {
			set.AddFlag(f)
		}
		fmt.Fprintf(w, "\n%s:\n%s", g.Heading, strings.ReplaceAll(set.FlagUsagesWrapped(width), "\t", " "))
	}
}

// FlagGroup is a part of the flags of a command.
type FlagGroup struct {
	// Heading is what stands over it in the help text, without a colon.
	Heading string
	// Flags are in the order of the help text.
	Flags []*pflag.Flag
}

// FlagGroups returns the flags that c shows, its parents' included, by heading.
func FlagGroups(c *cobra.Command) []FlagGroup {
	c.InheritedFlags() // adds them
	var groups []FlagGroup
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		heading := "Other flags"
		if a := f.Annotations[inGroup]; len(a) > 0 {
			heading = a[0]
		}
		at := slices.IndexFunc(groups, func(g FlagGroup) bool { return g.Heading == heading })
		if at < 0 {
			at = len(groups)
			groups = append(groups, FlagGroup{Heading: heading})
		}
		groups[at].Flags = append(groups[at].Flags, f)
	})
	return groups
}

// Commands returns all commands, for programs that document them. To run one,
// use Main.
func Commands() *cobra.Command {
	return newRoot(&Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard,
		Getenv: func(string) string { return "" }, Now: time.Now})
}
