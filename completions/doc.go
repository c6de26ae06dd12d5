// Package completions is what shells need to complete the words of mqt: the
// scripts for bash, zsh, fish and PowerShell, written by go generate, and a
// quick look at the topics of a broker, which waits no longer than people do.
package completions

//go:generate go run mqt/internal/generate scripts .
