//go:build !linux

package usage

import (
	"errors"
	"time"
)

var errUnknown = errors.New("what processes use can be read on Linux only")

// Process returns the user and system time of all threads of a process.
func Process(int) (time.Duration, error) { return 0, errUnknown }

// Machine returns the time that all processes have used.
func Machine() (time.Duration, error) { return 0, errUnknown }

// Own returns the user and system time of this process.
func Own() time.Duration { return 0 }

// Resident returns the resident memory of a process in bytes.
func Resident(int) (int64, error) { return 0, errUnknown }

// CPUModel returns the name of the machine's processor, empty when unknown.
func CPUModel() string { return "" }

// Memory returns the machine's memory in bytes, 0 when unknown.
func Memory() int64 { return 0 }
