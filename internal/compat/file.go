package compat

import (
	"iter"
	"path/filepath"
	"runtime"
	"strings"
)

// defaultFile returns the name of the configuration file of the user, empty
// when the environment does not tell.
func defaultFile(program Program, getenv func(string) string) string {
	if runtime.GOOS == "windows" {
		if home := getenv("USERPROFILE"); home != "" {
			return filepath.Join(home, program.String()+".conf")
		}
		return ""
	}
	if dir := getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, program.String())
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".config", program.String())
	}
	return ""
}

// maxLine is the longest line that is read at once; the rest is another line.
const maxLine = 1023

// configLines yields the words of each line of a configuration file: the
// option, and behind one space all that follows, as it stands.
func configLines(text string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for text != "" {
			end := strings.IndexByte(text, '\n') + 1
			if end == 0 {
				end = len(text)
			}
			end = min(end, maxLine)
			line, _, _ := strings.Cut(text[:end], "\x00") // a C string
			text = text[end:]
			if words := configWords(strings.TrimRight(line, "\r\n")); words != nil && !yield(words) {
				return
			}
		}
	}
}

func configWords(line string) []string {
	if strings.HasPrefix(line, "#") {
		return nil
	}
	name, value, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
	switch {
	case name == "":
		return nil
	case value == "":
		return []string{name}
	}
	return []string{name, value}
}
