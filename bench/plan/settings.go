package plan

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

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
func (p parser) file(doc *yaml.Node) (File, error) {
	defaults, runs, err := p.settings(doc, runsKey)
	if err != nil {
		return File{}, err
	}
	if runs == nil {
		r := Run{Line: doc.Line, Settings: defaults}
		return File{[]Run{r}}, p.complete(r)
	}
	if runs.Kind != yaml.SequenceNode || len(runs.Content) == 0 {
		return File{}, p.errorAt(runs, "runs is not a list of runs", `begin each run with "- name: NAME"`)
	}
	var f File
	for _, node := range runs.Content {
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
func (p parser) run(node *yaml.Node, defaults []Setting) (Run, error) {
	own, name, err := p.settings(node, nameKey)
	if err != nil {
		return Run{}, err
	}
	if name == nil || name.Kind != yaml.ScalarNode || name.Value == "" {
		return Run{}, p.errorAt(node, "a run has no name", "give each run a name of its own")
	}
	r := Run{Name: name.Value, Line: node.Line}
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
func (p parser) settings(node *yaml.Node, special string) (all []Setting, value *yaml.Node, err error) {
	if node.Kind != yaml.MappingNode {
		return nil, nil, p.errorAt(node, "this is not made of keys and values", `write "key: value", with a space after the colon`)
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, v := node.Content[i], node.Content[i+1]
		name := key.Value
		if long, ok := aliases[name]; ok {
			name = long
		}
		if before := lines[name]; before > 0 {
			return nil, nil, p.errorAt(key, fmt.Sprintf("%s is given twice, before in line %d", key.Value, before), "")
		}
		lines[name] = key.Line
		if name == special {
			value = v
			continue
		}
		known := append(slices.Clone(p.known), special)
		s, err := p.setting(key, name, v, known)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, s)
	}
	return all, value, nil
}

func (p parser) setting(key *yaml.Node, name string, v *yaml.Node, known []string) (Setting, error) {
	if key.Kind != yaml.ScalarNode || !slices.Contains(known, name) {
		return Setting{}, p.errorAt(key, fmt.Sprintf("there is no key %q here", key.Value), "the nearest known key is "+nearest.Name(name, known))
	}
	nodes := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		nodes = v.Content
	}
	s := Setting{Key: name, Line: key.Line}
	for _, n := range nodes {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			return Setting{}, p.errorAt(key, fmt.Sprintf("%s is neither a text, a number, true, false nor a list of them", key.Value), "put a text with special characters in quotes")
		}
		s.Values = append(s.Values, n.Value)
	}
	if len(s.Values) == 0 {
		return Setting{}, p.errorAt(key, key.Value+" is an empty list", "")
	}
	return s, nil
}
