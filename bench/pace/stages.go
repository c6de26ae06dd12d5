package pace

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Stage is a part of a load.
type Stage struct {
	For  time.Duration // its length; 0 changes the rate at once
	Rate float64       // messages a second, at its end
	Hold bool          // that rate from its beginning, instead of a straight line from the one before
}

// Length returns the length of stages together.
func Length(stages []Stage) time.Duration {
	var sum time.Duration
	for _, s := range stages {
		sum += s.For
	}
	return sum
}

// ParseStages reads stages as --stages has them, separated by commas:
// "30s:1000" goes to 1,000 messages a second in a straight line over 30
// seconds, "30s:=1000" steps to that rate at once and holds it for 30 seconds,
// and "0s:1000" changes the rate without taking time. The first stage begins
// at a rate of 0. Rates are as in ParseRate.
func ParseStages(text string) ([]Stage, error) {
	var stages []Stage
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		s, err := parseStage(word)
		if err != nil {
			return nil, fmt.Errorf("stage %q: %w\nhint: write stages as 30s:1000,1m:50k for straight lines and 30s:=1000 to hold a rate", word, err)
		}
		stages = append(stages, s)
		if s.For > MaxTime || Length(stages) > MaxTime {
			return nil, fmt.Errorf("stage %q: the stages take more than %d hours", word, MaxTime/time.Hour)
		}
	}
	return stages, nil
}

func parseStage(word string) (Stage, error) {
	length, rate, found := strings.Cut(word, ":")
	if !found {
		return Stage{}, fmt.Errorf("there is no colon between a time and a rate")
	}
	d, err := time.ParseDuration(strings.TrimSpace(length))
	if err != nil || d < 0 {
		return Stage{}, fmt.Errorf("%q is not a time such as 30s or 1m30s", length)
	}
	rate, hold := strings.CutPrefix(strings.TrimSpace(rate), "=")
	r, err := ParseRate(strings.TrimSpace(rate))
	return Stage{For: d, Rate: r, Hold: hold}, err
}

// ParseRate reads a rate in messages a second, from 0 to MaxRate: a decimal
// number, which may end in k for thousands or M for millions, and then in /s.
func ParseRate(text string) (float64, error) {
	number, unit := strings.TrimSuffix(text, "/s"), 1.0
	if s, ok := strings.CutSuffix(number, "k"); ok {
		number, unit = s, 1e3
	} else if s, ok := strings.CutSuffix(number, "M"); ok {
		number, unit = s, 1e6
	}
	r, err := strconv.ParseFloat(number, 64)
	if err != nil || strings.Trim(number, "0123456789.") != "" {
		return 0, fmt.Errorf("%q is not a rate such as 1000, 2.5k or 1M", text)
	}
	if r *= unit; r > MaxRate {
		return 0, fmt.Errorf("the rate %s is above the highest, %dM", text, MaxRate/1_000_000)
	}
	if r > 0 && math.Round(r*micro) == 0 {
		return 0, fmt.Errorf("the rate %s is below the lowest, one message in 11 days", text)
	}
	return r, nil
}
