package plan

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func keys() []string {
	return []string{"scenario", "preset", "url", "protocol-version", "qos", "retain", "publishers", "subscribers",
		"topic", "filter", "size", "rate", "arrival", "stages", "late", "warmup", "duration", "seed", "slo"}
}

func TestParseOneRun(t *testing.T) {
	t.Parallel()
	const text = `# all there is
scenario: p2p
url: "mqtt://localhost:1883"
version: 5
filters: ['a/#', b/+]
retain: true
size: [16, 256:3]
rate: 2.5k
stages: [30s:1000, 1m:=50k]
slo:
- response.p99<50ms
- achieved>=99%
seed: 0042
`
	got, err := Parse("x.yaml", []byte(text), keys())
	want := File{[]Run{{Line: 2, Settings: []Setting{
		{"scenario", []string{"p2p"}, 2},
		{"url", []string{"mqtt://localhost:1883"}, 3},
		{"protocol-version", []string{"5"}, 4},
		{"filter", []string{"a/#", "b/+"}, 5},
		{"retain", []string{"true"}, 6},
		{"size", []string{"16", "256:3"}, 7},
		{"rate", []string{"2.5k"}, 8},
		{"stages", []string{"30s:1000", "1m:=50k"}, 9},
		{"slo", []string{"response.p99<50ms", "achieved>=99%"}, 10},
		{"seed", []string{"0042"}, 13},
	}}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Parse = %+v, %v, want %+v", got, err, want)
	}
	s, ok := got.Runs[0].Get("stages")
	if !ok || s.Text() != "30s:1000,1m:=50k" {
		t.Errorf("Get(stages) = %v, %v", s, ok)
	}
	if s, ok := got.Runs[0].Get("topic"); ok {
		t.Errorf("Get(topic) = %v, want none", s)
	}
}

func TestParseRuns(t *testing.T) {
	t.Parallel()
	const text = `scenario: p2p
rate: 100
size: 16
runs:
  - name: same
  - name: changed
    size: 32
    version: 4
  - name: other
    preset: p2p-1K-1K-1K-1K
    stages: 1m:50
`
	scenario, rate := Setting{"scenario", []string{"p2p"}, 1}, Setting{"rate", []string{"100"}, 2}
	size := Setting{"size", []string{"16"}, 3}
	want := File{[]Run{
		{"same", 5, []Setting{scenario, rate, size}},
		{"changed", 6, []Setting{scenario, rate, {"size", []string{"32"}, 7}, {"protocol-version", []string{"4"}, 8}}},
		{"other", 9, []Setting{size, {"preset", []string{"p2p-1K-1K-1K-1K"}, 10}, {"stages", []string{"1m:50"}, 11}}},
	}}
	got, err := Parse("x.yaml", []byte(text), keys())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Parse = %+v, %v, want %+v", got, err, want)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"empty", "", `x: the file says nothing`},
		{"comment", "# nothing\n", `x: the file says nothing`},
		{"null", "---\n", `x: the file says nothing`},
		{"text", "p2p", "x:1: this is not made of keys and values"},
		{"no space", "scenario:p2p", "x:1: this is not made of keys and values\nhint: write \"key: value\", with a space"},
		{"syntax", "scenario: p2p\nrate: [1\n", "this is not YAML: "},
		{"tab", "scenario: p2p\nslo:\n\t- x\n", "x:3: this is not YAML: "},
		{"two documents", "scenario: p2p\n---\nscenario: pub\n", "x:2: a second document begins here"},
		{"second is broken", "scenario: p2p\n---\n]\n", "this is not YAML: "},
		{"typo", "scenario: p2p\nduratoin: 1m\n", "x:2: there is no key \"duratoin\" here\nhint: the nearest known key is duration"},
		{"typo in a run", "scenario: p2p\nruns:\n- name: a\n  sise: 1\n", "x:4: there is no key \"sise\" here\nhint: the nearest known key is size"},
		{"run", "scenario: p2p\nrun: []\n", "x:2: there is no key \"run\" here\nhint: the nearest known key is runs"},
		{"name outside", "scenario: p2p\nname: x\n", "x:2: there is no key \"name\" here"},
		{"runs in a run", "scenario: p2p\nruns:\n- name: a\n  runs: []\n", "x:4: there is no key \"runs\" here"},
		{"list as key", "? [a, b]\n: c\n", "x:2: this is not YAML: "},
		{"twice", "scenario: p2p\nrate: 1\nrate: 2\n", "x:3: rate is given twice, before in line 2"},
		{"twice by alias", "scenario: p2p\nversion: 5\nprotocol-version: 4\n", "x:3: protocol-version is given twice, before in line 2"},
		{"twice by alias, the other way round", "scenario: p2p\nprotocol-version: 4\nversion: 5\n", "x:3: version is given twice, before in line 2"},
		{"nothing", "scenario: p2p\nrate:\n", "x:2: rate is neither a text, a number"},
		{"mapping", "scenario: p2p\nrate: {a: 1}\n", "x:2: rate is neither"},
		{"unquoted stage", "scenario: p2p\nstages: [30s: 1000]\n", "x:2: stages is neither"},
		{"nested list", "scenario: p2p\nslo: [[a]]\n", "x:2: slo is neither"},
		{"empty list", "scenario: p2p\nslo: []\n", "x:2: slo is an empty list"},
		{"alias", "scenario: &a p2p\nurl: *a\n", "x:2: url is neither"},
		{"merge", "scenario: p2p\n<<: {rate: 1}\n", "x:2: there is no key \"<<\" here"},
		{"no scenario", "rate: 5\n", "x:1: there is neither a scenario nor a preset"},
		{"no scenario in a run", "rate: 5\nruns:\n- name: a\n  scenario: pub\n- name: b\n", "x:5: there is neither a scenario nor a preset"},
		{"both", "scenario: p2p\npreset: p2p-1K-1K-1K-1K\n", "x:1: there are both a scenario and a preset"},
		{"runs is text", "scenario: p2p\nruns: all\n", "x:2: runs is not a list of runs"},
		{"no runs", "scenario: p2p\nruns: []\n", "x:2: runs is not a list of runs"},
		{"run is text", "scenario: p2p\nruns: [small]\n", "x:2: this is not made of keys and values"},
		{"run without name", "scenario: p2p\nruns:\n- size: 5\n", "x:3: a run has no name"},
		{"run with a list as name", "scenario: p2p\nruns:\n- name: [a]\n", "x:3: a run has no name"},
		{"same names", "scenario: p2p\nruns:\n- name: a\n- name: a\n", `x:4: there is a run "a" already, in line 3`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse("x", []byte(tc.text), keys())
			var own *Error
			if !errors.As(err, &own) || !strings.Contains(err.Error(), tc.want) || strings.Count(err.Error(), "\n") > 1 {
				t.Errorf("Parse = %+v, %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "test.yaml")
	if _, err := Load(name, keys()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load of no file = %v", err)
	}
	if err := os.WriteFile(name, []byte("scenario: pub\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := Load(name, keys()); err != nil || len(f.Runs) != 1 {
		t.Errorf("Load = %v, %v", f, err)
	}
	if _, err := Load(name, nil); err == nil || !strings.Contains(err.Error(), name+":1: there is no key") {
		t.Errorf("Load = %v, want the file's name", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("scenario: p2p\nslo: [response.p99<50ms, lost==0]\nruns:\n- name: a\n  size: 16\n- {name: b, stages: '1m:5'}\n"))
	f.Add([]byte("preset: &a x\n---\n? [*a]\n"))
	f.Add([]byte("scenario: !!binary aGk=\nrate: |\n  1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("x", data, keys())
		if err != nil {
			var own *Error
			if !errors.As(err, &own) {
				t.Errorf("Parse = %v, which is no *Error", err)
			}
			return
		}
		for _, r := range file.Runs {
			seen := map[string]bool{}
			for _, s := range r.Settings {
				if seen[s.Key] || len(s.Values) == 0 || s.Line < 1 {
					t.Errorf("run %q: %+v", r.Name, s)
				}
				seen[s.Key] = true
			}
			if seen["scenario"] == seen["preset"] {
				t.Errorf("run %q has both or none of scenario and preset", r.Name)
			}
		}
	})
}
