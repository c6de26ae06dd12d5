package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"mqt/bench/report"
	"mqt/bench/result"
)

// benchSinks are where results go: files, and standard output at last. A file
// is written beside its place and moved there when it is whole.
type benchSinks struct {
	sinks []*benchSink
}

// benchSink is one output.
type benchSink struct {
	writer report.Writer
	name   string   // of the file, empty for standard output
	file   *os.File // beside it, nil for standard output
}

func reportFormats() []string { return report.Names() }

// openSinks makes the files. What is wrong with one of them is found before
// the load.
func openSinks(env *Env, o *benchOutput) (*benchSinks, error) {
	opts := report.Options{}
	var err error
	if opts.Baseline, err = readBaseline(o.Baseline); err != nil {
		return nil, err
	}
	s := &benchSinks{}
	last := output{Format: "text"}
	for _, out := range o.Outputs {
		if out.File == "" {
			last = out
			continue
		}
		opts.Files = append(opts.Files, out.File)
		if err := s.open(out, opts); err != nil {
			s.discard()
			return nil, hint(fmt.Errorf("bench: -o: %w", err), "name a file in a directory that is there and may be written to")
		}
	}
	opts.Width, opts.Color = env.Width, colorMode(env, env.StdoutTTY)
	w, err := report.New(last.Format, env.Stdout, opts)
	s.sinks = append(s.sinks, &benchSink{writer: w})
	return s, err
}

func readBaseline(name string) (*result.Result, error) {
	if name == "" {
		return nil, nil
	}
	all, err := readResults(name)
	if err != nil {
		return nil, fmt.Errorf("bench: --baseline: %w", err)
	}
	return all[len(all)-1], nil
}

func (s *benchSinks) open(out output, opts report.Options) error {
	f, err := os.CreateTemp(filepath.Dir(out.File), "."+filepath.Base(out.File)+"-*")
	if err != nil {
		return err
	}
	opts.Color = report.ColorNever
	w, err := report.New(out.Format, f, opts)
	s.sinks = append(s.sinks, &benchSink{writer: w, name: out.File, file: f})
	return err
}

// Watch hands the state of the load to all outputs.
func (s *benchSinks) Watch(snapshot result.Snapshot) error {
	var errs error
	for _, k := range s.sinks {
		errs = errors.Join(errs, k.writer.Watch(snapshot))
	}
	return errs
}

// result writes the result of one load to all outputs.
func (s *benchSinks) result(r *result.Result) error {
	for _, k := range s.sinks {
		if err := k.writer.Result(r); err != nil {
			return err
		}
	}
	return nil
}

// finish moves the files to their places.
func (s *benchSinks) finish() error {
	var errs error
	for _, k := range s.sinks {
		if k.file == nil {
			continue
		}
		err := errors.Join(k.file.Chmod(0o644), k.file.Close())
		if err == nil {
			err = os.Rename(k.file.Name(), k.name)
		}
		if err == nil {
			k.file = nil
		}
		errs = errors.Join(errs, err)
	}
	return errs
}

// discard removes the files that are not in their places.
func (s *benchSinks) discard() {
	for _, k := range s.sinks {
		if k.file != nil {
			_ = k.file.Close() // another error is the one to tell
			_ = os.Remove(k.file.Name())
		}
	}
}
