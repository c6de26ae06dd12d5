package archtest

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
)

// mains are the packages that may end the process.
var mains = []string{"cmd/mqt", "internal/peers", "internal/peers/clients", "internal/generate"}

var exits = []string{"os.Exit", "syscall.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln"}

// checkExit refuses calls that end the process anywhere but in main.
func checkExit(all []*source) []violation {
	var out []violation
	for _, s := range all {
		if !s.code() || slices.Contains(mains, s.dir) {
			continue
		}
		s.calls(func(c *ast.CallExpr, name string) {
			if slices.Contains(exits, name) {
				out = append(out, s.at(c.Pos(), "%s: return an error, only main ends the process", name))
			}
		})
	}
	return out
}

// checkSleep refuses tests that wait by sleeping. In a file that uses
// testing/synctest sleeping moves the fake clock, and costs nothing.
func checkSleep(all []*source) []violation {
	var out []violation
	for _, s := range all {
		if s.ast == nil || !s.test || s.imports("testing/synctest") {
			continue
		}
		s.calls(func(c *ast.CallExpr, name string) {
			if name == "time.Sleep" {
				out = append(out, s.at(c.Pos(), "time.Sleep in a test: wait for what must happen, or use testing/synctest"))
			}
		})
	}
	return out
}

func (s *source) calls(visit func(c *ast.CallExpr, name string)) {
	ast.Inspect(s.ast, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			visit(c, dotted(c.Fun))
		}
		return true
	})
}

func (s *source) imports(name string) bool {
	return slices.ContainsFunc(s.ast.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == strconv.Quote(name) })
}

// checkShadows refuses local variables and parameters that hide a package
// which the file imports.
func checkShadows(all []*source) []violation {
	var out []violation
	for _, s := range all {
		if !s.code() {
			continue
		}
		packages := map[string]bool{}
		for _, i := range s.ast.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			name = path.Base(name)
			if i.Name != nil {
				name = i.Name.Name
			}
			packages[name] = name != "_" // that one has no name to hide
		}
		report := func(ids ...*ast.Ident) {
			for _, id := range ids {
				if packages[id.Name] {
					out = append(out, s.at(id.Pos(), "%s hides the package of that name", id.Name))
				}
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok.String() == ":=" {
					for _, e := range n.Lhs {
						if id, ok := e.(*ast.Ident); ok {
							report(id)
						}
					}
				}
			case *ast.RangeStmt:
				for _, e := range []ast.Expr{n.Key, n.Value} {
					if id, ok := e.(*ast.Ident); ok {
						report(id)
					}
				}
			case *ast.FuncType:
				for _, f := range n.Params.List {
					report(f.Names...)
				}
			case *ast.ValueSpec:
				report(n.Names...)
			}
			return true
		})
	}
	return out
}
