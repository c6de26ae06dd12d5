package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"mqt/docs/man"
)

// manOptions are the words of mqt man.
type manOptions struct {
	Page string // such as mqt-retained-list
}

func newMan(env *Env, run func(context.Context, *Env, *manOptions) error) *cobra.Command {
	return &cobra.Command{
		Use:   "man [COMMAND]...",
		Short: "show a manual page",
		Long: "Show the manual page of a command: on a terminal through man or a pager ($PAGER),\n" +
			"else as plain text.",
		Example: "  mqt man\n  mqt man sub\n  mqt man retained list | grep qos",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return nextCommands(c.Root(), args), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			o := &manOptions{Page: strings.Join(append([]string{"mqt"}, args...), "-")}
			if _, ok := man.Page(o.Page); !ok {
				return usagef("man: there is no command %q\nhint: \"mqt --help\" lists the commands", strings.Join(args, " "))
			}
			return run(c.Context(), env, o)
		},
	}
}

// nextCommands returns the names of the commands below the one that args name.
func nextCommands(root *cobra.Command, args []string) []string {
	c, rest, err := root.Find(args)
	if err != nil || len(rest) > 0 {
		return nil
	}
	var names []string
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() {
			names = append(names, child.Name())
		}
	}
	return names
}

func runMan(_ context.Context, env *Env, o *manOptions) error {
	page, _ := man.Page(o.Page) // newMan has looked
	v := viewer{env: env, look: exec.LookPath}
	if err := v.show(page); err != nil {
		return fmt.Errorf("man: %w", err)
	}
	return nil
}

// viewer shows a page with the programs that there are.
type viewer struct {
	env  *Env
	look func(program string) (path string, err error)
}

func (v *viewer) show(page []byte) error {
	width := v.env.Width
	if width == 0 {
		width = 80
	}
	text := man.Text(page, width)
	if v.env.StdoutTTY && (v.man(page) || v.pager(text)) {
		return nil
	}
	_, err := io.WriteString(v.env.Stdout, text)
	return err
}

// man reports whether the program man has shown the page.
func (v *viewer) man(page []byte) bool {
	path, err := v.look("man")
	if err != nil {
		return false
	}
	f, err := os.CreateTemp("", "mqt-*.1")
	if err != nil {
		return false // there are other ways
	}
	defer os.Remove(f.Name())
	_, err = f.Write(page)
	if closed := f.Close(); err != nil || closed != nil {
		return false
	}
	if runtime.GOOS == "linux" {
		return v.run(nil, path, "-l", f.Name())
	}
	return v.run(nil, path, f.Name()) // a path is a file there
}

// pager reports whether the user's pager has shown the text.
func (v *viewer) pager(text string) bool {
	words := strings.Fields(v.env.Getenv("PAGER"))
	if len(words) == 0 {
		words = []string{"less"}
	}
	path, err := v.look(words[0])
	if err != nil {
		return false
	}
	return v.run(strings.NewReader(text), path, words[1:]...)
}

// run waits for a program on the terminal. It is not ended by a signal, which
// the terminal sends to it as well.
func (v *viewer) run(in io.Reader, path string, args ...string) bool {
	c := exec.Command(path, args...)
	c.Stdin, c.Stdout, c.Stderr = in, v.env.Stdout, v.env.Stderr
	if in == nil {
		c.Stdin = v.env.Stdin
	}
	return c.Run() == nil
}
