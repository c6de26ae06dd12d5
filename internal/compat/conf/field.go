package conf

import (
	"fmt"
	"math"
	"reflect"
	"strings"
)

// field returns the field of the struct v with this path of TOML keys, such
// as tls.cert. A path that does not exist is a mistake in a table.
func field(v reflect.Value, path string) reflect.Value {
	for name := range strings.SplitSeq(path, ".") {
		i := 0
		for i < v.NumField() && tomlName(v.Type().Field(i)) != name {
			i++
		}
		if i == v.NumField() {
			panic(fmt.Sprintf("conf: no key %s in %s", path, v.Type()))
		}
		v = v.Field(i)
	}
	return v
}

func tomlName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
	return name
}

// setInt sets an integer, a number of seconds, or a pointer to an integer.
func setInt(v reflect.Value, n int64) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.ValueOf(new(int(n))))
	case reflect.Float64:
		v.SetFloat(float64(n))
	default:
		if v.OverflowInt(n) {
			n = math.MaxInt // of 32 bits: more than there is memory
		}
		v.SetInt(n)
	}
}

// setBool sets a bool or a pointer to one.
func setBool(v reflect.Value, b bool) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.ValueOf(&b))
	} else {
		v.SetBool(b)
	}
}

// Key describes a key of the TOML form.
type Key struct {
	// Name is the path: limits.max_packet_size, listeners.tls.cert.
	Name string
	// Type is string, integer, seconds, boolean, or one of them in brackets:
	// a list.
	Type string
	// Doc says what it is, in a few words.
	Doc string
	// Mosquitto are the keys of mosquitto.conf that end up here.
	Mosquitto []string
}

// Keys returns the keys of the TOML form in the order of [Config].
func Keys() []Key {
	from := map[string][]string{}
	for _, k := range keyTable {
		if k.to != "" {
			path := k.where.prefix() + k.to
			from[path] = append(from[path], k.name)
		}
	}
	var out []Key
	leaves(reflect.TypeFor[Config](), "", func(path string, f reflect.StructField) {
		out = append(out, Key{path, typeName(f.Type), f.Tag.Get("comment"), from[path]})
	})
	return out
}

// leaves visits the keys of t that are not tables.
func leaves(t reflect.Type, prefix string, visit func(path string, f reflect.StructField)) {
	for i := range t.NumField() {
		f := t.Field(i)
		path, inner := prefix+tomlName(f), f.Type
		if inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			leaves(inner, path+".", visit)
		} else {
			visit(path, f)
		}
	}
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "[" + typeName(t.Elem()) + "]"
	case reflect.Float64:
		return "seconds"
	case reflect.Bool:
		return "boolean"
	case reflect.Int:
		return "integer"
	}
	return "string"
}
