//go:build !linux

package main

import (
	"errors"
	"os"
)

var errLinux = errors.New("measuring other processes needs Linux")

func raiseFileLimit() error   { return errLinux }
func maxConnections() int     { return 1 }
func interrupt(p *os.Process) { p.Kill() }
