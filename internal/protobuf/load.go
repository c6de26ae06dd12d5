package protobuf

import (
	"errors"
	"io/fs"
	"strings"
)

// mostFiles is how many files a schema may have.
const mostFiles = 1000

// Load reads a file, by name, and what it imports. Errors of open that are
// fs.ErrNotExist are none for the files that come with Protocol Buffers, such as
// google/protobuf/timestamp.proto.
func Load(name string, open func(name string) ([]byte, error)) (*Schema, error) {
	s := &Schema{file: name, messages: map[string]*Message{}}
	l := &loader{schema: s, enums: map[string]*enum{}, open: open, state: map[string]bool{}}
	main, err := l.load(name)
	if err == nil {
		err = l.link()
	}
	if err != nil {
		return nil, err
	}
	s.top = main.messages
	return s, nil
}

// loader puts files together.
type loader struct {
	schema *Schema
	enums  map[string]*enum
	files  []*file
	open   func(string) ([]byte, error)
	state  map[string]bool // the files that were begun; true when done
}

// load reads a file and those it imports.
func (l *loader) load(name string) (*file, error) {
	if len(l.state) == mostFiles {
		return nil, errors.New("a schema of too many files")
	}
	l.state[name] = false
	text, err := l.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		if known, ok := standard(name); ok {
			text, err = []byte(known), nil
		}
	}
	if err != nil {
		return nil, err
	}
	f, err := parse(name, string(text))
	if err != nil {
		return nil, err
	}
	for _, imported := range f.imports {
		done, begun := l.state[imported.text]
		switch {
		case begun && !done:
			return nil, imported.at.errorf("%s imports itself", imported.text)
		case begun:
			continue
		}
		if _, err := l.load(imported.text); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = imported.at.errorf("import %q: %w", imported.text, err)
			}
			return nil, err
		}
	}
	l.state[name] = true
	l.files = append(l.files, f)
	return f, l.declare(f)
}

// declare enters the names of a file.
func (l *loader) declare(f *file) error {
	var err error
	add := func(name string) {
		if _, ok := l.enums[name]; ok || l.schema.messages[name] != nil {
			err = errors.New(name + " is described twice")
		}
	}
	eachMessage(f.messages, func(m *Message) {
		add(m.name)
		l.schema.messages[m.name] = m
	})
	for _, e := range f.enums {
		add(e.name)
		l.enums[e.name] = e
	}
	return err
}

// lookup finds the full name of a message or an enumeration that a scope calls
// by name: in the scope itself, in what that stands in, and so on.
func (l *loader) lookup(scope, name string) string {
	if absolute, ok := strings.CutPrefix(name, "."); ok {
		return absolute
	}
	for {
		full := join(scope, name)
		if _, isEnum := l.enums[full]; isEnum || l.schema.messages[full] != nil || scope == "" {
			return full
		}
		i := strings.LastIndexByte(scope, '.')
		scope = scope[:max(i, 0)]
	}
}
