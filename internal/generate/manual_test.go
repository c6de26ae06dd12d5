package main

import (
	"testing"

	"github.com/spf13/cobra"

	"mqt/cmd"
	"mqt/docs/man"
)

// The committed pages are those of the commands.
func TestManualIsFresh(t *testing.T) {
	t.Parallel()
	want := pages(cmd.Commands())
	for _, name := range man.Names() {
		got, _ := man.Page(name)
		if string(got) != want[name+".1"] {
			t.Errorf("docs/man/%s.1 is stale: run go generate ./docs/man", name)
		}
		delete(want, name+".1")
	}
	for name := range want {
		t.Errorf("docs/man lacks %s: run go generate ./docs/man", name)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	root := &cobra.Command{Use: "mqt"}
	c := &cobra.Command{Annotations: map[string]string{cmd.Notes: "Noted.\n"}, Use: "x FILE", Short: "it's a test", Example: "  mqt x '~'\n  mqt x", RunE: func(*cobra.Command, []string) error { return nil },
		Long: "First\nparagraph.\n\n  as it is\n\n.second"}
	c.Flags().StringP("level", "l", "high", "a `name` with \\")
	c.Flags().Bool("quiet", false, "say nothing")
	root.AddCommand(c, &cobra.Command{Use: "y", Short: "z", Run: func(*cobra.Command, []string) {}})
	want := `.\" Written by go generate ./docs/man. Do not edit.
.TH "MQT-X" 1 "" mqt "mqt manual"
.SH NAME
mqt\-x \- it\(aqs a test
.SH SYNOPSIS
.B mqt x FILE [flags]
.SH DESCRIPTION
First
paragraph.
.PP
.RS 4
.nf
as it is
.fi
.RE
.PP
\&.second
.SH OPTIONS
.SS Other flags
.TP
\fB\-l\fR, \fB\-\-level\fR \fIname\fR
a name with \e (default high)
.TP
\fB\-\-quiet\fR
say nothing
.SH NOTES
Noted.
.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
failed: network or file
.TP
.B 2
wrong command line
.TP
.B 3
refused by the broker
.TP
.B 27
the time given with \-W or \-\-timeout ran out
.TP
.B 98
bench: the load generator was the limit, with \-\-strict
.TP
.B 99
bench: thresholds failed
.TP
.B 130
interrupted (SIGINT); 143 terminated (SIGTERM)
.SH EXAMPLES
.RS 4
.nf
mqt x \(aq\(ti\(aq
mqt x
.fi
.RE
.SH SEE ALSO
.BR mqt (1),
.BR mqt\-y (1)
`
	if got := page(c); got != want {
		t.Errorf("page = %s, want %s", got, want)
	}
}

// Flags of the parents are on the page too.
func TestPageHasPersistentFlags(t *testing.T) {
	t.Parallel()
	root := &cobra.Command{Use: "mqt"}
	root.PersistentFlags().Bool("help", false, "show this help")
	c := &cobra.Command{Use: "x", Short: "x"}
	root.AddCommand(c)
	var names []string
	for _, g := range cmd.FlagGroups(c) {
		for _, f := range g.Flags {
			names = append(names, f.Name)
		}
	}
	if len(names) != 1 || names[0] != "help" {
		t.Errorf("FlagGroups has %q, want help", names)
	}
}
