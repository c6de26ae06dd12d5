package main

import (
	"fmt"
	"os"
	"syscall"
)

// raiseFileLimit raises the soft limit on open files to the hard one, also
// for the brokers: what a program sets itself, its children inherit.
func raiseFileLimit() error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return fmt.Errorf("file limit: %w", err)
	}
	l.Cur = l.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return fmt.Errorf("file limit: %w", err)
	}
	return nil
}

// maxConnections returns how many connections the file limit allows.
func maxConnections() int {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 1
	}
	const spare = 200
	return int(min(max(l.Cur, spare+1)-spare, 25_000)) // and the ports of one address
}

func interrupt(p *os.Process) { p.Signal(syscall.SIGTERM) }
