package cmd

import (
	"testing"

	"github.com/spf13/pflag"
)

// FuzzFlagValues sets flags to anything. A value that is taken is taken again
// as it is shown, and means the same.
func FuzzFlagValues(f *testing.F) {
	for _, text := range []string{"1.5", "300ms", "1e3", "50k", "0.1M", "16:2, 1024", "30s:1000,1m:=50k", "x:1", "99999999999999999999", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, pair := range [][2]pflag.Value{
			{new(seconds), new(seconds)}, {new(perSecond), new(perSecond)}, {new(amount), new(amount)}, {new(sizes), new(sizes)}, {new(stagesFlag), new(stagesFlag)},
		} {
			v, again := pair[0], pair[1]
			if v.Set(text) != nil || v.String() == "" {
				continue // wrong, or the default
			}
			if err := again.Set(v.String()); err != nil || again.String() != v.String() {
				t.Errorf("%s %q is %s, and that is %s, %v", v.Type(), text, v, again, err)
			}
		}
	})
}
