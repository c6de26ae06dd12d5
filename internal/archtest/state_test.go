package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// checkInit refuses init functions: a program that is called in loops does no
// work before main.
func checkInit(all []*source) []violation {
	var out []violation
	for _, s := range all {
		if !s.code() {
			continue
		}
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				out = append(out, s.at(f.Pos(), "init function: do it where it is needed"))
			}
		}
	}
	return out
}

// checkGlobals allows package-level variables that are tables of constants,
// error values and embedded files, as long as nothing assigns to them. A
// sync.Pool is allowed too: nobody can tell what is in it.
func checkGlobals(all []*source) []violation {
	var out []violation
	globals := map[string]map[string]*ast.ValueSpec{} // folder → name
	for _, s := range all {
		if !s.code() {
			continue
		}
		for _, d := range s.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if why := mutable(g, v); why != "" {
					out = append(out, s.at(v.Pos(), "package-level variable %s: %s", v.Names[0].Name, why))
				}
				if globals[s.dir] == nil {
					globals[s.dir] = map[string]*ast.ValueSpec{}
				}
				for _, name := range v.Names {
					if name.Name != "_" {
						globals[s.dir][name.Name] = v
					}
				}
			}
		}
	}
	for _, s := range all {
		if s.code() {
			out = append(out, s.assignments(globals[s.dir])...)
		}
	}
	return out
}

// mutable returns why v is or may be state, or "" when it is a constant table.
func mutable(g *ast.GenDecl, v *ast.ValueSpec) string {
	if v.Names[0].Name == "_" || embedded(g.Doc) || embedded(v.Doc) {
		return ""
	}
	if why := stateful(v.Type); why != "" {
		return why
	}
	if len(v.Values) == 0 && !pool(v.Type) {
		return "it has no value, so it is state"
	}
	sentinel := strings.HasPrefix(strings.ToLower(v.Names[0].Name), "err")
	for _, e := range v.Values {
		if why := initialiser(e); why != "" && !(sentinel && pointerToLiteral(e)) {
			return why
		}
	}
	return ""
}

// pointerToLiteral allows error values such as &mqtt.ReasonError{…}.
func pointerToLiteral(e ast.Expr) bool {
	u, ok := e.(*ast.UnaryExpr)
	if !ok || u.Op != token.AND {
		return false
	}
	_, ok = u.X.(*ast.CompositeLit)
	return ok
}

func embedded(c *ast.CommentGroup) bool {
	return c != nil && slices.ContainsFunc(c.List, func(l *ast.Comment) bool { return strings.HasPrefix(l.Text, "//go:embed ") })
}

// stateful looks for types that exist to be changed.
func stateful(t ast.Expr) string {
	why := ""
	if t == nil {
		return why
	}
	ast.Inspect(t, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StarExpr:
			why = "a pointer is state"
		case *ast.ChanType:
			why = "a channel is state"
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && (x.Name == "sync" || x.Name == "atomic") && n.Sel.Name != "Pool" {
				why = x.Name + "." + n.Sel.Name + " is state"
			}
		case *ast.FuncType, *ast.StructType:
			return false
		}
		return true
	})
	return why
}

// pool reports whether t is a sync.Pool or an array of them.
func pool(t ast.Expr) bool {
	if a, ok := t.(*ast.ArrayType); ok {
		t = a.Elt
	}
	return dotted(t) == "sync.Pool"
}

// pureCalls may initialise a variable: they are cheap and their results are
// never changed.
var pureCalls = []string{"errors.New", "fmt.Errorf", "strings.NewReplacer", "len", "cap"}

// initialiser returns why e cannot be the value of a constant table.
func initialiser(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return "a pointer is state"
		}
		return initialiser(e.X)
	case *ast.CallExpr:
		switch e.Fun.(type) {
		case *ast.ArrayType, *ast.MapType, *ast.InterfaceType, *ast.ParenExpr:
			return "" // a conversion
		}
		if name := dotted(e.Fun); !slices.Contains(pureCalls, name) {
			return name + " is called before main: call it where it is needed"
		}
	case *ast.CompositeLit:
		return stateful(e.Type)
	}
	return ""
}

// dotted returns the text of a name such as "errors.New".
func dotted(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return dotted(e.X) + "." + e.Sel.Name
	}
	return "a function"
}

// assignments finds what changes one of the package's globals.
func (s *source) assignments(globals map[string]*ast.ValueSpec) []violation {
	var out []violation
	report := func(e ast.Expr) {
		id := base(e)
		if id == nil {
			return
		}
		spec := globals[id.Name]
		if spec != nil && (id.Obj == nil || id.Obj.Decl == spec) {
			out = append(out, s.at(id.Pos(), "package-level variable %s is changed here", id.Name))
		}
	}
	ast.Inspect(s.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, e := range n.Lhs {
					report(e)
				}
			}
		case *ast.IncDecStmt:
			report(n.X)
		case *ast.UnaryExpr:
			if _, element := n.X.(*ast.IndexExpr); n.Op == token.AND && !element {
				report(n.X)
			}
		case *ast.CallExpr:
			if name := dotted(n.Fun); (name == "delete" || name == "clear") && len(n.Args) > 0 {
				report(n.Args[0])
			}
		}
		return true
	})
	return out
}

// base returns x of x, x[i], x.f, *x and their combinations.
func base(e ast.Expr) *ast.Ident {
	for {
		switch v := e.(type) {
		case *ast.Ident:
			return v
		case *ast.IndexExpr:
			e = v.X
		case *ast.SelectorExpr:
			e = v.X
		case *ast.StarExpr:
			e = v.X
		case *ast.ParenExpr:
			e = v.X
		default:
			return nil
		}
	}
}
