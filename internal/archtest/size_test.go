package archtest

import "go/ast"

// The hard limits. Long before them, split: one idea a file, one screen a
// function.
const (
	maxFileLines     = 400
	maxTestFileLines = 600
	maxFuncLines     = 60
	maxParameters    = 4
)

func checkFileSizes(all []*source) []violation {
	var out []violation
	for _, s := range all {
		limit := maxFileLines
		if s.test {
			limit = maxTestFileLines
		}
		if s.ast != nil && !s.generated() && s.lines > limit {
			out = append(out, s.at(s.ast.FileEnd-1, "file has %d lines, the limit is %d: split it by idea", s.lines, limit))
		}
	}
	return out
}

func checkFunctions(all []*source) []violation {
	var out []violation
	for _, s := range all {
		if !s.code() {
			continue
		}
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1
			if lines > maxFuncLines {
				out = append(out, s.at(f.Pos(), "function %s has %d lines, the limit is %d", f.Name.Name, lines, maxFuncLines))
			}
			if n := f.Type.Params.NumFields(); n > maxParameters {
				out = append(out, s.at(f.Pos(), "function %s has %d parameters, the limit is %d: use a struct", f.Name.Name, n, maxParameters))
			}
		}
	}
	return out
}
