package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// none stands for what was not measured.
const none = "-"

// three returns v with three digits: 1.23, 12.3, 123.
func three(v float64) string {
	switch a := math.Abs(v); {
	case a >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// duration returns nanoseconds with three digits, in at most seven columns.
func duration(ns int64) string {
	v := math.Abs(float64(ns))
	for _, u := range []struct {
		name  string
		scale float64
	}{{"ns", 1}, {"µs", 1e3}, {"ms", 1e6}} {
		switch {
		case ns == 0:
			return "0"
		case u.scale == 1 && v < 1e3:
			return strconv.FormatInt(ns, 10) + u.name
		case v < 999.5*u.scale:
			return three(float64(ns)/u.scale) + u.name
		}
	}
	return three(float64(ns)/1e9) + "s"
}

// atMost returns an upper bound of nanoseconds with three digits, rounded up.
func atMost(ns int64) string {
	unit := int64(1)
	for ns/unit >= 1000 {
		unit *= 10
	}
	return "≤ " + duration((ns+unit-1)/unit*unit)
}

// length returns how long something took, for people: 1h, 1m30s, 10s, 250ms.
func length(ns int64) string {
	d := time.Duration(ns)
	if d < 10*time.Second {
		return d.Round(time.Millisecond).String()
	}
	text := d.Round(time.Second).String()
	if long, ok := strings.CutSuffix(text, "m0s"); ok {
		text = long + "m"
	}
	if long, ok := strings.CutSuffix(text, "h0m"); ok {
		text = long + "h"
	}
	return text
}

// scaled returns v with three digits and k, M or G, in at most five columns.
func scaled(v float64) string {
	for _, u := range []struct {
		name  string
		scale float64
	}{{"", 1}, {"k", 1e3}, {"M", 1e6}} {
		if math.Abs(v) < 999.5*u.scale {
			if u.scale == 1 && v == math.Trunc(v) {
				return strconv.FormatFloat(v, 'f', 0, 64)
			}
			return three(v/u.scale) + u.name
		}
	}
	return three(v/1e9) + "G"
}

// size returns a number of bytes in powers of 1024.
func size(n int64) string {
	v := float64(n)
	for _, u := range []string{"B", "KiB", "MiB", "GiB"} {
		if math.Abs(v) < 1023.5 {
			if u == "B" {
				return fmt.Sprintf("%d B", n)
			}
			return three(v) + " " + u
		}
		v /= 1024
	}
	return three(v) + " TiB"
}

// count returns n with a comma between thousands.
func count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// percent returns a part of 1 in per cent. Only a whole one is 100 %.
func percent(part float64) string {
	p := 100 * part
	if p < 100 && p >= 99.95 {
		return strconv.FormatFloat(math.Floor(p*1000)/1000, 'f', -1, 64) + " %"
	}
	return strconv.FormatFloat(math.Round(p*10)/10, 'f', -1, 64) + " %"
}

// known returns what show makes of v, or none.
func known[T any](v *T, show func(T) string) string {
	if v == nil {
		return none
	}
	return show(*v)
}

// clean makes text from files and the network safe for a terminal: what
// cannot be printed is escaped.
func clean(text string) string {
	if strings.IndexFunc(text, unprintable) < 0 {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if unprintable(r) {
			q := strconv.QuoteRuneToASCII(r)
			out.WriteString(q[1 : len(q)-1])
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }

// whole returns v with a comma between thousands, and digits behind the point
// where v is small.
func whole(v float64) string {
	switch {
	case v < 100:
		return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
	case v < 999.95:
		return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	}
	return count(uint64(math.Round(v)))
}
