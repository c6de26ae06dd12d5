package pub

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"mqt/internal/mqtt"
)

func templateText(topic, payload string) TemplateText {
	return TemplateText{Topic: topic, Payload: payload,
		Now:    func() time.Time { return time.Date(2026, 5, 6, 7, 8, 9, 250e6, time.UTC) },
		Getenv: func(name string) string { return map[string]string{"SITE": "hall"}[name] }}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		topic, payload string
		want           string // a regular expression for both, joined by a space
	}{
		{topic: "a", payload: "", want: "a "},
		{topic: `{{env "SITE"}}/{{seq}}`, payload: "{{seq}} of {{env `SITE`}}", want: "hall/1 1 of hall"},
		{topic: "a", payload: "{{now}} {{now.Unix}} {{now.Format `15:04`}}", want: "a 2026-05-06T07:08:09.25Z 1778051289 07:08"},
		{topic: "a", payload: "{{uuid}}", want: "a [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"},
		{topic: "a", payload: "{{rand 20 22}} {{rand -5 -5}}", want: "a 2[012] -5"},
		{topic: "a", payload: `{{rand 20.0 21}} {{printf "%.1f" (rand 0 0.9)}}`, want: `a 20(\.[0-9]+)? 0\.[0-9]`},
		{topic: "a", payload: "{{rand -9223372036854775808 9223372036854775807}}", want: "a -?[0-9]+"},
	}
	for _, tt := range tests {
		tmpl, err := NewTemplate(templateText(tt.topic, tt.payload))
		if err != nil {
			t.Fatal(err)
		}
		m := mqtt.Message{QoS: 1}
		if err := tmpl.Fill(&m); err != nil || !regexp.MustCompile("^"+tt.want+"$").MatchString(m.Topic+" "+string(m.Payload)) || m.QoS != 1 {
			t.Errorf("Fill(%q, %q) = %q %q, %v, want %s", tt.topic, tt.payload, m.Topic, m.Payload, err, tt.want)
		}
	}
}

func TestTemplateCounts(t *testing.T) {
	t.Parallel()
	tmpl, err := NewTemplate(templateText("t/{{seq}}", "{{seq}}"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	seen := map[string]bool{}
	for m, err := range Change(Repeat(t.Context(), mqtt.Message{}, 3, 0), tmpl.Fill) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m.Topic+"="+string(m.Payload))
		seen[uuid()] = true
	}
	if !equal(got, []string{"t/1=1", "t/2=2", "t/3=3"}) || len(seen) != 3 {
		t.Errorf("Fill three times = %q, and %d different UUIDs", got, len(seen))
	}
}

// Both ends of a range of whole numbers come, and nothing outside.
func TestTemplateRange(t *testing.T) {
	t.Parallel()
	seen := map[any]bool{}
	for range 1000 { // the chance to miss one is 2 in 10^300
		n, err := random(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		seen[n] = true
	}
	if len(seen) != 2 || !seen[0] || !seen[1] {
		t.Errorf("random(0, 1) gave %v", seen)
	}
}

func TestTemplateErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ topic, payload, want string }{
		{topic: "{{", payload: "", want: "topic:1: "},
		{topic: "a", payload: "x\n{{nope}}", want: `payload:2: function "nope" not defined`},
		{topic: "a/{{env `NONE`}}", payload: "", want: `topic: the environment variable "NONE" is empty or not set`},
		{topic: "a/{{`#`}}", payload: "", want: `topic "a/#" contains a wildcard`},
		{topic: "a", payload: "{{rand 3 2}}", want: "payload: 3 is above 2"},
		{topic: "a", payload: "{{rand 3.5 2}}", want: "payload: 3.5 to 2 is no range"},
		{topic: "a", payload: "{{rand `x` 2}}", want: "payload: x is not a number"},
		{topic: "a", payload: "{{.Name}}", want: "payload:1:2: "},
	}
	for _, tt := range tests {
		tmpl, err := NewTemplate(templateText(tt.topic, tt.payload))
		if err == nil {
			m := mqtt.Message{Topic: "before"}
			err = tmpl.Fill(&m)
			if m.Topic != "before" {
				t.Errorf("Fill(%q, %q) failed and changed the message", tt.topic, tt.payload)
			}
		}
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("template %q, %q: %v, want %s…", tt.topic, tt.payload, err, tt.want)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("a/{{seq}}", "{{rand 1 2}} {{now.Year}} {{env `SITE`}} {{uuid}}")
	f.Add("{{printf `%q` now}}", "{{rand 1.5 `x`}}")
	f.Fuzz(func(t *testing.T, topic, payload string) {
		for _, loop := range []string{"range", "template", "define", "block", "%"} { // those may be endless or huge
			if strings.Contains(topic+payload, loop) {
				return
			}
		}
		tmpl, err := NewTemplate(templateText(topic, payload))
		if err != nil {
			return
		}
		var m mqtt.Message
		if tmpl.Fill(&m) == nil && mqtt.CheckTopic(m.Topic) != nil {
			t.Errorf("Fill(%q) made the topic %q", topic, m.Topic)
		}
	})
}
