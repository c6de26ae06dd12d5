package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"mqt/internal/nearest"
)

// Keys that are not settings.
const (
	runsKey = "runs"
	nameKey = "name"
)

// aliases are short words for flags with long names.
var aliases = map[string]string{"version": "protocol-version", "filters": "filter"}

// alternatives are keys of which a run needs one: its own replaces a default
// of the other.
var alternatives = map[string]string{
	"scenario": "preset", "preset": "scenario",
	"rate": "stages", "stages": "rate",
}

// file returns what the mapping at the top of a document says.
func (p parser) file(doc ast.Node) (File, error) {
	defaults, runs, err := p.settings(doc, runsKey)
	if err != nil {
		return File{}, err
	}
	if runs == nil {
		r := Run{Line: line(doc), Settings: defaults}
		return File{[]Run{r}}, p.complete(r)
	}
	list, ok := runs.(*ast.SequenceNode)
	if !ok || len(list.Values) == 0 {
		return File{}, p.errorAt(runs, "runs is not a list of runs", `begin each run with "- name: NAME"`)
	}
	var f File
	for _, node := range list.Values {
		r, err := p.run(node, defaults)
		if err != nil {
			return File{}, err
		}
		if i := slices.IndexFunc(f.Runs, func(o Run) bool { return o.Name == r.Name }); i >= 0 {
			return File{}, p.errorAt(node, fmt.Sprintf("there is a run %q already, in line %d", r.Name, f.Runs[i].Line), "")
		}
		f.Runs = append(f.Runs, r)
	}
	return f, nil
}

// run returns a member of runs.
func (p parser) run(node ast.Node, defaults []Setting) (Run, error) {
	own, name, err := p.settings(node, nameKey)
	if err != nil {
		return Run{}, err
	}
	text := ""
	if name != nil {
		text, _ = scalar(name)
	}
	if text == "" {
		return Run{}, p.errorAt(node, "a run has no name", "give each run a name of its own")
	}
	r := Run{Name: text, Line: line(node)}
	for _, s := range defaults {
		overridden := slices.ContainsFunc(own, func(o Setting) bool { return o.Key == s.Key || alternatives[o.Key] == s.Key })
		if !overridden {
			r.Settings = append(r.Settings, s)
		}
	}
	r.Settings = append(r.Settings, own...)
	return r, p.complete(r)
}

// complete checks that a run says what to do.
func (p parser) complete(r Run) error {
	_, scenario := r.Get("scenario")
	_, preset := r.Get("preset")
	switch {
	case !scenario && !preset:
		return &Error{p.name, r.Line, "there is neither a scenario nor a preset", `write "scenario: p2p", for example`}
	case scenario && preset:
		return &Error{p.name, r.Line, "there are both a scenario and a preset", "leave out one of them"}
	}
	return nil
}

// settings returns the settings of a mapping, and the value of the one key
// that is none, nil when it is not there.
func (p parser) settings(node ast.Node, special string) (all []Setting, value ast.Node, err error) {
	members, ok := pairs(node)
	if !ok {
		return nil, nil, p.errorAt(node, "this is not made of keys and values", `write "key: value", with a space after the colon`)
	}
	known := append(slices.Clone(p.known), special)
	lines := map[string]int{}
	for _, m := range members {
		written, ok := scalar(m.Key)
		name := cmp.Or(aliases[written], written)
		switch before := lines[name]; {
		case !ok || !slices.Contains(known, name):
			return nil, nil, p.errorAt(m.Key, fmt.Sprintf("there is no key %q here", written), "the nearest known key is "+nearest.Name(name, known))
		case before > 0:
			return nil, nil, p.errorAt(m.Key, fmt.Sprintf("%s is given twice, before in line %d", written, before), "")
		}
		lines[name] = line(m.Key)
		if name == special {
			value = m.Value
			continue
		}
		values, err := p.values(written, m)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, Setting{name, values, line(m.Key)})
	}
	return all, value, nil
}

// values returns the text of a setting's value, or of its members.
func (p parser) values(key string, m *ast.MappingValueNode) ([]string, error) {
	nodes := []ast.Node{m.Value}
	if list, ok := m.Value.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	var all []string
	for _, n := range nodes {
		text, ok := scalar(n)
		if !ok {
			return nil, p.errorAt(m.Key, key+" is neither a text, a number, true, false nor a list of them", "put a text with special characters in quotes")
		}
		all = append(all, text)
	}
	if len(all) == 0 {
		return nil, p.errorAt(m.Key, key+" is an empty list", "")
	}
	return all, nil
}
