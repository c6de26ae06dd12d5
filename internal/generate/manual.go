package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/cmd"
)

// manual writes a page for each command, and removes those of commands that
// are no more.
func manual(dir string) error {
	old, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	for name, text := range pages(cmd.Commands()) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pages returns the pages of c and what is below it by their file names.
func pages(c *cobra.Command) map[string]string {
	out := map[string]string{pageName(c) + ".1": page(c)}
	for _, child := range available(c) {
		for name, text := range pages(child) {
			out[name] = text
		}
	}
	return out
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

func available(c *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() {
			out = append(out, child)
		}
	}
	return out
}

// page writes a page in the macros of man(7). It carries no date, so that it
// only changes when the command does.
func page(c *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".\\\" Written by go generate ./docs/man. Do not edit.\n.TH %q 1 \"\" mqt \"mqt manual\"\n", strings.ToUpper(pageName(c)))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", escape(pageName(c)), escape(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", escape(cmd.UseLine(c)))
	b.WriteString(".SH DESCRIPTION\n")
	description := c.Long
	if description == "" {
		description = strings.ToUpper(c.Short[:1]) + c.Short[1:] + "."
	}
	prose(&b, description)
	if children := available(c); len(children) > 0 {
		b.WriteString(".SH COMMANDS\n")
		for _, child := range children {
			fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", escape(pageName(child)), escape(child.Short))
		}
	}
	b.WriteString(".SH OPTIONS\n")
	for _, g := range cmd.FlagGroups(c) {
		fmt.Fprintf(&b, ".SS %s\n", escape(g.Heading))
		for _, f := range g.Flags {
			option(&b, f)
		}
	}
	if notes := c.Annotations[cmd.Notes]; notes != "" {
		b.WriteString(".SH NOTES\n")
		prose(&b, notes)
	}
	exitStatus(&b)
	if c.Example != "" {
		b.WriteString(".SH EXAMPLES\n")
		prose(&b, c.Example)
	}
	seeAlso(&b, c)
	return b.String()
}

func option(b *strings.Builder, f *pflag.Flag) {
	value, usage := pflag.UnquoteUsage(f)
	b.WriteString(".TP\n")
	if f.Shorthand != "" {
		fmt.Fprintf(b, "\\fB%s\\fR, ", escape("-"+f.Shorthand))
	}
	fmt.Fprintf(b, "\\fB%s\\fR", escape("--"+f.Name))
	if value != "" && f.NoOptDefVal == "" {
		fmt.Fprintf(b, " \\fI%s\\fR", escape(value))
	}
	switch f.DefValue {
	case "", "0", "false", "[]":
	default:
		usage += " (default " + f.DefValue + ")"
	}
	fmt.Fprintf(b, "\n%s\n", escape(usage))
}

// exitStatus makes paragraphs of the lines "code  meaning".
func exitStatus(b *strings.Builder) {
	b.WriteString(".SH EXIT STATUS\n")
	_, lines, _ := strings.Cut(cmd.ExitHelp, "\n")
	for line := range strings.Lines(lines) {
		code, meaning, _ := strings.Cut(strings.TrimSpace(line), " ")
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", code, escape(strings.TrimSpace(meaning)))
	}
}

func seeAlso(b *strings.Builder, c *cobra.Command) {
	if !c.HasParent() {
		return
	}
	names := []string{pageName(c.Parent())}
	for _, sibling := range available(c.Parent()) {
		if sibling != c {
			names = append(names, pageName(sibling))
		}
	}
	b.WriteString(".SH SEE ALSO\n")
	for i, name := range names {
		comma := ","
		if i == len(names)-1 {
			comma = ""
		}
		fmt.Fprintf(b, ".BR %s (1)%s\n", escape(name), comma)
	}
}

// prose writes paragraphs. Indented lines stay as they are.
func prose(b *strings.Builder, text string) {
	verbatim, first := false, true
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		indented := strings.HasPrefix(line, "  ")
		switch {
		case line == "":
			if !verbatim && !first {
				b.WriteString(".PP\n")
			}
			continue
		case indented && !verbatim:
			b.WriteString(".RS 4\n.nf\n")
		case !indented && verbatim:
			b.WriteString(".fi\n.RE\n.PP\n")
		}
		verbatim, first = indented, false
		b.WriteString(escape(strings.TrimPrefix(line, "  ")) + "\n")
	}
	if verbatim {
		b.WriteString(".fi\n.RE\n")
	}
}

// escape makes text of what roff would read as something else.
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	if strings.HasPrefix(text, ".") {
		return `\&` + text
	}
	return text
}
