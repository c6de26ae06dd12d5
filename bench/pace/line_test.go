package pace

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		last := rapid.Uint64Range(0, 300).Draw(t, "last")
		want := rapid.Uint64Range(0, last).Draw(t, "want")
		guess := rapid.Uint64Range(0, 400).Draw(t, "guess")
		if got := search(guess, last, func(n uint64) bool { return n >= want }); got != want {
			t.Fatalf("search(%d, %d) = %d, want %d", guess, last, got, want)
		}
	})
}
