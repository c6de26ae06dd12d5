package admin

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// schemas checks values against the part of JSON Schema that openapi.json
// uses. A keyword it does not know is an error.
type schemas struct{ document map[string]any }

// resolve follows a $ref within the document.
func (s schemas) resolve(v any) (map[string]any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%v is not an object", v)
	}
	ref, ok := m["$ref"].(string)
	if !ok {
		return m, nil
	}
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil, fmt.Errorf("$ref %s leads out of the document", ref)
	}
	var at any = s.document
	for step := range strings.SplitSeq(path, "/") {
		m, ok := at.(map[string]any)
		if !ok || m[step] == nil {
			return nil, fmt.Errorf("$ref %s leads nowhere", ref)
		}
		at = m[step]
	}
	return s.resolve(at)
}

// check returns why v, decoded with encoding/json, does not have the schema.
func (s schemas) check(schema, v any) error {
	m, err := s.resolve(schema)
	if err != nil {
		return err
	}
	for _, keyword := range slices.Sorted(maps.Keys(m)) {
		if err := s.keyword(m, keyword, v); err != nil {
			return err
		}
	}
	return nil
}

func (s schemas) keyword(schema map[string]any, keyword string, v any) error {
	want := schema[keyword]
	bad := fmt.Errorf("%v: %s is %v", v, keyword, want)
	switch keyword {
	case "description", "default", "contentEncoding":
		return nil
	case "type":
		return typeIs(want, v)
	case "enum":
		if !slices.ContainsFunc(want.([]any), func(e any) bool { return reflect.DeepEqual(e, v) }) {
			return bad
		}
	case "minimum", "maximum":
		n, ok := v.(float64)
		if ok && (keyword == "minimum" && n < want.(float64) || keyword == "maximum" && n > want.(float64)) {
			return bad
		}
	case "minLength", "maxLength":
		text, ok := v.(string)
		n := float64(utf8.RuneCountInString(text))
		if ok && (keyword == "minLength" && n < want.(float64) || keyword == "maxLength" && n > want.(float64)) {
			return bad
		}
	case "items":
		list, _ := v.([]any)
		for i := range list {
			if err := s.check(want, list[i]); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
	case "properties", "required", "additionalProperties":
		if object, ok := v.(map[string]any); ok {
			return s.members(schema, keyword, object)
		}
	default:
		return fmt.Errorf("keyword %s is not known here", keyword)
	}
	return nil
}

func (s schemas) members(schema map[string]any, keyword string, object map[string]any) error {
	known, _ := schema["properties"].(map[string]any)
	switch keyword {
	case "required":
		for _, name := range schema[keyword].([]any) {
			if _, ok := object[name.(string)]; !ok {
				return fmt.Errorf("%s is missing", name)
			}
		}
	case "additionalProperties":
		for name := range object {
			if schema[keyword] == false && known[name] == nil {
				return fmt.Errorf("%s is not in the schema", name)
			}
		}
	case "properties":
		for name, v := range object {
			if known[name] == nil {
				continue
			}
			if err := s.check(known[name], v); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// typeIs checks v against one type or a list of them.
func typeIs(want, v any) error {
	if list, ok := want.([]any); ok {
		if slices.ContainsFunc(list, func(one any) bool { return typeIs(one, v) == nil }) {
			return nil
		}
		return fmt.Errorf("%v is none of %v", v, list)
	}
	got := "null"
	switch v := v.(type) {
	case string:
		got = "string"
	case bool:
		got = "boolean"
	case []any:
		got = "array"
	case map[string]any:
		got = "object"
	case float64:
		got = "number"
		if v == math.Trunc(v) && want == "integer" {
			got = "integer"
		}
	}
	if got != want {
		return fmt.Errorf("%v is a %s, want %v", v, got, want)
	}
	return nil
}

func TestSchemaCheckerCanFail(t *testing.T) {
	t.Parallel()
	s := schemas{map[string]any{"a": map[string]any{"type": "string"}}}
	tests := []struct {
		schema, value string
		ok            bool
	}{
		{`{}`, `1`, true},
		{`{"type":"string"}`, `"x"`, true},
		{`{"type":"string"}`, `1`, false},
		{`{"type":"integer"}`, `1`, true},
		{`{"type":"integer"}`, `1.5`, false},
		{`{"type":"number"}`, `1`, true},
		{`{"type":["string","integer"]}`, `1`, true},
		{`{"type":["string","integer"]}`, `true`, false},
		{`{"type":"object"}`, `[]`, false},
		{`{"type":"boolean"}`, `null`, false},
		{`{"enum":[1,2]}`, `2`, true},
		{`{"enum":[1,2]}`, `3`, false},
		{`{"minimum":1,"maximum":2}`, `2`, true},
		{`{"minimum":1}`, `0`, false},
		{`{"maximum":2}`, `3`, false},
		{`{"minLength":1}`, `""`, false},
		{`{"maxLength":1}`, `"ü"`, true},
		{`{"maxLength":1}`, `"ab"`, false},
		{`{"items":{"type":"string"}}`, `["a",1]`, false},
		{`{"required":["a"]}`, `{}`, false},
		{`{"properties":{"a":{"type":"string"}},"additionalProperties":false}`, `{"a":"x"}`, true},
		{`{"properties":{"a":{"type":"string"}},"additionalProperties":false}`, `{"b":"x"}`, false},
		{`{"properties":{"a":{"type":"string"}}}`, `{"a":1}`, false},
		{`{"$ref":"#/a"}`, `"x"`, true},
		{`{"$ref":"#/a"}`, `1`, false},
		{`{"$ref":"#/b"}`, `1`, false},
		{`{"pattern":"a"}`, `"a"`, false},
	}
	for _, tc := range tests {
		if err := s.check(parse(t, tc.schema), parse(t, tc.value)); (err == nil) != tc.ok {
			t.Errorf("check(%s, %s) = %v, want ok %v", tc.schema, tc.value, err, tc.ok)
		}
	}
}

func parse(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
