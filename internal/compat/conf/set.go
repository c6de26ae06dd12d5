package conf

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Set gives one key of a section, a pointer to a struct of this package, the
// value that text stands for: a flag of the command line says what a line of
// a file would. Lists grow by one member. Numbers of bytes may end in k, M or
// G, which are powers of 1024, and times in a unit, as in 1m30s. An error says
// what is wrong with the text, without repeating it, and changes nothing. A
// key that does not exist is a mistake in the program.
func Set(section any, key, text string) error {
	v := field(reflect.ValueOf(section).Elem(), key)
	tag := tagOf(reflect.TypeOf(section).Elem(), key)
	to := reflect.New(v.Type()).Elem()
	to.Set(v)
	if err := setText(to, text, tag); err != nil {
		return err
	}
	if p := checkValue(to, key, tag); p != nil {
		return errors.New(p.text)
	}
	v.Set(to)
	return nil
}

// tagOf returns the tag of the field at a path of keys.
func tagOf(t reflect.Type, key string) (tag reflect.StructTag) {
	leaves(t, "", func(path string, f reflect.StructField) {
		if path == key {
			tag = f.Tag
		}
	})
	return tag
}

func setText(v reflect.Value, text string, tag reflect.StructTag) error {
	switch v.Kind() {
	case reflect.Pointer:
		to := reflect.New(v.Type().Elem())
		v.Set(to)
		return setText(to.Elem(), text, tag)
	case reflect.Slice:
		one := reflect.New(v.Type().Elem()).Elem()
		if err := setText(one, text, tag); err != nil {
			return err
		}
		v.Set(reflect.Append(v.Slice3(0, v.Len(), v.Len()), one))
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("is neither true nor false")
		}
		v.SetBool(b)
	case reflect.Int:
		n, err := parseInt(text, tag)
		if err != nil {
			return err
		}
		v.SetInt(n)
	case reflect.Float64:
		n, err := parseSeconds(text)
		if err != nil {
			return err
		}
		v.SetFloat(n)
	default:
		v.SetString(text)
	}
	return nil
}

var byteUnits = map[string]int64{"k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}

func parseInt(text string, tag reflect.StructTag) (int64, error) {
	unit := int64(1)
	if strings.Contains(tag.Get("comment"), "bytes") && text != "" {
		if u, ok := byteUnits[text[len(text)-1:]]; ok {
			text, unit = text[:len(text)-1], u
		}
	}
	n, err := strconv.ParseInt(text, 10, strconv.IntSize)
	low, high, _ := strings.Cut(tag.Get("range"), " ")
	if most, _ := strconv.ParseInt(high, 10, 64); errors.Is(err, strconv.ErrRange) || n > math.MaxInt64/unit || err == nil && n*unit > most {
		return 0, fmt.Errorf("is not a number from %s to %s", low, high)
	}
	if err != nil || n < -1 || n == -1 && (low != "-1" || unit > 1) {
		if low == "-1" {
			return 0, errors.New("is not a number from 0, or -1")
		}
		return 0, errors.New("is not a number from " + low)
	}
	return n * unit, nil
}

// parseSeconds reads a number of seconds or a time with a unit; -1 is itself.
func parseSeconds(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err == nil && (n >= 0 || n == -1) {
		return n, nil
	}
	d, derr := time.ParseDuration(text)
	switch {
	case err == nil || derr == nil && d < 0:
		return 0, errors.New("is out of range")
	case derr != nil:
		return 0, errors.New("is neither a number of seconds nor a duration such as 300ms")
	}
	return d.Seconds(), nil
}
