package cmd

import (
	"os"
	"path/filepath"
	"testing"
)

// The committed scripts are those that the command writes.
func TestScriptsAreFresh(t *testing.T) {
	t.Parallel()
	for shell, name := range map[string]string{"bash": "mqt.bash", "zsh": "_mqt", "fish": "mqt.fish", "powershell": "mqt.ps1"} {
		want, err := os.ReadFile(filepath.Join("..", "completions", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if code, got, stderr := mqtRun(t, "completion", shell); code != 0 || got != string(want) {
			t.Errorf("completions/%s is stale (%d, %s): run go generate ./completions", name, code, stderr)
		}
	}
}
