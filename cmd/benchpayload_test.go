package cmd

import (
	"strings"
	"testing"

	"mqt/bench"
	"mqt/bench/payload"
)

func TestBenchTemplate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := write(t, dir, "plain", `{"t":1}`)
	random := write(t, dir, "random", `%UNIQUE% %RANDOM%`)
	tests := []struct {
		args []string
		want string // the payload of message 2, with #### for random letters
		size int
	}{
		{[]string{"-m", "template://" + plain}, `{"t":1}`, 16 + 7},
		{[]string{"-m", "template://" + random}, "1000000000000002 " + strings.Repeat("#", 256), 16 + 17 + 256},
		{[]string{"-m", "template://" + random, "-s", "20"}, "1000000000000002 " + strings.Repeat("#", 20), 16 + 17 + 20},
	}
	for _, tt := range tests {
		c, err := benchConfig(t, append([]string{"pub"}, tt.args...)...)
		if err != nil || len(c.Load.Sizes) != 1 || c.Load.Sizes[0] != (bench.Size{Bytes: tt.size, Weight: 1}) {
			t.Errorf("%q = %+v, %v, want payloads of %d bytes", tt.args, c.Load.Sizes, err, tt.size)
			continue
		}
		b := make([]byte, c.Load.Template.Size())
		c.Load.Template.Put(b, payload.Message{Number: 2})
		fixed, letters, _ := strings.Cut(tt.want, "#")
		if got := string(b); len(got) != len(tt.want) || !strings.HasPrefix(got, fixed) || strings.ContainsAny(got[len(fixed):], "%#") {
			t.Errorf("%q = %q, want %q and %d random letters", tt.args, got, fixed, len(letters)+1)
		}
	}
	if _, err := benchConfig(t, "pub", "-m", "template://"+dir+"/missing"); err == nil || !strings.Contains(err.Error(), "missing: no such file") || !strings.Contains(err.Error(), "\nhint: -m template://FILE") {
		t.Errorf("a missing file: %v, want its name and a hint", err)
	}
}
