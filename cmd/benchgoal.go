package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"mqt/bench/slo"
)

// benchGoal says what the load has to meet, and what is made of it.
type benchGoal struct {
	SLO         slo.Thresholds
	AbortOnFail bool
	Strict      bool
	FindMax     bool
	Resolution  float64 // in per cent
	Repeat      int
	Calibrate   bool
	Preset      string
	Scale       float64
}

func (o *benchGoal) bind(f *pflag.FlagSet, s scenario) {
	f.Var((*thresholdsFlag)(&o.SLO), "slo", "the load has to meet this `expression`, as in 'response.p99<50ms'; may be repeated, or with several after commas; exit code 99 when it does not")
	f.BoolVar(&o.AbortOnFail, "abort-on-fail", false, "end the load as soon as an upper limit of --slo is passed")
	f.BoolVar(&o.Strict, "strict", false, "exit code 98 when the generator, not the broker, was the limit")
	f.StringVar(&o.Preset, "preset", "", "take what no flag says from the preset `name`; see mqt bench presets")
	f.Float64Var(&o.Scale, "scale", 1, "make the preset `times` as large, as in 0.1")
	f.IntVar(&o.Repeat, "repeat", 1, "make the load `n` times, for mqt bench compare")
	o.Resolution = 3
	if !s.sends() {
		return
	}
	f.BoolVar(&o.FindMax, "find-max", false, "find the highest rate that meets --slo, beginning with --rate (default 1000), in trials of --duration after a --warmup (default 1); most of those at a rate decide")
	f.Float64Var(&o.Resolution, "resolution", o.Resolution, "--find-max ends when it knows the rate to this `percentage`")
	f.BoolVar(&o.Calibrate, "calibrate", false, "first measure, and keep, what this machine can generate at most, without a broker")
}

func (o *benchGoal) finish(f *pflag.FlagSet) error {
	switch {
	case o.FindMax && len(o.SLO) == 0:
		return usagef("bench: --find-max needs to know what a rate has to meet\nhint: add --slo 'response.p99<50ms,lost==0,achieved>=99%%'")
	case f.Changed("resolution") && !o.FindMax:
		return usagef("bench: --resolution is given, but no --find-max")
	case !(o.Resolution >= 0.1 && o.Resolution <= 100):
		return usagef("bench: --resolution %v: it is from 0.1 to 100 per cent", o.Resolution)
	case o.AbortOnFail && len(o.SLO) == 0:
		return usagef("bench: --abort-on-fail is given, but no --slo")
	case o.FindMax && o.AbortOnFail:
		return usagef("bench: --find-max and --abort-on-fail cannot be used together")
	case o.FindMax && o.Repeat != 1:
		return usagef("bench: --find-max and --repeat cannot be used together: it confirms what it finds")
	case o.Repeat < 1:
		return usagef("bench: --repeat %d: it is 1 or more", o.Repeat)
	case f.Changed("scale") && o.Preset == "":
		return usagef("bench: --scale is given, but no --preset")
	}
	return nil
}

// thresholdsFlag is a flag value: thresholds, more with each time it is given.
type thresholdsFlag slo.Thresholds

// String returns the thresholds as they were written.
func (v *thresholdsFlag) String() string {
	var words []string
	for _, t := range *v {
		words = append(words, t.String())
	}
	return strings.Join(words, ",")
}

// Type names the value in help texts.
func (v *thresholdsFlag) Type() string { return "expression" }

// Set parses a value and adds it.
func (v *thresholdsFlag) Set(s string) error {
	more, err := slo.Parse(s)
	if err != nil {
		return fmt.Errorf("is wrong: %w", err)
	}
	*v = append(*v, more...)
	return nil
}
