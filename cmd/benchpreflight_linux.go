package cmd

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// thisMachine returns what this machine allows. It raises the number of open
// files to the highest that the process may choose.
func thisMachine() machine {
	var m machine
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err == nil {
		m.descriptors = limit.Cur
		if limit.Cur < limit.Max {
			raised := unix.Rlimit{Cur: limit.Max, Max: limit.Max}
			if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
				m.descriptors = limit.Max
			}
		}
	}
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	var low, high int
	if err != nil {
		return m
	}
	if n, err := fmt.Sscan(string(text), &low, &high); n == 2 && err == nil && low <= high {
		m.ports = high - low + 1
	}
	return m
}
