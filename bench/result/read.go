package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// major is the part of Version that a form must have to be understood.
const major = "1"

// Read reads one result in its JSON form. It accepts fields that it does not
// know, which newer versions may add, but not another schema, another major
// version, or anything behind the result.
func Read(r io.Reader) (*Result, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	if err := checkForm(text); err != nil {
		return nil, err
	}
	var out Result
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("read result: %w\nhint: the file was changed; make it again with -o json", explain(err))
	}
	return &out, nil
}

// checkForm looks at what says whether the rest can be understood.
func checkForm(text []byte) error {
	const again = "\nhint: results are what mqt bench -o json:FILE writes"
	var form struct{ Schema, Version *string }
	switch err := json.Unmarshal(text, &form); {
	case len(text) == 0:
		return errors.New("read result: the file is empty" + again)
	case err != nil:
		return fmt.Errorf("read result: %w%s", explain(err), again)
	case form.Schema == nil:
		return errors.New(`read result: there is no "schema"` + again)
	case *form.Schema != Schema:
		return fmt.Errorf("read result: the schema is %q, not %q%s", *form.Schema, Schema, again)
	case form.Version == nil:
		return errors.New(`read result: there is no "version"` + again)
	}
	if m, _, ok := strings.Cut(*form.Version, "."); !ok || m != major {
		return fmt.Errorf("read result: version %q of the form is not one of %s.x\nhint: use the mqt that wrote it, or run the test again", *form.Version, major)
	}
	return nil
}

// explain says where JSON is wrong, in the words of the file.
func explain(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s must not be a %s (byte %d)", e.Field, e.Value, e.Offset)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON: %w (byte %d)", e, e.Offset)
	}
	return err
}

// Write writes r in its JSON form, indented, with a line feed at the end.
// Lists and maps that are nil become empty ones: null means not measured.
func Write(w io.Writer, r *Result) error {
	text, err := json.MarshalIndent(r.filled(), "", "  ")
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	if _, err := w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// MarshalJSON returns the JSON form.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result // without this method
	return json.Marshal((*plain)(r.filled()))
}

// filled returns a copy of r that names its form and has no nil lists.
func (r *Result) filled() *Result {
	out := *r
	out.Schema, out.Version = Schema, Version
	out.Scenario.Sizes = list(out.Scenario.Sizes)
	out.Verdict.Reasons, out.Verdict.Disturbed, out.Verdict.SLO = list(out.Verdict.Reasons), list(out.Verdict.Disturbed), list(out.Verdict.SLO)
	out.Series, out.Streams.Worst = list(out.Series), list(out.Streams.Worst)
	out.Warnings, out.Errors = list(out.Warnings), list(out.Errors)
	if out.Latency == nil {
		out.Latency = map[string]Dist{}
	}
	if r.Search != nil {
		search := *r.Search
		search.Trial = append([]Trial{}, search.Trial...)
		for i := range search.Trial {
			search.Trial[i].SLO = list(search.Trial[i].SLO)
		}
		out.Search = &search
	}
	return &out
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
