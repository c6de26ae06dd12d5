//go:build !linux

package main

import (
	"errors"
	"os"
	"time"
)

var errLinux = errors.New("measuring other processes needs Linux")

func processTime(int) (time.Duration, error) { return 0, errLinux }
func machineTime() (time.Duration, error)    { return 0, errLinux }
func ownTime() time.Duration                 { return 0 }
func residentKiB(int) (float64, error)       { return 0, errLinux }
func raiseFileLimit() error                  { return errLinux }
func maxConnections() int                    { return 1 }
func interrupt(p *os.Process)                { p.Kill() }
