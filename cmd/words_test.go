package cmd

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want []string
		err  string
	}{
		{in: ""},
		{in: " jq  .a\t-r\n", want: []string{"jq", ".a", "-r"}},
		{in: `sh -c 'echo "$X" \n'`, want: []string{"sh", "-c", `echo "$X" \n`}},
		{in: `a "b c\" \\ \n" d\ e`, want: []string{"a", `b c" \ \n`, "d e"}},
		{in: `'' "" x''y`, want: []string{"", "", "xy"}},
		{in: `a 'b`, err: "has a quote without its end"},
		{in: `a \`, err: "ends with a backslash"},
	}
	for _, tt := range tests {
		got, err := splitWords(tt.in)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if !slices.Equal(got, tt.want) || text != tt.err {
			t.Errorf("splitWords(%q) = %q, %v, want %q, %q", tt.in, got, err, tt.want, tt.err)
		}
	}
}

// Words in single quotes come out as they went in.
func FuzzSplitWords(f *testing.F) {
	f.Add("a b", `\"`)
	f.Fuzz(func(t *testing.T, a, b string) {
		_, _ = splitWords(a)
		if strings.Contains(a+b, "'") {
			return
		}
		if got, err := splitWords("'" + a + "' '" + b + "'"); err != nil || !slices.Equal(got, []string{a, b}) {
			t.Errorf("splitWords of quoted %q and %q = %q, %v", a, b, got, err)
		}
	})
}
