package result

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(JSONSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

func TestResultsAreValid(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	searched := sample()
	searched.Search = &Search{Pass: ptr(84e3), Fail: ptr(86.5e3), Trial: []Trial{{Rate: 84e3, Generator: OK, SLO: searched.Verdict.SLO}, {Generator: Limited}}}
	empty := &Result{Verdict: Verdict{Generator: OK}}
	for name, r := range map[string]*Result{"full": sample(), "searched": searched, "empty": empty} {
		if err := validate(t, s, written(t, r)); err != nil {
			t.Errorf("%s result: %v", name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	s, good := compiled(t), written(t, sample())
	for from, to := range map[string]string{
		`"sent": 1002`:       `"sent": 1.5`,
		`"version": "1.0.0"`: `"version": "2.0.0"`,
		`"qos": 1,`:          ``,
		`"generator": "OK"`:  `"generator": "fine"`,
		`"cpu": 0.5`:         `"cpu": "half"`,
		`"expression": "l`:   `"expr": "l`,
	} {
		if text := strings.Replace(good, from, to, 1); text == good || validate(t, s, text) == nil {
			t.Errorf("a result with %s instead of %s is valid", to, from)
		}
	}
}

// node is what the test below looks at of a schema.
type node struct {
	Ref         string `json:"$ref"`
	Description string
	Properties  map[string]*node
	Required    []string
	Items       *node
	OneOf       []*node
	Defs        map[string]*node `json:"$defs"`
}

// TestSchemaIsComplete walks the types and the schema together: a field that
// one of them lacks, or that is not described, is an error.
func TestSchemaIsComplete(t *testing.T) {
	t.Parallel()
	var root node
	if err := json.Unmarshal([]byte(JSONSchema), &root); err != nil {
		t.Fatal(err)
	}
	var walk func(at string, typ reflect.Type, n *node)
	walk = func(at string, typ reflect.Type, n *node) {
		if n == nil || n.Ref == "" && n.Description == "" {
			t.Errorf("%s: not described", at)
			return
		}
		if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok {
			n = root.Defs[name]
		}
		if len(n.OneOf) == 2 {
			n = n.OneOf[1]
		}
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		switch {
		case typ.Kind() == reflect.Slice:
			walk(at+"[]", typ.Elem(), n.Items)
		case typ.Kind() == reflect.Map:
			for _, name := range Latencies() {
				walk(at+"."+name, typ.Elem(), n.Properties[name])
			}
		case typ.Kind() == reflect.Struct && typ.PkgPath() == reflect.TypeFor[Result]().PkgPath():
			fields := 0
			for f := range typ.Fields() {
				name := f.Tag.Get("json")
				fields++
				if !slices.Contains(n.Required, name) {
					t.Errorf("%s.%s: not required", at, name)
				}
				walk(at+"."+name, f.Type, n.Properties[name])
			}
			if fields != len(n.Properties) {
				t.Errorf("%s: the schema has %d fields, the type %d", at, len(n.Properties), fields)
			}
		}
	}
	walk("result", reflect.TypeFor[Result](), &root)
}
