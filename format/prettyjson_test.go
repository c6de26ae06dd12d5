package format

import (
	"strings"
	"testing"
	"time"

	"mqt/internal/mqtt"
)

// A small JSON payload stands on one line, behind the header if there is room.
func TestPrettySmallJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, payload string
		width         int
		want          string // behind the topic
	}{
		{name: "object", payload: `{"value":21.5,"unit":"°C"}`, width: 80, want: ` 27 B  {"value": 21.5, "unit": "°C"}`},
		{name: "white space", payload: "{\n  \"a\" : [ ]\n}", width: 80, want: " 15 B\n  {\n    \"a\": []\n  }"},
		{name: "array", payload: `[1,"two",null]`, width: 80, want: ` 14 B  [1, "two", null]`},
		{name: "empty", payload: `{}`, width: 80, want: ` 2 B  {}`},
		{name: "no width", payload: `{"a":1}`, want: ` 7 B  {"a": 1}`},
		{name: "no room behind the header", payload: `{"value":21.5,"unit":"C"}`, width: 40, want: " 25 B\n  {\"value\": 21.5, \"unit\": \"C\"}"},
		{name: "no room at all", payload: `{"value":21.5,"unit":"C"}`, width: 28,
			want: " 25 B\n  {\n    \"value\": 21.5,\n    \"unit\": \"C\"\n  }"},
		{name: "60 columns", payload: `{"a":"` + strings.Repeat("x", 51) + `"}`,
			want: ` 59 B  {"a": "` + strings.Repeat("x", 51) + `"}`},
		{name: "61 columns", payload: `{"a":"` + strings.Repeat("x", 52) + `"}`,
			want: " 60 B\n  {\n    \"a\": \"" + strings.Repeat("x", 52) + "\"\n  }"},
		{name: "nested", payload: `{"a":{}}`, want: " 8 B\n  {\n    \"a\": {}\n  }"},
		{name: "made visible", payload: `{"a":"` + "\u202e" + `"}`, want: ` 11 B  {"a": "\u202e"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			w, err := New("pretty", &out, Options{Width: tt.width, Location: time.UTC})
			if err != nil {
				t.Fatal(err)
			}
			writeAll(t, w, []mqtt.Message{{Topic: "t", Payload: []byte(tt.payload), Received: when}})
			if want := "23:32:29.611 t" + tt.want + "\n"; out.String() != want {
				t.Errorf("pretty(%s) at %d columns =\n%swant\n%s", tt.payload, tt.width, out.String(), want)
			}
		})
	}
}
