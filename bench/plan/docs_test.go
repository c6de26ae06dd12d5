package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocs reads the examples of docs/bench.md.
func TestDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "bench.md"))
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	for i, block := range strings.Split(string(text), "```yaml\n") {
		example, _, _ := strings.Cut(block, "```")
		if i == 0 {
			continue
		}
		f, err := Parse("docs/bench.md", []byte(example), append(keys(), "scale"))
		if err != nil {
			t.Errorf("%v, in\n%s", err, example)
		}
		runs += len(f.Runs)
	}
	if runs != 4 {
		t.Errorf("the examples have %d runs, want 4", runs)
	}
}
