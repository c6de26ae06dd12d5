// Command generate writes the files of the repository that follow from the
// commands of mqt. go generate runs it.
//
//	generate scripts DIR    the completion scripts
//	generate man DIR        the manual pages
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mqt/cmd"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: generate scripts|man DIR")
	}
	switch what, dir := args[0], args[1]; what {
	case "scripts":
		return scripts(dir)
	case "man":
		return manual(dir)
	default:
		return fmt.Errorf("nothing is called %q", what)
	}
}

// scripts writes what "mqt completion" does for each shell, under the names by
// which the shells look for them.
func scripts(dir string) error {
	for shell, name := range map[string]string{"bash": "mqt.bash", "zsh": "_mqt", "fish": "mqt.fish", "powershell": "mqt.ps1"} {
		var out bytes.Buffer
		env := cmd.Env{Args: []string{"completion", shell}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: os.Stderr,
			Getenv: func(string) string { return "" }, Now: time.Now}
		if code := cmd.Main(context.Background(), env); code != 0 {
			return fmt.Errorf("mqt completion %s exited with %d", shell, code)
		}
		if err := os.WriteFile(filepath.Join(dir, name), out.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
