package profile

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrByHand says that a file is written in a way that this package cannot
// edit without spoiling it.
var ErrByHand = errors.New("is written in a way that only its author can edit")

// The functions below change the text of a file and leave the rest of it as it
// is, comments included. They check that the new text says what it should, and
// return ErrByHand when it does not.

// Add returns data with a profile more. There must be none of that name.
func Add(data []byte, p Profile) ([]byte, error) {
	want, err := Parse("", data)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.Write(data)
	if n := len(data); n > 0 && data[n-1] != '\n' {
		b.WriteByte('\n')
	}
	if len(data) > 0 {
		b.WriteByte('\n')
	}
	b.WriteString("[profiles." + quoteKey(p.Name) + "]\n")
	for _, s := range p.Settings {
		b.WriteString(quoteKey(s.Key) + " = " + quoteValues(s.Values) + "\n")
	}
	want.Profiles = append(want.Profiles, p)
	return checked(b.String(), want)
}

// Remove returns data without the profile of that name, which is then not the
// default either.
func Remove(data []byte, name string) ([]byte, error) {
	want, err := Parse("", data)
	if err != nil {
		return nil, err
	}
	want.Profiles = slices.DeleteFunc(want.Profiles, func(p Profile) bool { return p.Name == name })
	l := linesOf(data)
	text := strings.SplitAfter(string(data), "\n")
	from := l.at("profiles", name) - 1
	if from < 0 {
		return nil, ErrByHand
	}
	to := len(text)
	for _, line := range l { // the next heading, or a key of it
		if n := line - 1; n > from && n < to && isHeading(text[n]) {
			to = n
		}
	}
	for to < len(text) && to-1 > from && strings.HasPrefix(text[to-1], "#") {
		to-- // a comment on the next heading
	}
	text = slices.Delete(text, from, to)
	if want.Default == name {
		want.Default = ""
		if n := l.at("default") - 1; n >= 0 && n < from {
			text = slices.Delete(text, n, n+1)
		}
	}
	return checked(strings.Join(text, ""), want)
}

// Use returns data with another default.
func Use(data []byte, name string) ([]byte, error) {
	want, err := Parse("", data)
	if err != nil {
		return nil, err
	}
	want.Default = name
	text := strings.SplitAfter(string(data), "\n")
	line := "default = " + quote(name) + "\n"
	if n := linesOf(data).at("default") - 1; n >= 0 {
		text[n] = line
	} else {
		text = slices.Insert(text, 0, line)
	}
	return checked(strings.Join(text, ""), want)
}

// checked returns the text when it says what is wanted.
func checked(text string, want File) ([]byte, error) {
	got, err := Parse("", []byte(text))
	if err != nil || !reflect.DeepEqual(plain(got), plain(want)) {
		return nil, ErrByHand
	}
	return []byte(text), nil
}

// plain returns f without lines, in the order that Parse makes.
func plain(f File) File {
	out := File{Default: f.Default}
	for _, p := range f.Profiles {
		settings := []Setting{}
		for _, s := range p.Settings {
			s.Line = 0
			settings = append(settings, s)
		}
		slices.SortFunc(settings, func(a, b Setting) int { return strings.Compare(a.Key, b.Key) })
		out.Profiles = append(out.Profiles, Profile{p.Name, settings})
	}
	slices.SortFunc(out.Profiles, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func isHeading(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "[") }

func quoteKey(key string) string {
	if key != "" && strings.Trim(key, bareKey) == "" {
		return key
	}
	return quote(key)
}

// bareKey are the characters of a key that needs no quotes.
const bareKey = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func quoteValues(values []string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = quoteValue(v)
	}
	if len(all) == 1 {
		return all[0]
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// quoteValue returns a value as people write it: whole numbers and truth values
// without quotes.
func quoteValue(v string) string {
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && strconv.FormatInt(n, 10) == v || v == "true" || v == "false" {
		return v
	}
	return quote(v)
}

// quote returns s as a basic string of TOML, section "String".
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range strings.ToValidUTF8(s, string(utf8.RuneError)) {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ' || c == 0x7f:
			b.WriteString(`\u00` + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
