package format

import (
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"
)

func TestVisibleJSON(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{`{"a":"é 日本"}` + "\n", `{"a":"é 日本"}` + "\n"},
		{"{\"\u202ea\":\"\u009b2J\x7f\"}", `{"\u202ea":"\u009b2J\u007f"}`},
		{"\"\xff\u2066\"", `"\ufffd\u2066"`},
		{"[\t\"\u200e\"\n]", "[\t\"\\u200e\"\n]"},
	}
	for _, tt := range tests {
		const before = "\u202e" // somebody else's
		if got := string(visibleJSON([]byte(before+tt.in), len(before))); got != before+tt.want {
			t.Errorf("visibleJSON(%q) = %q, want %q", tt.in, got, before+tt.want)
		}
	}
}

// FuzzVisibleJSON checks that the value stays and nothing steers a terminal.
func FuzzVisibleJSON(f *testing.F) {
	f.Add([]byte("{\"\u202e\":[\"\u009b\x7f\", 1]}"))
	f.Add([]byte("\"\xff\u2069\""))
	f.Fuzz(func(t *testing.T, data []byte) {
		var want, got any
		if json.Unmarshal(data, &want) != nil {
			return
		}
		out := visibleJSON(append([]byte(nil), data...), 0)
		if err := json.Unmarshal(out, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("visibleJSON(%q) = %q, which means %v (%v), want %v", data, out, got, err, want)
		}
		for i := 0; i < len(out); {
			r, size := utf8.DecodeRune(out[i:])
			if r >= 0x7f && obeyed(r, size) {
				t.Fatalf("visibleJSON(%q) = %q, in which a terminal obeys %q", data, out, r)
			}
			i += size
		}
	})
}
