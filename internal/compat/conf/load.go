package conf

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
)

// Warning is a key that was read and has no effect.
type Warning struct {
	// File and Line say where.
	File string
	Line int
	// Key is the key as mosquitto knows it.
	Key string
	// Instead says what happens instead.
	Instead string
}

// String returns "file:line: key is not supported: what happens instead".
func (w Warning) String() string {
	return fmt.Sprintf("%s:%d: %s is not supported: %s", w.File, w.Line, w.Key, w.Instead)
}

// Error is a line that cannot be used.
type Error struct {
	// File and Line say where. Line 0 is the file as a whole.
	File string
	Line int
	// Text says what is wrong, Hint what to do about it; Hint may be empty.
	Text, Hint string
}

// Error returns "file:line: text", and "hint: …" on a second line.
func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s += ":" + strconv.Itoa(e.Line)
	}
	s += ": " + e.Text
	if e.Hint != "" {
		s += "\nhint: " + e.Hint
	}
	return s
}

// position is a line of a file.
type position struct {
	file string
	line int
}

func (p position) errorf(text, hint string) error {
	return &Error{File: p.file, Line: p.line, Text: text, Hint: hint}
}

// maxFile is how many bytes of a configuration file are read: more is an
// error. Real ones have a few thousand.
const maxFile = 16 << 20

// Load reads the configuration file at path, and the files that it includes.
// The warnings come in the order of the lines. An error is an [Error], or
// tells why a file cannot be read.
func Load(path string) (Config, []Warning, error) {
	data, err := readFile(path)
	if err != nil {
		return Config{}, nil, err
	}
	return Parse(path, data)
}

// Parse is [Load] for the content of a file that was read already. Name
// stands in its messages.
func Parse(name string, data []byte) (Config, []Warning, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if isTOML(data) {
		c, err := parseTOML(name, data)
		if err != nil {
			return Config{}, nil, err
		}
		return c.finish(), nil, nil
	}
	r := newReader()
	c, err := r.run(name, data)
	if err != nil {
		return Config{}, r.warnings, err
	}
	return c, r.warnings, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &Error{File: path, Text: "is a directory", Hint: "name a file"}
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if len(data) > maxFile {
		return nil, &Error{File: path, Text: "is too large for a configuration file"}
	}
	return data, nil
}

// isTOML looks at the first line that is neither blank nor a comment: TOML
// begins with a [table] or with key = value, and mosquitto.conf never does.
func isTOML(data []byte) bool {
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		name := bytes.TrimLeft(line, `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."'`)
		return line[0] == '[' || len(name) < len(line) && bytes.HasPrefix(bytes.TrimLeft(name, " \t"), []byte("="))
	}
	return false
}
