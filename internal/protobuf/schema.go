package protobuf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Schema is what a file describes, with all that it imports. It is read-only.
type Schema struct {
	file     string
	top      []*Message          // of the file itself
	messages map[string]*Message // of all files, by full name
}

// Message describes a message.
type Message struct {
	name   string   // with the package
	fields []*field // in the order of the file; extensions last, by name
	nested []*Message

	isMap    bool // an entry of a map: field 1 is the key, field 2 the value
	byNumber map[uint64]int
}

type kind uint8

// The kinds of fields. kindNamed is one until links resolves it to
// kindMessage or kindEnum.
const (
	kindNamed kind = iota
	kindDouble
	kindFloat
	kindInt32
	kindInt64
	kindUint32
	kindUint64
	kindSint32
	kindSint64
	kindFixed32
	kindFixed64
	kindSfixed32
	kindSfixed64
	kindBool
	kindString
	kindBytes
	kindEnum
	kindMessage
	kindGroup
)

// scalar returns the kind that a word of the language names.
func scalar(word string) (kind, bool) {
	words := [...]string{kindDouble: "double", kindFloat: "float", kindInt32: "int32", kindInt64: "int64", kindUint32: "uint32",
		kindUint64: "uint64", kindSint32: "sint32", kindSint64: "sint64", kindFixed32: "fixed32", kindFixed64: "fixed64",
		kindSfixed32: "sfixed32", kindSfixed64: "sfixed64", kindBool: "bool", kindString: "string", kindBytes: "bytes"}
	i := slices.Index(words[1:], word)
	return kind(i + 1), i >= 0
}

type field struct {
	name, json string
	number     uint64
	kind       kind
	repeated   bool // a map too
	implicit   bool // it is there when it is not zero
	lax        bool // a string may be of any bytes, until it is shown
	delimited  bool // a message is encoded as a group
	oneof      int  // which of its message's, from 1; 0: none
	message    *Message
	enum       *enum

	typeName string // as the file says it, of kindNamed
	scope    string // where the file says it
	extends  string // the message that it is added to, as the file says it
	at       position
}

type enum struct {
	name  string
	names map[int32]string // the first name of each number
}

// Message returns the message with the name, which needs no package when it is
// the only one of its kind; without a name, the only message at the top.
func (s *Schema) Message(name string) (*Message, error) {
	if name == "" && len(s.top) == 1 {
		return s.top[0], nil
	}
	var found []*Message
	var names []string
	eachMessage(s.top, func(m *Message) {
		names = append(names, m.name)
		if name != "" && (m.name == name || strings.HasSuffix(m.name, "."+name)) {
			found = append(found, m)
		}
	})
	exact := slices.IndexFunc(found, func(m *Message) bool { return m.name == name })
	switch {
	case exact >= 0:
		return found[exact], nil
	case len(found) == 1:
		return found[0], nil
	case len(names) == 0:
		return nil, errors.New(s.file + " describes no message")
	case name == "":
		return nil, fmt.Errorf("%s describes more than one message: name one of %s", s.file, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%s does not describe one message %q: name one of %s", s.file, name, strings.Join(names, ", "))
}

// eachMessage visits messages and those that are described inside of them, but
// not the entries of maps.
func eachMessage(ms []*Message, visit func(*Message)) {
	for _, m := range ms {
		if !m.isMap {
			visit(m)
			eachMessage(m.nested, visit)
		}
	}
}
