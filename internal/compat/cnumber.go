package compat

import (
	"math"
	"strconv"
	"strings"
)

// atol reads a number as C's atol does: blanks, a sign, digits; what follows
// is ignored, no digits are 0, and what is too large is the largest.
func atol(s string) int64 {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	end := 0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		end = 1
	}
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, _ := strconv.ParseInt(s[:end], 10, 64) // the nearest one when out of range, else 0
	return n
}

// atoi is C's atoi where int has 32 bits.
func atoi(s string) int { return int(int32(atol(s))) }

// atof is C's atof for decimal numbers: the longest front of s that is one.
func atof(s string) float64 {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	end := 0
	sign := func() {
		if end < len(s) && (s[end] == '-' || s[end] == '+') {
			end++
		}
	}
	digits := func() (any bool) {
		for ; end < len(s) && s[end] >= '0' && s[end] <= '9'; end++ {
			any = true
		}
		return any
	}
	sign()
	some := digits()
	if end < len(s) && s[end] == '.' {
		end++
		some = digits() || some
	}
	if !some {
		return 0
	}
	whole := end
	if end < len(s) && (s[end] == 'e' || s[end] == 'E') {
		end++
		if sign(); !digits() {
			end = whole
		}
	}
	f, _ := strconv.ParseFloat(s[:end], 64) // infinite when out of range
	return f
}

// strtoll reads all of s as C's strtoll does with base 0; ok is false when
// something is left or there are no digits. Out of range is the nearest.
func strtoll(s string) (n int64, ok bool) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	if strings.ContainsAny(s, "_oObB") { // Go's own prefixes; b is also a hexadecimal digit
		hex := strings.TrimLeft(s, "+-")
		if strings.Contains(s, "_") || len(hex) < 2 || hex[1] != 'x' && hex[1] != 'X' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil && (n == math.MaxInt64 || n == math.MinInt64) {
		return n, true
	}
	return n, err == nil
}
