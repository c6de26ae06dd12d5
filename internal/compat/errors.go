package compat

import (
	"errors"
	"fmt"
	"strings"
)

// The ends of [Parse] that are no mistakes. mosquitto's programs exit with 1
// after them all the same.
var (
	ErrHelp    = errors.New("help is asked for")
	ErrVersion = errors.New("the version is asked for")
)

// UsageError is a wrong command line or configuration file.
type UsageError struct {
	// Text is the line about it without "Error: " and line ends; empty when
	// mosquitto's programs do not say what is wrong.
	Text  string
	gap   bool // an empty line follows
	whole bool // Text is all of the line
}

// Error returns Text.
func (e *UsageError) Error() string { return e.Text }

// Message returns what the program p writes to standard error.
func (e *UsageError) Message(p Program) string {
	var b strings.Builder
	switch {
	case e.whole:
		b.WriteString(e.Text + "\n")
	case e.Text != "":
		b.WriteString("Error: " + e.Text + "\n")
	}
	if e.gap {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nUse '%v --help' to see usage.\n", p)
	return b.String()
}

// mistake is an error that one line tells.
func mistake(format string, args ...any) error {
	return &UsageError{Text: fmt.Sprintf(format, args...)}
}

// mistakeGap is an error with an empty line behind it, as most have.
func mistakeGap(format string, args ...any) error {
	return &UsageError{Text: fmt.Sprintf(format, args...), gap: true}
}
