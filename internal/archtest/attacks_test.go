package archtest

import (
	"go/ast"
	"path"
	"regexp"
	"strings"
	"testing"
)

// attackTests finds the tests that docs/security.md names: a package's folder,
// a dot, and the test.
var attackTests = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`")

// missingTests returns what the text names and the sources do not have.
func missingTests(all []*source, text string) (missing []string, named int) {
	have := map[string]bool{}
	for _, s := range all {
		if s.ast == nil || !s.test {
			continue
		}
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				have[path.Clean(s.dir)+"."+f.Name.Name] = true
			}
		}
	}
	found := attackTests.FindAllStringSubmatch(text, -1)
	for _, m := range found {
		if name := m[1] + "." + m[2]; !have[name] {
			missing = append(missing, name)
		}
	}
	return missing, len(found)
}

// TestAttackTable checks that the tests in the table of attacks exist, and
// that the table names every test that says it is one.
func TestAttackTable(t *testing.T) {
	t.Parallel()
	all, text := load(t), ""
	walk(t, func(name string, b []byte) {
		if name == "docs/security.md" {
			text = string(b)
		}
	})
	missing, named := missingTests(all, text)
	if named < 40 {
		t.Errorf("docs/security.md names %d tests, want the whole table", named)
	}
	for _, m := range missing {
		t.Errorf("docs/security.md names %s, which does not exist", m)
	}
	for _, s := range all {
		if s.ast == nil || !s.test || s.dir == "internal/archtest" {
			continue
		}
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && strings.HasPrefix(f.Name.Name, "TestAttack") && !strings.Contains(text, "`"+s.dir+"."+f.Name.Name+"`") {
				t.Errorf("docs/security.md does not name %s.%s", s.dir, f.Name.Name)
			}
		}
	}
}

func TestAttackTableCanFail(t *testing.T) {
	t.Parallel()
	all := parseAll(map[string]string{"sub/a_test.go": "package sub\nfunc TestThere() {}\n"})
	missing, named := missingTests(all, "`sub.TestThere`, `sub.TestGone`, `pub.TestThere`")
	if named != 3 || len(missing) != 2 || missing[0] != "sub.TestGone" || missing[1] != "pub.TestThere" {
		t.Errorf("missingTests = %q of %d, want sub.TestGone and pub.TestThere of 3", missing, named)
	}
}
