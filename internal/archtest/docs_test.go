package archtest

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// checkPackageDocs wants a package comment in every package.
func checkPackageDocs(all []*source) []violation {
	documented := map[string]bool{}
	first := map[string]*source{}
	for _, s := range all {
		if s.ast == nil || s.test {
			continue
		}
		if first[s.dir] == nil {
			first[s.dir] = s
		}
		if text := s.ast.Doc.Text(); strings.HasPrefix(text, "Package "+s.ast.Name.Name) || s.ast.Name.Name == "main" && text != "" {
			documented[s.dir] = true
		}
	}
	var out []violation
	for _, dir := range slices.Sorted(maps.Keys(first)) {
		if !documented[dir] {
			s := first[dir]
			out = append(out, s.at(s.ast.Package, "package %s has no package comment", s.ast.Name.Name))
		}
	}
	return out
}

// checkDocs wants a comment on every exported type, function, method of an
// exported type, constant and variable. A comment on a group counts for all
// its members.
func checkDocs(all []*source) []violation {
	var out []violation
	for _, s := range all {
		if !s.code() {
			continue
		}
		for _, d := range s.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc.Text() == "" && exportedReceiver(d) {
					out = append(out, s.at(d.Pos(), "exported %s has no doc comment", d.Name.Name))
				}
			case *ast.GenDecl:
				if d.Tok != token.IMPORT && d.Doc.Text() == "" {
					out = append(out, s.undocumented(d)...)
				}
			}
		}
	}
	return out
}

func (s *source) undocumented(d *ast.GenDecl) []violation {
	var out []violation
	for _, spec := range d.Specs {
		var names []*ast.Ident
		var docs *ast.CommentGroup
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			names, docs = []*ast.Ident{spec.Name}, spec.Doc
		case *ast.ValueSpec:
			names, docs = spec.Names, spec.Doc
			if docs == nil {
				docs = spec.Comment
			}
		}
		for _, name := range names {
			if name.IsExported() && docs.Text() == "" {
				out = append(out, s.at(name.Pos(), "exported %s has no doc comment", name.Name))
			}
		}
	}
	return out
}

// exportedReceiver is also true for functions.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return true
	}
	exported := false
	ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			exported = id.IsExported()
			return false
		}
		_, isIndex := n.(*ast.IndexExpr)
		_, isList := n.(*ast.IndexListExpr)
		_, isStar := n.(*ast.StarExpr)
		return isIndex || isList || isStar
	})
	return exported
}
