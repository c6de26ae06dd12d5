package cmd

import (
	"strings"
	"testing"

	"mqt/format"
	"mqt/internal/mqtt"
)

// Each letter that -F knows is in the manual.
func TestTemplateNotes(t *testing.T) {
	t.Parallel()
	for c := 'A'; c <= 'z'; c++ {
		_, err := format.NewTemplate("%"+string(c), nil, format.Options{})
		if known := strings.Contains(templateNotes, " %"+string(c)+" "); known != (err == nil) {
			t.Errorf("the notes know %%%c: %t, but NewTemplate = %v", c, known, err)
		}
	}
}

// Each example of a condition is one.
func TestConditionNotes(t *testing.T) {
	t.Parallel()
	m := mqtt.Message{Payload: []byte(`{"temp":21,"id":"7","name":"lamp","ok":false,"list":[{"v":6,"id":1}]}`)}
	n := 0
	for line := range strings.Lines(conditionNotes) {
		expr, _, _ := strings.Cut(strings.TrimSpace(line), "   ")
		if !strings.HasPrefix(line, "  ") || expr == "name =~ ^pump" {
			continue
		}
		n++
		if w, err := format.ParseWhere(expr); err != nil || !w.Match(m) {
			t.Errorf("condition %q: %v, or it does not match", expr, err)
		}
	}
	if n != 7 {
		t.Errorf("the notes have %d examples, want 7", n)
	}
}
