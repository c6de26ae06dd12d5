package usage

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of processor times in /proc: USER_HZ is 100 on every
// architecture that Go runs on.
const tick = 10 * time.Millisecond

// Process returns the user and system time of all threads of a process.
func Process(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may contain anything; utime and stime are the
	// 14th and 15th field of the line, the 12th and 13th after the name.
	_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
	return sumTicks(strings.Fields(rest), 11, 12)
}

// Machine returns the time that all processes have used, interrupts left out.
func Machine() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return sumTicks(strings.Fields(line), 1, 2, 3) // user nice system
}

func sumTicks(fields []string, at ...int) (time.Duration, error) {
	var sum time.Duration
	for _, i := range at {
		if i >= len(fields) {
			return 0, fmt.Errorf("/proc: %d fields where there should be more", len(fields))
		}
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc: %w", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// Own returns the user and system time of this process.
func Own() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Resident returns the resident memory of a process in bytes.
func Resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("/proc/%d/statm: %q", pid, text)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// CPUModel returns the name of the machine's processor, empty when unknown.
func CPUModel() string { return field("/proc/cpuinfo", "model name") }

// Memory returns the machine's memory in bytes, 0 when unknown.
func Memory() int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return n * 1024
}

// field returns the first value of that name in a file of names and values.
func field(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
