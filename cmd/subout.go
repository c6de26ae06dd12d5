package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/pflag"

	"mqt/format"
	"mqt/internal/mqtt"
)

// subOutput is where messages go.
type subOutput struct {
	out    format.Writer
	reader io.Writer                 // whose reader ends the subscription by going away; nil: nobody's
	start  func(ctx context.Context) // when there is a connection; ctx ends with the subscription
	close  func() error
}

func noStart(context.Context) {}
func noClose() error          { return nil }

// checkOutput looks for flags that are empty or exclude each other.
func (o *subOptions) checkOutput(f *pflag.FlagSet) error {
	for _, name := range []string{"out-dir", "append", "exec"} {
		if f.Changed(name) && f.Lookup(name).Value.String() == "" {
			return usagef("sub: --%s is empty", name)
		}
	}
	switch {
	case o.HasTemplate && o.Output != "":
		return usagef("sub: -F and -o cannot be used together")
	case o.Rate && (o.OutDir+o.Append+o.Output+o.Exec != "" || o.HasTemplate):
		return usagef("sub: --message-rate writes no messages: leave out -o, -F, --out-dir, --append and --exec")
	case o.Watch && (o.OutDir+o.Append+o.Exec != "" || o.Output == "csv"):
		return usagef("sub: --watch is for a terminal: leave out --out-dir, --append, --exec and -o csv")
	case o.Watch && o.Rate:
		return usagef("sub: --watch and --message-rate cannot be used together: one shows messages, the other their number")
	case o.OutDir != "" && o.Append != "":
		return usagef("sub: --out-dir and --append cannot be used together")
	case o.Exec != "" && (o.OutDir+o.Append+o.Output != "" || o.HasTemplate):
		return usagef("sub: --exec cannot be used together with -o, -F, --out-dir or --append\nhint: the command gets the payload on its standard input")
	case o.OutDir != "" && o.Output == "csv":
		return usagef("sub: --out-dir and -o csv cannot be used together: only the first file would have a header")
	}
	return nil
}

// output returns where messages go, in the format asked for.
func (o *subOptions) output(env *Env) (subOutput, error) {
	switch {
	case o.Watch:
		return o.watch(env)
	case o.Rate:
		w := newRateWriter(env.Stdout)
		return subOutput{w, env.Stdout, func(context.Context) { w.start() }, w.close}, nil
	case o.OutDir != "":
		return o.dirOutput(env)
	case o.Append != "":
		return o.fileOutput(env)
	case o.Exec != "":
		w, err := newExecWriter(env, o)
		if err != nil {
			return subOutput{}, err
		}
		return subOutput{w, env.Stdout, w.start, w.close}, nil
	}
	w, err := o.stdout(env)
	return subOutput{w, env.Stdout, noStart, noClose}, err
}

// stdout returns a writer to standard output in the format asked for.
func (o *subOptions) stdout(env *Env) (format.Writer, error) {
	fo := o.formatOptions(env)
	fo.Escape, fo.Width, fo.AutoFlush = env.StdoutTTY, env.Width, o.RemoveRetained
	return o.newWriter(env.Stdout, defaultOutput(o.Output, env), fo)
}

func (o *subOptions) dirOutput(env *Env) (subOutput, error) {
	fo := o.formatOptions(env)
	var d *format.Dir
	var err error
	switch {
	case o.HasTemplate:
		d, err = format.NewTemplateDir(o.OutDir, o.Template, fo)
	case o.Output != "":
		d, err = format.NewDir(o.OutDir, o.Output, fo)
	default:
		d, err = format.NewDir(o.OutDir, "raw", fo)
	}
	if err != nil {
		return subOutput{}, o.outputError("--out-dir", err)
	}
	return subOutput{d, nil, noStart, d.Close}, nil
}

// fileOutput appends to a file. A table that has a header already gets no
// second one.
func (o *subOptions) fileOutput(env *Env) (subOutput, error) {
	f, err := os.OpenFile(o.Append, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return subOutput{}, o.outputError("--append", err)
	}
	fo := o.formatOptions(env)
	fo.AutoFlush = o.acknowledges()
	if info, err := f.Stat(); err == nil {
		fo.NoHeader = info.Size() > 0
	}
	w, err := o.newWriter(f, cmp.Or(o.Output, "text"), fo)
	if err != nil {
		return subOutput{}, errors.Join(err, f.Close())
	}
	return subOutput{w, f, noStart, f.Close}, nil
}

// acknowledges reports whether messages may be acknowledged, or removed from
// the broker, and so have to be written first.
func (o *subOptions) acknowledges() bool {
	return o.RemoveRetained || len(o.Subscriptions) == 0 || slices.ContainsFunc(o.Subscriptions, func(s mqtt.Subscription) bool { return s.QoS > mqtt.AtMostOnce })
}

func (o *subOptions) formatOptions(env *Env) format.Options {
	return format.Options{
		Verbose:   o.Verbose,
		NoNewline: o.NoNewline,
		Indent:    o.Pretty,
		Select:    o.Select,
		Location:  env.Now().Location(),
		Warn: func(err error) {
			if !o.Conn.Quiet {
				env.notef("%s", payloadText(err))
			}
		},
	}
}

// payloadText says what a format could not write. The error's own text is
// mosquitto_sub's.
func payloadText(err error) string {
	var payload *format.PayloadError
	if !errors.As(err, &payload) {
		return err.Error()
	}
	what := "is not " + payload.Want
	switch payload.Want {
	case "float":
		what = "has not the 4 bytes of a float"
	case "double":
		what = "has not the 8 bytes of a double"
	}
	return fmt.Sprintf("the payload on %q %s", payload.Topic, what)
}

// newWriter returns a writer of the -F template, or else of the named format.
func (o *subOptions) newWriter(w io.Writer, name string, fo format.Options) (format.Writer, error) {
	if !o.HasTemplate {
		return format.New(name, w, fo)
	}
	out, err := format.NewTemplate(o.Template, w, fo)
	if err != nil {
		return nil, o.outputError("", err)
	}
	return out, nil
}

// outputError says which flag an error is about.
func (o *subOptions) outputError(flag string, err error) error {
	var slip *format.SyntaxError
	if errors.As(err, &slip) {
		return hint(usagef("-F %q: %w", o.Template, err), `"mqt man sub" lists what a template can hold`)
	}
	return fmt.Errorf("%s: %w", flag, err)
}

// defaultOutput is what a person wants to see on a terminal, and a program on
// a pipe.
func defaultOutput(output string, env *Env) string {
	switch {
	case output != "":
		return output
	case env.StdoutTTY:
		return "pretty"
	}
	return "text"
}
