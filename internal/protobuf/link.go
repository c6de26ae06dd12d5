package protobuf

import (
	"slices"
	"strings"
)

// link resolves what fields refer to.
func (l *loader) link() error {
	for _, f := range l.files {
		for _, field := range f.fields {
			if err := l.resolve(field); err != nil {
				return err
			}
		}
		for _, field := range f.extensions {
			m := l.schema.messages[l.lookup(field.scope, field.extends)]
			if m == nil {
				return field.at.errorf("unknown message %s", field.extends)
			}
			m.fields = append(m.fields, field)
		}
	}
	for _, m := range l.schema.messages {
		if err := m.index(); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) resolve(f *field) error {
	if f.kind == kindNamed {
		full := l.lookup(f.scope, f.typeName)
		f.message, f.enum = l.schema.messages[full], l.enums[full]
		switch {
		case f.message != nil:
			f.kind = kindMessage
			if f.delimited {
				f.kind = kindGroup
			}
		case f.enum != nil:
			f.kind = kindEnum
		default:
			return f.at.errorf("unknown type %s", f.typeName)
		}
	}
	if f.kind == kindMessage || f.kind == kindGroup || f.repeated || f.oneof > 0 {
		f.implicit = false
	}
	if f.message != nil && f.message.isMap {
		return f.message.index()
	}
	return nil
}

// index finds fields by number, once they are complete.
func (m *Message) index() error {
	slices.SortStableFunc(m.fields, func(a, b *field) int {
		switch {
		case a.extends == "" && b.extends == "":
			return 0
		case a.extends == "":
			return -1
		case b.extends == "":
			return 1
		}
		return strings.Compare(a.json, b.json)
	})
	m.byNumber = make(map[uint64]int, len(m.fields))
	for i, f := range m.fields {
		if _, has := m.byNumber[f.number]; has {
			return f.at.errorf("%s has two fields with the number %d", m.name, f.number)
		}
		m.byNumber[f.number] = i
	}
	return nil
}
