package cmd

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/nearest"
	"mqt/internal/transport"
)

// Annotations of flags.
const (
	inGroup = "mqt_group" // the heading of the help text it stands under
	needsV5 = "mqt_v5"    // MQTT 3.1 and 3.1.1 cannot carry it
)

// addGroup defines flags that stand under one heading in the help text, and
// gives them further annotations.
func addGroup(c *cobra.Command, heading string, define func(f *pflag.FlagSet), marks ...string) {
	f := c.Flags()
	f.SortFlags = false // new ones come last
	before := 0
	f.VisitAll(func(*pflag.Flag) { before++ })
	define(f)
	shared := map[string][]string{inGroup: {heading}} // a map for each of 70 flags takes time at each start
	for _, m := range marks {
		shared[m] = nil
	}
	f.VisitAll(func(flag *pflag.Flag) {
		if before--; before >= 0 {
			return
		}
		if flag.Annotations == nil {
			flag.Annotations = shared
			return
		}
		maps.Copy(flag.Annotations, shared)
	})
}

// annotate adds to the annotations of a flag, which it may share with others.
func annotate(f *pflag.Flag, key, value string) {
	own := maps.Clone(f.Annotations)
	if own == nil {
		own = map[string][]string{}
	}
	own[key] = []string{value}
	f.Annotations = own
}

// markV5 says which flags need MQTT 5.
func markV5(f *pflag.FlagSet, names ...string) {
	for _, name := range names {
		annotate(f.Lookup(name), needsV5, "")
	}
}

// changedV5 returns the flags on the command line that need MQTT 5.
func changedV5(f *pflag.FlagSet) []string {
	var names []string
	f.Visit(func(flag *pflag.Flag) {
		if _, ok := flag.Annotations[needsV5]; ok {
			names = append(names, flagName(flag))
		}
	})
	return names
}

// flagName returns the flag as people type it, or what set it in its stead.
func flagName(f *pflag.Flag) string {
	if by := setElsewhere(f); by != "" {
		return by
	}
	if f.Shorthand != "" {
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}

// commandName returns the words that call c, such as "bench pub".
func commandName(c *cobra.Command) string {
	return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
}

// flagError turns pflag's errors about args into ours, with the word and a next
// step.
func flagError(c *cobra.Command, args []string, err error) error {
	next := fmt.Sprintf("%q lists the flags", c.CommandPath()+" --help")
	who := commandName(c) + ": "
	if !c.HasParent() {
		who = "" // every error begins with the program's name
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		word := unknownFlag(c, unknown, args)
		if near := nearestFlag(c, unknown.GetSpecifiedName()); near != "" && strings.HasPrefix(word, "--") {
			next = fmt.Sprintf("did you mean --%s?", near)
		}
		return usagef("%sunknown flag %s\nhint: %s", who, word, next)
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		f, why := invalid.GetFlag(), plain(invalid.Unwrap())
		if f.Name == "property" { // says itself which of its words is wrong
			return hint(usagef("%s%s: %w", who, flagName(f), why), next)
		}
		return hint(usagef("%s%s %q %w", who, flagName(f), transport.Redact(invalid.GetValue()), why), next)
	}
	var lacking *pflag.ValueRequiredError
	if errors.As(err, &lacking) {
		f := lacking.GetFlag()
		if f.Name == "host" {
			next = fmt.Sprintf("-h is the broker's host; %q shows the help", c.CommandPath()+" --help")
		}
		value, _ := pflag.UnquoteUsage(f)
		return usagef("%s%s is the last word, without its value: %s\nhint: %s", who, flagName(f), value, next)
	}
	return hint(usagef("%s%w", who, err), next)
}

// unknownFlag returns the flag as it was typed, a letter with the word that it
// stands in, unless that may hold another flag's value: it may be a password.
func unknownFlag(c *cobra.Command, e *pflag.NotExistError, args []string) string {
	rest := e.GetSpecifiedShortnames()
	if rest == "" {
		return "--" + e.GetSpecifiedName()
	}
	letter := "-" + e.GetSpecifiedName()
	word := wordOf(c, rest, args)
	if _, inline := valueFlag(c.Flags(), "-"+rest[1:]); inline || word == letter {
		return letter
	}
	return fmt.Sprintf("%s in %q", letter, word)
}

// wordOf returns the first word of letters that are flags without a value up
// to rest, whose first letter is no flag.
func wordOf(c *cobra.Command, rest string, args []string) string {
	args, _ = gatherProperties(c.Root(), args) // has no error where flags are parsed already
	for i := 0; i < len(args); i++ {
		flag, inline := valueFlag(c.Flags(), args[i])
		letters, ok := strings.CutPrefix(args[i], "-")
		switch {
		case flag != nil && !inline:
			i++ // its value
		case flag == nil && ok && !strings.HasPrefix(letters, "-") && strings.HasSuffix(letters, rest):
			return args[i]
		}
	}
	return "-" + rest
}

// plain says what the packages below pflag say in a user's words.
func plain(err error) error {
	var num *strconv.NumError
	switch {
	case !errors.As(err, &num):
		return err
	case num.Func == "ParseBool":
		return errors.New("is neither true nor false")
	case errors.Is(num.Err, strconv.ErrRange):
		return errors.New("is out of range")
	}
	if _, err := strconv.ParseFloat(num.Num, 64); err == nil {
		return errors.New("is no whole number")
	}
	return errors.New("is not a number")
}

// nearestFlag returns the flag whose name is closest to what was typed.
func nearestFlag(c *cobra.Command, typed string) string {
	best, distance := "", 3
	c.Flags().VisitAll(func(f *pflag.Flag) {
		d := nearest.Distance(typed, f.Name)
		if strings.HasPrefix(f.Name, typed) && len(typed) > 2 {
			d = 1
		}
		if d < distance {
			best, distance = f.Name, d
		}
	})
	return best
}

// seconds is a flag value in seconds, such as 5 or 0.25, or a duration with
// its unit, such as 300ms or 1h.
type seconds time.Duration

// String returns the duration with its unit.
func (s *seconds) String() string {
	if *s == 0 {
		return ""
	}
	return time.Duration(*s).String()
}

// Type names the value in help texts.
func (s *seconds) Type() string { return "seconds" }

// Set parses a value.
func (s *seconds) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		n, nerr := strconv.ParseFloat(text, 64)
		if nerr != nil {
			return errors.New("is neither a number of seconds nor a duration such as 300ms")
		}
		if !(n >= 0 && n < 1e9) {
			return errors.New("is out of range")
		}
		d = time.Duration(n * float64(time.Second))
	}
	if d < 0 {
		return errors.New("is negative")
	}
	*s = seconds(d)
	return nil
}

// oneOf is a flag value out of a list of words.
type oneOf struct {
	value *string
	words []string
}

// String returns the word.
func (o oneOf) String() string {
	if o.value == nil {
		return ""
	}
	return *o.value
}

// Type names the value in help texts.
func (o oneOf) Type() string { return strings.Join(o.words, "|") }

// Set accepts one of the words.
func (o oneOf) Set(s string) error {
	for _, w := range o.words {
		if s == w {
			*o.value = s
			return nil
		}
	}
	return fmt.Errorf("is none of %s", strings.Join(o.words, ", "))
}

// duration returns the value.
func (s seconds) duration() time.Duration { return time.Duration(s) }
