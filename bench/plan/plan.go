// Package plan reads files that describe load tests, in YAML:
//
//	scenario: p2p
//	url: mqtt://broker.example.com
//	publishers: 100
//	duration: 1m
//	slo: [response.p99<50ms, lost==0]
//	runs:
//	  - name: small
//	    size: 16
//	    rate: 10k
//	  - name: large
//	    size: 4096
//	    stages: [30s:1000, 1m:5000]
//
// The keys are names of flags, and what they mean is up to the caller. Those
// outside of runs are the defaults of all runs.
package plan

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// File is what a file says.
type File struct {
	// Runs are in the order of the file. There is at least one: a file
	// without the key runs is one run, whose name is empty.
	Runs []Run
}

// Run is one load test.
type Run struct {
	Name string
	Line int // where it begins, from 1
	// Settings are the run's own and the defaults that it leaves as they are,
	// in the order of the file. A run that has a scenario or a preset takes
	// no default of the other, and so with rate and stages.
	Settings []Setting
}

// Setting is one key of a run.
type Setting struct {
	// Key is the name of a flag, or "scenario".
	Key string
	// Values holds one text, or that of each member when the value is a list.
	Values []string
	// Line is where the key stands, from 1.
	Line int
}

// Text returns the values separated by commas, for a flag that is given once.
func (s Setting) Text() string { return strings.Join(s.Values, ",") }

// Get returns the setting of a key, and whether the run has it.
func (r Run) Get(key string) (Setting, bool) {
	i := slices.IndexFunc(r.Settings, func(s Setting) bool { return s.Key == key })
	if i < 0 {
		return Setting{}, false
	}
	return r.Settings[i], true
}

// Error says what is wrong with a file.
type Error struct {
	// File is its name, Line where in it, from 1; 0 is the file as a whole.
	File string
	Line int
	// Text says what is wrong there, Hint what to do about it; it may be empty.
	Text, Hint string
}

// Error returns "file:line: text", and the hint on a line of its own.
func (e *Error) Error() string {
	at := e.File
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Hint == "" {
		return at + ": " + e.Text
	}
	return at + ": " + e.Text + "\nhint: " + e.Hint
}

// Load reads a file in which settings may have the keys that are known, among
// them "scenario" and "preset". "version" stands for "protocol-version" and
// "filters" for "filter". The error is an *[Error] when the content is wrong,
// else that of package os.
func Load(name string, known []string) (File, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return File{}, err
	}
	return Parse(name, data, known)
}

// Parse is Load for what a file of that name holds.
func Parse(name string, data []byte, known []string) (File, error) {
	p := parser{name, known}
	doc, err := p.document(data)
	if err != nil {
		return File{}, err
	}
	return p.file(doc)
}
