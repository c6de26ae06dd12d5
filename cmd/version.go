package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// buildVersion describes the program, in the order it is printed.
type buildVersion struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func newVersion(env *Env) *cobra.Command {
	output := "text"
	c := &cobra.Command{
		Use:     "version [flags]",
		Short:   "show the version of mqt",
		Example: "  mqt version\n  mqt version -o json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			return writeVersion(env.Stdout, output, currentVersion())
		},
	}
	c.Flags().VarP(oneOf{&output, []string{"text", "json"}}, "output", "o", "`format`: text or json")
	return c
}

func writeVersion(w io.Writer, output string, v buildVersion) error {
	if output == "json" {
		return json.NewEncoder(w).Encode(v)
	}
	_, err := fmt.Fprintf(w, "mqt %s (commit %s, %s, %s/%s)\n", v.Version, v.Commit, v.Go, v.OS, v.Arch)
	return err
}

func currentVersion() buildVersion {
	v := buildVersion{Version: "devel", Commit: "unknown", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	modified := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if modified {
		v.Commit += "-modified"
	}
	return v
}
