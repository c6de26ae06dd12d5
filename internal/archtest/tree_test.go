package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the import path of the repository's root.
const module = "mqt"

// source is one Go file of the repository.
type source struct {
	path  string // from the repository's root, with slashes
	dir   string // path of the package's folder, "." for the root
	test  bool   // a _test.go file
	lines int
	fset  *token.FileSet
	ast   *ast.File // nil when the file does not parse
	err   error
}

// violation is one broken rule.
type violation struct {
	at  string // file:line
	say string
}

func (v violation) String() string { return v.at + ": " + v.say }

// rule is a check of all sources at once.
type rule struct {
	name  string
	check func([]*source) []violation
}

func (s *source) at(p token.Pos, format string, args ...any) violation {
	return violation{
		at:  fmt.Sprintf("%s:%d", s.path, s.fset.Position(p).Line),
		say: fmt.Sprintf(format, args...),
	}
}

// generated reports whether the file carries the "Code generated" line.
func (s *source) generated() bool { return s.ast != nil && ast.IsGenerated(s.ast) }

// code reports whether rules about hand-written non-test code apply.
func (s *source) code() bool { return s.ast != nil && !s.test && !s.generated() }

func parse(name string, text []byte) *source {
	s := &source{
		path:  name,
		dir:   path.Dir(name),
		test:  strings.HasSuffix(name, "_test.go"),
		lines: strings.Count(string(text), "\n"),
		fset:  token.NewFileSet(),
	}
	s.ast, s.err = parser.ParseFile(s.fset, name, text, parser.ParseComments)
	if s.err != nil {
		s.ast = nil
	}
	return s
}

// parseAll parses files given as name → text, in the order of their names.
func parseAll(files map[string]string) []*source {
	var all []*source
	for name, text := range files {
		all = append(all, parse(name, []byte(text)))
	}
	slices.SortFunc(all, func(a, b *source) int { return cmp.Compare(a.path, b.path) })
	return all
}

// root returns the repository's root: the nearest folder with a go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}

// walk calls visit for each file that belongs to the repository.
func walk(t *testing.T, visit func(name string, text []byte)) {
	t.Helper()
	top := root(t)
	err := filepath.WalkDir(top, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(top, p)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel == ".git" || rel == "bin" || rel == "dist" {
				return filepath.SkipDir
			}
			return nil
		}
		if rel == ".git" || !d.Type().IsRegular() { // .git is a file in a linked worktree
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		visit(rel, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// load parses every Go file of the repository outside testdata.
func load(t *testing.T) []*source {
	t.Helper()
	var all []*source
	walk(t, func(name string, text []byte) {
		if strings.HasSuffix(name, ".go") && !strings.Contains(name, "testdata/") {
			all = append(all, parse(name, text))
		}
	})
	if len(all) < 20 {
		t.Fatalf("found only %d Go files: the walk is broken", len(all))
	}
	return all
}
