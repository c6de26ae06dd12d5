package plan

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parser reads one file.
type parser struct {
	name  string
	known []string // keys of settings
}

// document returns what the only document of a file contains.
func (p parser) document(data []byte) (*yaml.Node, error) {
	var doc, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	err := d.Decode(&doc)
	if err == nil {
		switch again := d.Decode(&more); {
		case again == nil:
			return nil, p.errorAt(&more, "a second document begins here", "give the file one list of runs instead")
		case !errors.Is(again, io.EOF):
			err = again
		}
	}
	if errors.Is(err, io.EOF) || err == nil && (len(doc.Content) == 0 || doc.Content[0].Tag == "!!null") {
		return nil, &Error{p.name, 0, "the file says nothing", `begin with "scenario: p2p", for example`}
	}
	if err != nil {
		return nil, p.yamlError(err)
	}
	return doc.Content[0], nil
}

// yamlError gives the decoder's error, "yaml: line 3: text", the form of ours.
func (p parser) yamlError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &Error{File: p.name, Text: "this is not YAML: " + text}
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		number, what, _ := strings.Cut(rest, ": ")
		if line, err := strconv.Atoi(number); err == nil {
			e.Line, e.Text = line, "this is not YAML: "+what
		}
	}
	return e
}

func (p parser) errorAt(at *yaml.Node, text, hint string) error {
	return &Error{p.name, at.Line, text, hint}
}
