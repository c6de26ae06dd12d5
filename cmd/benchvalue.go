package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mqt/bench"
	"mqt/bench/pace"
)

// perSecond is a flag value: messages a second.
type perSecond float64

// String returns the rate as it can be typed.
func (r *perSecond) String() string { return strconv.FormatFloat(float64(*r), 'f', -1, 64) }

// Type names the value in help texts.
func (r *perSecond) Type() string { return "rate" }

// Set parses a value.
func (r *perSecond) Set(s string) error {
	n, err := pace.ParseRate(s)
	*r = perSecond(n)
	return again(err)
}

// again leaves out the value that err repeats: the flag's error begins with it.
func again(err error) error {
	if err == nil {
		return nil
	}
	if _, rest, ok := strings.Cut(err.Error(), `" `); ok && strings.HasPrefix(err.Error(), `"`) {
		return errors.New(rest)
	}
	return err
}

// stagesFlag is a flag value: stages of a load.
type stagesFlag []pace.Stage

// String returns the stages as they can be typed.
func (v *stagesFlag) String() string {
	var words []string
	for _, s := range *v {
		r := perSecond(s.Rate)
		words = append(words, fmt.Sprintf("%v:%s%s", s.For, map[bool]string{true: "="}[s.Hold], r.String()))
	}
	return strings.Join(words, ",")
}

// Type names the value in help texts.
func (v *stagesFlag) Type() string { return "stages" }

// Set parses a value.
func (v *stagesFlag) Set(s string) (err error) {
	*v, err = pace.ParseStages(s)
	if err != nil {
		return fmt.Errorf("is wrong: %w", err)
	}
	return nil
}

// sizes is a flag value: payload lengths and their weights.
type sizes []bench.Size

// String returns the sizes as they can be typed.
func (v *sizes) String() string {
	var words []string
	for _, s := range *v {
		word := strconv.Itoa(s.Bytes)
		if s.Weight != 1 {
			word += ":" + strconv.Itoa(s.Weight)
		}
		words = append(words, word)
	}
	return strings.Join(words, ",")
}

// Type names the value in help texts.
func (v *sizes) Type() string { return "bytes" }

// The sizes that payloads can have: their header has 16 bytes.
const (
	leastPayload = 16
	mostPayload  = 16 << 20
)

// Set parses a value.
func (v *sizes) Set(text string) error {
	var all sizes
	for word := range strings.SplitSeq(text, ",") {
		length, weight, weighted := strings.Cut(strings.TrimSpace(word), ":")
		size := bench.Size{Weight: 1}
		var err, werr error
		size.Bytes, err = strconv.Atoi(length)
		if weighted {
			size.Weight, werr = strconv.Atoi(weight)
		}
		switch {
		case err != nil || werr != nil:
			return fmt.Errorf("is wrong: %q is not a number of bytes such as 256, or 256:3 with a weight", word)
		case size.Bytes < leastPayload || size.Bytes > mostPayload:
			return fmt.Errorf("is wrong: a payload has %d to %d bytes, since it begins with a header", leastPayload, mostPayload)
		case size.Weight < 1 || size.Weight > 1e6:
			return fmt.Errorf("is wrong: the weight in %q is from 1 to 1000000", word)
		}
		all = append(all, size)
	}
	*v = slices.Clip(all)
	return nil
}

// amount is a flag value: a number of messages.
type amount uint64

// String returns the number.
func (n *amount) String() string { return strconv.FormatUint(uint64(*n), 10) }

// Type names the value in help texts.
func (n *amount) Type() string { return "n" }

// Set parses a value.
func (n *amount) Set(s string) error {
	if v, err := strconv.ParseUint(s, 10, 64); err == nil {
		*n = amount(v)
		return nil
	}
	v, err := pace.ParseRate(s)
	if err != nil || v != float64(uint64(v)) {
		return errors.New("is not a number of messages such as 1000, 50k or 1M")
	}
	*n = amount(v)
	return nil
}
