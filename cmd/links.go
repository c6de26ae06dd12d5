package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
)

// linksOptions are the words of mqt links.
type linksOptions struct {
	Dir   string
	Force bool
}

const linksLong = `Make mosquitto_pub, mosquitto_sub, mosquitto_rr and mosquitto_passwd in a
directory, as links to this program. Called by those names it takes mosquitto's command lines and
configuration files, and answers with its output, errors and exit codes.`

func newLinks(env *Env, run func(context.Context, *Env, *linksOptions) error) *cobra.Command {
	o := &linksOptions{}
	c := &cobra.Command{
		Use:     "links [flags] DIR",
		Short:   "stand in for mosquitto's clients",
		Long:    linksLong,
		Example: "  mqt links ~/bin\n  PATH=~/bin:$PATH mosquitto_sub -t '#' -v",
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usagef("links: no directory\nhint: mqt links DIR, such as a directory in PATH")
			case len(args) > 1:
				return usagef("links: unexpected word %q\nhint: mqt links takes one directory", args[1])
			}
			o.Dir = args[0]
			return run(c.Context(), env, o)
		},
	}
	c.Flags().BoolVar(&o.Force, "force", false, "replace files that are there")
	return c
}

func runLinks(_ context.Context, env *Env, o *linksOptions) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("links: %w", err)
	}
	if program, err = filepath.EvalSymlinks(program); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	for _, other := range otherNames() {
		name := filepath.Join(o.Dir, other.name)
		if runtime.GOOS == "windows" {
			name += ".exe"
		}
		how, err := o.link(program, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Stdout, "%s %s\n", escape(name), how)
	}
	return nil
}

// link makes name stand for program: by a link, or where there are none by a
// copy. What it says is how.
func (o *linksOptions) link(program, name string) (how string, err error) {
	if info, err := os.Lstat(name); err == nil {
		to, _ := os.Readlink(name)
		switch {
		case to == program:
			return "is a link already", nil
		case info.IsDir():
			return "", fmt.Errorf("links: %s is a directory", name)
		case !o.Force:
			return "", hint(fmt.Errorf("links: %s is there already", name), "--force replaces it")
		}
	}
	next := name + ".new" // takes the place of name at once
	_ = os.Remove(next)   // of an attempt that broke off
	how = "links to " + program
	if err = os.Symlink(program, next); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", hint(fmt.Errorf("links: %w", err), "make the directory first")
		}
		how, err = "is a copy", copyProgram(program, next)
	}
	if err == nil {
		err = os.Rename(next, name)
	}
	if err != nil {
		_ = os.Remove(next) // the error before is the one to tell
		return "", fmt.Errorf("links: %w", err)
	}
	return escape(how), nil
}

func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755) // it is a program
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
