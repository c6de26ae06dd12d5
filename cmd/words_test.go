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
	}{
		{`jq .temp`, []string{"jq", ".temp"}},
		{"  a\t'b c'  \n", []string{"a", "b c"}},
		{`a "it's" 'say "x"' b''c ''`, []string{"a", "it's", `say "x"`, "bc", ""}},
		{`C:\dir\x.exe $HOME; rm`, []string{`C:\dir\x.exe`, "$HOME;", "rm"}},
		{``, nil}, {`  `, nil}, {`a 'b`, nil}, {`"`, nil},
	}
	for _, tt := range tests {
		got, err := splitWords(tt.in)
		if !slices.Equal(got, tt.want) || (err == nil) != (tt.want != nil) {
			t.Errorf("splitWords(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

func FuzzSplitWords(f *testing.F) {
	f.Add(`a 'b "c' d`)
	f.Fuzz(func(t *testing.T, s string) {
		words, err := splitWords(s)
		if err != nil {
			return
		}
		quoted := make([]string, len(words))
		for i, w := range words {
			parts := strings.Split(w, "'")
			quoted[i] = "'" + strings.Join(parts, `'"'"'`) + "'"
		}
		again, err := splitWords(strings.Join(quoted, " "))
		if err != nil || !slices.Equal(again, words) {
			t.Fatalf("splitWords(%q) = %q, quoted again %q, %v", s, words, again, err)
		}
	})
}
