package man

import (
	"regexp"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	t.Parallel()
	page := `.\" A comment.
.TH X 1 "" mqt "mqt manual"
.SH NAME
x \- does
.SH OPTIONS
.SS First
.TP
\fB\-q\fR, \fB\-\-qos\fR \fIlevel\fR
one two three four five six seven eight nine ten eleven
.TP
.BR mqt\-pub (1)
publish
.SH DESCRIPTION
One line
and another.
.PP
After.
.RS 4
.nf
mqt   \(aq\(ga\(ha\(ti\e
\&.dot
.fi
.RE
`
	want := `NAME
       x - does

OPTIONS
   First
       -q, --qos level
              one two three four five
              six seven eight nine ten
              eleven
       mqt-pub(1)
              publish

DESCRIPTION
       One line and another.

       After.
           mqt   '` + "`" + `^~\
           .dot
`
	if got := Text([]byte(page), 40); got != want {
		t.Errorf("Text = %s, want %s", got, want)
	}
}

// Every page is made of what Text knows.
func TestPages(t *testing.T) {
	t.Parallel()
	if len(Names()) < 15 {
		t.Errorf("Names = %q, want all commands", Names())
	}
	macro := regexp.MustCompile(`(?m)^\.\w+`)
	known := " .TH .SH .SS .PP .TP .RS .RE .nf .fi .B .BR "
	for _, name := range Names() {
		page, ok := Page(name)
		if !ok {
			t.Errorf("Page(%q) has nothing", name)
		}
		for _, m := range macro.FindAllString(string(page), -1) {
			if !strings.Contains(known, " "+m+" ") {
				t.Errorf("%s uses %s, which Text does not know", name, m)
			}
		}
		text := Text(page, 100)
		for _, part := range []string{"NAME\n       " + name + " - ", "\nSYNOPSIS\n", "\nDESCRIPTION\n", "\nOPTIONS\n", "\nEXIT STATUS\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("the text of %s lacks %q", name, part)
			}
		}
		if bad := regexp.MustCompile(`\\[fe&(-]`).FindString(text); bad != "" {
			t.Errorf("the text of %s has %s in it", name, bad)
		}
	}
	if _, ok := Page("mqt-nothing"); ok {
		t.Error("Page of nothing has something")
	}
}
