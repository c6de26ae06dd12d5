package protobuf

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// FuzzLoad reads foreign schemas: what is taken here and by a compiler has the
// same messages.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"three.proto", "two.proto", "edition.proto"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(`syntax = "proto3"; package p; message M { repeated int32 a = 1; oneof o { M m = 2; } map<string, E> e = 3; enum E { Z = 0; } }`)
	f.Add("message M { required group G = 1 { optional bytes b = 1; } extensions 5; } extend M { optional sint64 x = 5; }")
	f.Fuzz(func(t *testing.T, schema string) {
		s, err := Load("f.proto", func(name string) ([]byte, error) {
			if name == "f.proto" {
				return []byte(schema), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		})
		if err != nil {
			return
		}
		var got []string
		eachMessage(s.top, func(m *Message) {
			got = append(got, describe(m)...)
			_, _, _ = s.AppendJSON(nil, m, []byte("\x0a\x02\x08\x01"), deep)
		})
		want, ok := compiled(t, schema)
		slices.Sort(got)
		if slices.Sort(want); ok && !slices.Equal(got, want) {
			t.Errorf("Load(%q) describes\n  %s, want\n  %s", schema, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
	})
}

// describe says which fields a message has, but for extensions.
func describe(m *Message) []string {
	out := []string{m.name}
	for _, d := range m.fields {
		if d.extends != "" {
			continue
		}
		of := ""
		switch {
		case d.message != nil && !d.message.isMap:
			of = d.message.name
		case d.enum != nil:
			of = d.enum.name
		}
		out = append(out, fmt.Sprintf("%s.%s %s %d %t %s", m.name, d.name, d.json, d.number, d.repeated, of))
	}
	return out
}

// compiled says the same as the compiler has it, and whether it has it.
func compiled(t *testing.T, schema string) (out []string, ok bool) {
	c := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{"f.proto": schema})})}
	files, err := c.Compile(t.Context(), "f.proto")
	if err != nil {
		return nil, false
	}
	var walk func(protoreflect.MessageDescriptors)
	walk = func(all protoreflect.MessageDescriptors) {
		for i := range all.Len() {
			m := all.Get(i)
			if m.IsMapEntry() {
				continue
			}
			out = append(out, string(m.FullName()))
			for i := range m.Fields().Len() {
				d := m.Fields().Get(i)
				of := protoreflect.FullName("")
				switch {
				case d.Message() != nil && !d.IsMap():
					of = d.Message().FullName()
				case d.Enum() != nil:
					of = d.Enum().FullName()
				}
				repeated := d.Cardinality() == protoreflect.Repeated
				out = append(out, fmt.Sprintf("%s.%s %s %d %t %s", m.FullName(), d.Name(), d.JSONName(), d.Number(), repeated, of))
			}
			walk(m.Messages())
		}
	}
	walk(files[0].Messages())
	return out, true
}
