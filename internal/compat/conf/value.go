package conf

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// set stores the value of a line whose key is plain: a boolean, a number or
// a text. Booleans and numbers end at the next space; what follows is ignored,
// as mosquitto does. A text is the rest of the line.
func (r *reader) set(k *key, to reflect.Value, value string) error {
	switch k.kind {
	case boolean:
		b, err := r.parseBool(k.name, value)
		if err == nil {
			setBool(to, b)
		}
		return err
	case number:
		n, err := r.parseNumber(k, value)
		if err == nil {
			setInt(to, n)
		}
		return err
	}
	s, err := r.parseText(k.name, value)
	if err != nil {
		return err
	}
	switch {
	case k.max > 0 && int64(len(s)) > k.max:
		return r.at.errorf(fmt.Sprintf("%s: the value is longer than %d bytes", k.name, k.max), "")
	case to.Kind() == reflect.Slice:
		to.Set(reflect.Append(to, reflect.ValueOf(s)))
	case k.once && to.String() != "":
		return r.at.errorf(k.name+" was given before", "remove one of the lines")
	default:
		to.SetString(s)
	}
	return nil
}

// word cuts the first word off value.
func word(value string) (first, rest string) {
	first, rest, _ = strings.Cut(strings.TrimLeft(value, " "), " ")
	return first, rest
}

func (r *reader) parseWord(name, value string) (first, rest string, err error) {
	first, rest = word(value)
	if first == "" {
		err = r.at.errorf(name+" has no value", "")
	}
	return first, rest, err
}

func (r *reader) parseBool(name, value string) (bool, error) {
	w, _, err := r.parseWord(name, value)
	if err != nil {
		return false, err
	}
	switch w {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, r.at.errorf(fmt.Sprintf("%s: %q is neither true nor false", name, w), "")
}

// parseNumber reads a number in the notations of C: 10, 0x0a, 012.
func (r *reader) parseNumber(k *key, value string) (int64, error) {
	w, _, err := r.parseWord(k.name, value)
	if err != nil {
		return 0, err
	}
	n, ok := parseC(strings.TrimLeft(w, "\t\v\f\r"))
	if !ok {
		return 0, r.at.errorf(fmt.Sprintf("%s: %q is not a number", k.name, w), "")
	}
	low, high := k.min, k.max
	if high == 0 {
		low, high = math.MinInt32, math.MaxInt32
	}
	if k.clamp && n < low {
		n = low
	}
	if n < low || n > high {
		return 0, r.at.errorf(fmt.Sprintf("%s: %d is not from %d to %d", k.name, n, low, high), "")
	}
	if k.unlimited && n == 0 {
		n = -1
	}
	return n, nil
}

// parseC parses an integer as C does: 0x is hexadecimal, 0 octal.
func parseC(s string) (n int64, ok bool) {
	digits := strings.ToLower(strings.TrimLeft(s, "+-"))
	if strings.HasPrefix(digits, "0b") || strings.HasPrefix(digits, "0o") || strings.Contains(digits, "_") {
		return 0, false // Go's notations only
	}
	n, err := strconv.ParseInt(s, 0, 64)
	return n, err == nil
}

func (r *reader) parseText(name, value string) (string, error) {
	s := strings.Trim(value, " \t\v\f\r\n")
	if s == "" {
		return "", r.at.errorf(name+" has no value", "")
	}
	if len(s) > math.MaxUint16 {
		return "", r.at.errorf(name+": the value is longer than 65535 bytes", "")
	}
	return s, nil
}
