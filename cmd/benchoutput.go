package cmd

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// benchOutput says where results go.
type benchOutput struct {
	Outputs  outputs
	Baseline string
	Quiet    bool
	RESTAPI  string // address, host:port; empty is none
}

func (o *benchOutput) bind(f *pflag.FlagSet) {
	o.bindFiles(f)
	f.BoolVar(&o.Quiet, "quiet", false, "nothing on standard error while it runs, errors excepted")
	f.Var((*portFlag)(&o.RESTAPI), "restapi", "serve live metrics for Prometheus at `[ip:]port`, path /metrics (without ip on 127.0.0.1)")
}

func (o *benchOutput) bindFiles(f *pflag.FlagSet) {
	f.VarP(&o.Outputs, "output", "o", "write the result as `format[:FILE]`; may be repeated; formats: "+strings.Join(reportFormats(), ", ")+" (default text)")
	f.StringVar(&o.Baseline, "baseline", "", "show the result of this JSON `file` beside this one (-o html)")
}

func (o *benchOutput) finish(*pflag.FlagSet) error {
	toStdout := 0
	files := map[string]bool{}
	for _, out := range o.Outputs {
		if out.File == "" {
			toStdout++
		}
		if out.File != "" && files[out.File] {
			return usagef("bench: -o writes %q twice", out.File)
		}
		files[out.File] = true
	}
	if toStdout > 1 {
		return usagef("bench: -o writes %d results to standard output\nhint: give files, as in -o json:result.json", toStdout)
	}
	return nil
}

// output is a form of the result, and the file it is for.
type output struct{ Format, File string }

// outputs is a flag value: outputs, one more each time it is given.
type outputs []output

// String returns the outputs as they can be typed.
func (v *outputs) String() string { return strings.Join(v.GetSlice(), " ") }

// GetSlice returns each output as it can be typed.
func (v *outputs) GetSlice() []string {
	var words []string
	for _, o := range *v {
		word := o.Format
		if o.File != "" {
			word += ":" + o.File
		}
		words = append(words, word)
	}
	return words
}

// Type names the value in help texts.
func (v *outputs) Type() string { return "format[:FILE]" }

// Set parses a value and adds it.
func (v *outputs) Set(s string) error {
	format, file, named := strings.Cut(s, ":")
	var known string
	if err := (oneOf{&known, reportFormats()}).Set(format); err != nil {
		return err
	}
	if named && file == "" {
		return fmt.Errorf("has no file after the colon")
	}
	if file == "-" {
		file = ""
	}
	*v = append(*v, output{format, file})
	return nil
}

// portFlag is a flag value: an address to listen on, host:port.
type portFlag string

// String returns the address.
func (v *portFlag) String() string { return string(*v) }

// Type names the value in help texts.
func (v *portFlag) Type() string { return "[ip:]port" }

// Set parses a value.
func (v *portFlag) Set(s string) error {
	if !strings.Contains(s, ":") {
		s = "127.0.0.1:" + s
	}
	_, port, err := net.SplitHostPort(s)
	if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 {
		return fmt.Errorf("is not an address such as 8080 or 127.0.0.1:8080")
	}
	*v = portFlag(s)
	return nil
}
