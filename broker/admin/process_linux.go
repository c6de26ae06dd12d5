package admin

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ticks is how many clock ticks a second has in /proc, on every architecture
// that Go knows.
const ticks = 100

// process appends what the operating system says about the process. What
// cannot be read is left out.
func (e *exposition) process() {
	e.processStat()
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		e.single("process_open_fds", "File descriptors that are open.", gauge, float64(len(fds)-1)) // one is the directory
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		e.single("process_max_fds", "File descriptors that may be open.", gauge, float64(limit.Cur))
	}
}

// processStat appends the fields of /proc/self/stat, which proc_pid_stat(5)
// numbers from 1.
func (e *exposition) processStat() {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return
	}
	after := stat[bytes.LastIndexByte(stat, ')')+1:] // the program's name may hold spaces
	fields := strings.Fields(string(after))
	if len(fields) < 22 {
		return
	}
	field := func(number int) float64 {
		v, _ := strconv.ParseFloat(fields[number-3], 64) // 0 for what is no number
		return v
	}
	e.single("process_cpu_seconds_total", "CPU time, user and system.", counter, (field(14)+field(15))/ticks)
	e.single("go_threads", "Threads of the operating system.", gauge, field(20))
	e.single("process_virtual_memory_bytes", "Size of the virtual memory.", gauge, field(23))
	e.single("process_resident_memory_bytes", "Size of the memory that is resident.", gauge, field(24)*float64(os.Getpagesize()))
	if boot := bootTime(); boot > 0 {
		e.single("process_start_time_seconds", "When the process started, as seconds since 1970.", gauge, boot+field(22)/ticks)
	}
}

// bootTime returns when the system started, as seconds since 1970; 0 when it
// is unknown.
func bootTime() float64 {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(stat)) {
		if seconds, ok := strings.CutPrefix(line, "btime "); ok {
			v, _ := strconv.ParseFloat(strings.TrimSpace(seconds), 64)
			return v
		}
	}
	return 0
}
