package pace

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Load is what an arrival makes a schedule of.
type Load struct {
	Rate   float64       // messages a second
	Length time.Duration // of the load; 0 is unknown
	Seed   uint64        // of "poisson"
}

// Way is a way in which messages arrive: its name, and its help text.
type Way struct{ Name, About string }

// Ways returns the arrivals that there are, the default first.
func Ways() []Way {
	ways := make([]Way, len(arrivals))
	for i, a := range arrivals {
		ways[i] = a.Way
	}
	return ways
}

type arrival struct {
	Way
	build func(l Load, option string) (Schedule, error)
}

var arrivals = []arrival{
	{Way{"constant", "evenly spaced"}, buildConstant},
	{Way{"poisson", "at random, as from many clients that know nothing of each other"}, buildPoisson},
	{Way{"ramp", "a rate that rises from 0, or N with ramp:N, in a straight line"}, buildRamp},
	{Way{"step", "a rate that rises in 10 equal steps, or N with step:N"}, buildStep},
	{Way{"burst", "all of a second at once, or of another interval: burst:100ms"}, buildBurst},
}

// Arrival returns the schedule of a load whose messages arrive in the way with
// that name; the name may have an option after a colon, see Ways.
func Arrival(text string, l Load) (Schedule, error) {
	name, option, _ := strings.Cut(text, ":")
	var names []string
	for _, a := range arrivals {
		if a.Name != name {
			names = append(names, a.Name)
			continue
		}
		if !(l.Rate > 0) {
			return nil, fmt.Errorf("arrival %s needs a rate above 0", name)
		}
		s, err := a.build(l, option)
		if err != nil {
			return nil, fmt.Errorf("arrival %q: %w", text, err)
		}
		return s, nil
	}
	return nil, fmt.Errorf("there is no arrival %q\nhint: use one of %s", name, strings.Join(names, ", "))
}

func buildConstant(l Load, option string) (Schedule, error) {
	if option != "" {
		return nil, errNoOption
	}
	return Constant(l.Rate), nil
}

func buildPoisson(l Load, option string) (Schedule, error) {
	if option != "" {
		return nil, errNoOption
	}
	return Poisson(l.Rate, l.Length, l.Seed), nil
}

func buildRamp(l Load, option string) (Schedule, error) {
	if l.Length <= 0 {
		return nil, errNoLength
	}
	if option == "" {
		option = "0"
	}
	from, err := ParseRate(option)
	if err != nil {
		return nil, err
	}
	return Ramp(from, l.Rate, l.Length), nil
}

func buildStep(l Load, option string) (Schedule, error) {
	if l.Length <= 0 {
		return nil, errNoLength
	}
	if option == "" {
		option = "10"
	}
	n, err := strconv.Atoi(option)
	if err != nil || n < 1 || n > MaxSteps {
		return nil, fmt.Errorf("%q is not a number of steps from 1 to %d", option, MaxSteps)
	}
	return Step(l.Rate, n, l.Length), nil
}

func buildBurst(l Load, option string) (Schedule, error) {
	if option == "" {
		option = "1s"
	}
	every, err := time.ParseDuration(option)
	if err != nil || every <= 0 || every > MaxTime {
		return nil, fmt.Errorf("%q is not an interval such as 100ms", option)
	}
	return Burst(l.Rate, every), nil
}

var (
	errNoOption = errors.New("takes no option")
	errNoLength = errors.New("needs to know how long the load is: give a duration")
)
