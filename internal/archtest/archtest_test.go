package archtest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// rules are all rules about Go files, in the order they are reported.
var rules = []rule{
	{"parses", checkParses},
	{"imports go down only", checkImports},
	{"names say something", checkNames},
	{"files are short", checkFileSizes},
	{"functions are short", checkFunctions},
	{"packages are documented", checkPackageDocs},
	{"exported names are documented", checkDocs},
	{"no init functions", checkInit},
	{"no mutable package variables", checkGlobals},
	{"only main exits", checkExit},
	{"tests do not sleep", checkSleep},
	{"no variable hides a package", checkShadows},
}

func checkParses(all []*source) []violation {
	var out []violation
	for _, s := range all {
		if s.err != nil {
			out = append(out, violation{s.path, s.err.Error()})
		}
	}
	return out
}

// TestRepository applies every rule to the repository.
func TestRepository(t *testing.T) {
	t.Parallel()
	all := load(t)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			for _, v := range r.check(all) {
				t.Error(v)
			}
		})
	}
}

// TestText looks at all files, not only Go: the repository stands on its own
// and names nothing of the place where it was written.
func TestText(t *testing.T) {
	t.Parallel()
	walk(t, func(name string, text []byte) {
		for _, v := range checkText(name, text) {
			t.Error(v)
		}
	})
}

func checkText(name string, text []byte) []violation {
	var out []violation
	for _, bad := range []string{"../" + "shared", "/work/" + "main", "/work/" + "shared"} {
		if i := bytes.Index(text, []byte(bad)); i >= 0 {
			line := 1 + bytes.Count(text[:i], []byte("\n"))
			out = append(out, violation{fmt.Sprintf("%s:%d", name, line), "names " + bad + ", which is not in the repository"})
		}
	}
	return out
}

// TestRulesCanFail shows each rule a source that breaks it and one that does not.
func TestRulesCanFail(t *testing.T) {
	t.Parallel()
	for _, tc := range ruleCases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			all := parseAll(tc.files)
			for _, s := range all {
				if s.err != nil && tc.rule != "parses" {
					t.Fatal(s.err)
				}
			}
			var got []string
			for _, r := range rules {
				if r.name == tc.rule {
					for _, v := range r.check(all) {
						got = append(got, v.String())
					}
				}
			}
			if len(got) != len(tc.want) {
				t.Fatalf("check = %q, want %q", got, tc.want)
			}
			for i, w := range tc.want {
				if !strings.HasPrefix(got[i], w) {
					t.Errorf("check = %q, want it to start with %q", got[i], w)
				}
			}
		})
	}
}

func TestTextCanFail(t *testing.T) {
	t.Parallel()
	got := checkText("README.md", []byte("one\ntwo ../"+"shared/x\n"))
	if len(got) != 1 || got[0].at != "README.md:2" {
		t.Errorf("checkText = %v, want one violation at README.md:2", got)
	}
}

// TestRulesAreCovered keeps the table of cases complete.
func TestRulesAreCovered(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		failing := false
		for _, tc := range ruleCases {
			failing = failing || tc.rule == r.name && len(tc.want) > 0
		}
		if !failing {
			t.Errorf("no case shows that rule %q can fail", r.name)
		}
	}
}
