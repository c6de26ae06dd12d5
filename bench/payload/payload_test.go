package payload

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

func fill(t *Template, m Message) string {
	b := bytes.Repeat([]byte{'!'}, t.Size())
	t.Put(b, m)
	return string(b)
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	m := Message{Due: 1_700_000_000_123_456_789, Number: 42, Seed: 7}
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{"plain 100%", "plain 100%"},
		{"%TIMESTAMP%", "1700000000123"},
		{"%TIMESTAMPMS%", "1700000000123"},
		{"%TIMESTAMPUS%", "1700000000123456"},
		{"%TIMESTAMPNS%", "1700000000123456789"},
		{`{"id":%UNIQUE%,"t":%TIMESTAMPMS%}`, `{"id":1000000000000042,"t":1700000000123}`},
		{"%UNIQUE%%UNIQUE%", "10000000000000421000000000000042"},
		{"%%UNIQUE%%", "%1000000000000042%"},
		{"%UNIQUE", "%UNIQUE"},
		{"%unique% %c %i %TIMESTAMPXX%", "%unique% %c %i %TIMESTAMPXX%"},
	} {
		if got := fill(Parse([]byte(tc.text), 8), m); got != tc.want {
			t.Errorf("%q = %q, want %q", tc.text, got, tc.want)
		}
	}
	if got := fill(Parse([]byte("%TIMESTAMP%"), 8), Message{Due: 5e6}); got != "0000000000005" {
		t.Errorf("a clock that was never set = %q, want as many digits", got)
	}
}

// Random texts are as long as asked for, differ, and come again with the
// message that they are of.
func TestRandom(t *testing.T) {
	t.Parallel()
	text := []byte("<%RANDOM%|%RANDOM%>")
	if !HasRandom(text) || HasRandom([]byte("%RANDOM")) {
		t.Error("HasRandom is wrong")
	}
	template := Parse(text, 25)
	got := fill(template, Message{Number: 1, Seed: 7})
	if !regexp.MustCompile(`^<[A-Za-z0-9]{25}\|[A-Za-z0-9]{25}>$`).MatchString(got) {
		t.Errorf("%s = %q, want twice 25 letters and digits", text, got)
	}
	if one, two, _ := strings.Cut(strings.Trim(got, "<>"), "|"); one == two {
		t.Errorf("both texts of a message are %q", one)
	}
	if again := fill(template, Message{Number: 1, Seed: 7, Due: 99}); again != got {
		t.Errorf("the message sent again = %q, want %q", again, got)
	}
	for _, m := range []Message{{Number: 2, Seed: 7}, {Number: 1, Seed: 8}} {
		if other := fill(template, m); other == got {
			t.Errorf("%+v = %q, as another message", m, other)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"none": "",
		`{"id":%UNIQUE%,"t":%TIMESTAMPMS%} %RANDOM%%UNIQUE%`: "%UNIQUE%:16 %TIMESTAMP%:13 %RANDOM%:8 %UNIQUE%:16",
	} {
		if got := Parse([]byte(text), 8).Placeholders(); got != want {
			t.Errorf("the placeholders of %q = %q, want %q", text, got, want)
		}
	}
}

func TestPutAllocatesNothing(t *testing.T) {
	template := Parse([]byte("%RANDOM% %TIMESTAMPNS% %UNIQUE%"), 64)
	b := make([]byte, template.Size())
	if n := testing.AllocsPerRun(100, func() { template.Put(b, Message{Due: 1, Number: 2}) }); n != 0 {
		t.Errorf("a payload allocates %v times, want 0", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a%UNIQUE%%RANDOM%%TIMESTAMP%b"), 3)
	f.Fuzz(func(t *testing.T, text []byte, random int) {
		random &= 0xFF
		template := Parse(text, random)
		got := fill(template, Message{Due: 1})
		if !bytes.Contains(text, []byte("%")) && got != string(text) {
			t.Errorf("%q without placeholders = %q", text, got)
		}
	})
}

func BenchmarkPut(b *testing.B) {
	template := Parse([]byte(`{"id":%UNIQUE%,"t":%TIMESTAMPMS%,"x":"%RANDOM%"}`), 64)
	to := make([]byte, template.Size())
	for n := uint64(0); b.Loop(); n++ {
		template.Put(to, Message{Due: 1_700_000_000_123_456_789, Number: n, Seed: 42})
	}
}
