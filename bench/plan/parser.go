package plan

import (
	"errors"

	"github.com/goccy/go-yaml/ast"
	yaml "github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// parser reads one file.
type parser struct {
	name  string
	known []string // keys of settings
}

// document returns what the only document of a file contains.
func (p parser) document(data []byte) (ast.Node, error) {
	file, err := yaml.ParseBytes(data, 0, yaml.AllowDuplicateMapKey())
	if err != nil {
		return nil, p.yamlError(err)
	}
	var docs []*ast.DocumentNode
	for _, d := range file.Docs {
		if d.Body != nil {
			docs = append(docs, d)
		}
	}
	switch {
	case len(docs) == 0 || docs[0].Body.Type() == ast.NullType:
		return nil, &Error{p.name, 0, "the file says nothing", `begin with "scenario: p2p", for example`}
	case len(docs) > 1:
		return nil, p.errorAt(docs[1], "a second document begins here", "give the file one list of runs instead")
	}
	return docs[0].Body, nil
}

// yamlError gives an error of the library the form of ours.
func (p parser) yamlError(err error) error {
	e := &Error{File: p.name, Text: "this is not YAML: " + err.Error()}
	var syntax interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if errors.As(err, &syntax) {
		e.Text = "this is not YAML: " + syntax.GetMessage()
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			e.Line = t.Position.Line
		}
	}
	return e
}

func (p parser) errorAt(at ast.Node, text, hint string) error {
	return &Error{p.name, line(at), text, hint}
}

// line returns where a node begins, from 1; 0 when the library does not know.
func line(n ast.Node) int {
	t := n.GetToken()
	switch n := n.(type) {
	case *ast.DocumentNode:
		t = n.Start
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return line(n.Values[0])
		}
	case *ast.MappingValueNode:
		return line(n.Key)
	}
	if t == nil || t.Position == nil {
		return 0
	}
	return t.Position.Line
}

// scalar returns the text of a string, a number, true or false as it stands in
// the file, and whether the node is one.
func scalar(n ast.Node) (text string, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	case *ast.MergeKeyNode:
		return n.Token.Value, true
	case *ast.AnchorNode:
		return scalar(n.Value)
	case *ast.TagNode:
		return scalar(n.Value)
	}
	return "", false
}

// pairs returns the keys and values of a mapping, and whether the node is one.
func pairs(n ast.Node) (all []*ast.MappingValueNode, ok bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}
