package slo

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"mqt/bench/result"
)

// kind says what a metric is measured in.
type kind struct {
	name  string
	units []unit // the longest name first
}

// kindOf returns the kind of the metrics with a unit of package result.
func kindOf(unit string) kind {
	switch unit {
	case result.Nanoseconds:
		return durations
	case result.Part:
		return percents
	case result.PerSecond:
		return rates
	case result.Bytes:
		return sizes
	case result.Processors:
		return processors
	case result.State:
		return states
	}
	return counts
}

// unit is a word after a number, and how many base units it stands for.
type unit struct {
	name string
	size float64
}

// Times and per cent need their unit: without it nobody knows whether 50 is
// seconds, or whether 0.99 is nearly nothing or nearly all.
var (
	durations = kind{"a time such as 50ms: units are ns, us, µs, ms and s",
		[]unit{{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3}, {"ms", 1e6}, {"s", 1e9}}}
	percents = kind{"a percentage such as 99%", []unit{{"%", 1}}}
	counts   = kind{"a number such as 0, 10k or 1M", []unit{{"k", 1e3}, {"M", 1e6}, {"", 1}}}
	rates    = kind{"a rate such as 500, 10k/s or 1M/s",
		[]unit{{"k/s", 1e3}, {"M/s", 1e6}, {"/s", 1}, {"k", 1e3}, {"M", 1e6}, {"", 1}}}
	sizes      = kind{"a size such as 64MiB", []unit{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}, {"", 1}}}
	processors = kind{"a number of processors such as 0.5", []unit{{"", 1}}}
	states     = kind{result.OK + " or " + result.Limited, nil}
)

// parse reads a number of the kind. It returns it in the base unit, and the
// size of the unit it was in.
func (k kind) parse(text string) (value, size float64, err error) {
	switch {
	case k.units != nil:
	case strings.EqualFold(text, result.OK):
		return 1, 1, nil
	case strings.EqualFold(text, result.Limited):
		return 0, 1, nil
	}
	for _, u := range k.units {
		digits, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, ok := number(strings.TrimSpace(digits))
		if ok {
			return exact(n * u.size), u.size, nil
		}
	}
	return 0, 0, fmt.Errorf("%q is not %s", text, k.name)
}

// exact takes away what 0.29 × 100 lacks of 29.
func exact(f float64) float64 { return math.Round(f*1e6) / 1e6 }

// number reads a decimal number up to 10¹⁵ without sign and exponent.
func number(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && n <= 1e15 && strings.Trim(text, "0123456789.") == ""
}
