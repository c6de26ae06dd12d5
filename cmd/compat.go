package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"mqt/format"
	"mqt/internal/compat"
)

// otherNames are the programs of mosquitto that mqt stands in for when it is
// called by their names, in the order in which mqt links makes them.
func otherNames() []struct {
	name string
	run  func(context.Context, *Env) int
} {
	return []struct {
		name string
		run  func(context.Context, *Env) int
	}{
		{"mosquitto_pub", mosquittoPub},
		{"mosquitto_sub", mosquittoSub},
		{"mosquitto_rr", mosquittoRR},
		{"mosquitto_passwd", mosquittoPasswd},
	}
}

// otherName returns what a program of that name does, nil for mqt itself.
func otherName(program string) func(context.Context, *Env) int {
	base := strings.TrimSuffix(filepath.Base(program), ".exe")
	if !strings.HasPrefix(base, "mosquitto_") {
		return nil
	}
	for _, other := range otherNames() {
		if other.name == base {
			return other.run
		}
	}
	return nil
}

// mosquitto is a run of one of mosquitto's clients.
type mosquitto struct {
	env *Env
	p   compat.Program
	o   *compat.Options
}

// parseMosquitto reads the command line. When there is nothing left to do it
// returns nil and the exit code.
func parseMosquitto(env *Env, p compat.Program) (*mosquitto, int) {
	o, err := compat.Parse(p, env.Args, compat.Environment{Getenv: env.Getenv, CheckFormat: checkFormat})
	var usage *compat.UsageError
	switch {
	case errors.Is(err, compat.ErrHelp):
		fmt.Fprint(env.Stdout, compat.Usage(p))
	case errors.Is(err, compat.ErrVersion):
		fmt.Fprint(env.Stdout, compat.Version(p))
	case errors.As(err, &usage):
		fmt.Fprint(env.Stderr, usage.Message(p))
	default:
		return &mosquitto{env: env, p: p, o: o}, exitDone
	}
	return nil, exitFailed
}

// checkFormat says what is wrong with a value of -F.
func checkFormat(s string) error {
	_, err := format.NewTemplate(s, io.Discard, format.Options{Compat: true})
	return err
}

// errorf writes a line to standard error unless --quiet is given.
func (m *mosquitto) errorf(line string, args ...any) {
	if !m.o.Quiet {
		fmt.Fprintf(m.env.Stderr, line+"\n", args...)
	}
}

// mosquittoPasswd is mqt passwd, which knows the same letters; whatever fails,
// the exit code is 1.
func mosquittoPasswd(ctx context.Context, env *Env) int {
	own := *env
	own.Program = ""
	own.Args = append([]string{"passwd"}, env.Args...)
	switch code := Main(ctx, own); code {
	case exitUsage, exitRefused:
		return exitFailed
	default:
		return code
	}
}
