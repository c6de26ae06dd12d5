package protobuf

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// TestLoadErrors: what a schema lacks is told by place.
func TestLoadErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"syntax = \"proto3\";\nmessage {", `f.proto:2:9: syntax error: unexpected "{"`},
		{"message A { optional int32 a = 1;", "f.proto:1:34: syntax error: unexpected end of file"},
		{"message A { optional B b = 1; }", "f.proto:1:13: unknown type B"},
		{"message A { optional int32 a = 0; }", "f.proto:1:32: 0 is no number of a field"},
		{"message A { optional int32 a = 1; optional int32 b = 1; }", "f.proto:1:35: A has two fields with the number 1"},
		{"message A {} enum A { X = 0; }", "A is described twice"},
		{"enum A { X = 3000000000; }", "f.proto:1:14: 3000000000 is no number of a value"},
		{"extend A { optional int32 a = 1; }", "f.proto:1:12: unknown message A"},
		{"message A { map<double, int32> a = 1; }", "f.proto:1:17: a map needs integers, booleans or strings as keys"},
		{"syntax = \"proto4\";", `f.proto:1:1: unknown syntax "proto4": proto2 and proto3 are known`},
		{"message A { /* }", "f.proto:1:13: syntax error: a comment without its end"},
		{"import 'x", "f.proto:1:8: syntax error: a string without its end"},
		{"import 'f.proto';", "f.proto:1:8: f.proto imports itself"},
		{"\n import 'lost.proto';", `f.proto:2:9: import "lost.proto": open lost.proto: file does not exist`},
		{strings.Repeat("message A {", 200), "f.proto:1:1111: more than 100 levels of nesting"},
	} {
		_, err := Load("f.proto", func(name string) ([]byte, error) {
			if name != "f.proto" {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
			}
			return []byte(tt.text), nil
		})
		if fmt.Sprint(err) != tt.want {
			t.Errorf("Load(%.60q) error = %v, want %s", tt.text, err, tt.want)
		}
	}
}

// TestDeep: messages may be nested as deep as the caller says, and no deeper.
func TestDeep(t *testing.T) {
	t.Parallel()
	s, err := Load("f.proto", func(string) ([]byte, error) { return []byte("message A { optional A a = 1; repeated A b = 2; }"), nil })
	if err != nil {
		t.Fatal(err)
	}
	data := []byte{8 << 1, 1} // a field that is not known
	for n := 1; n <= 20; n++ {
		if _, _, err := s.AppendJSON(nil, s.top[0], data, 10); (err == nil) != (n <= 10) {
			t.Errorf("%d messages inside of each other: error = %v", n, err)
		}
		data = append([]byte{1<<3 | wireBytes, byte(len(data))}, data...)
	}
}
