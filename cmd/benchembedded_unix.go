//go:build unix && !linux

package cmd

import (
	"os"
	"os/exec"
	"syscall"
)

// startApart starts a process that signals from the terminal do not reach, and
// closes ended when it is over.
func startApart(c *exec.Cmd, ended chan<- struct{}) error {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		return err
	}
	go func() { // ends with the process
		defer close(ended)
		_ = c.Wait() // how it ended does not matter
	}()
	return nil
}

func askToEnd(p *os.Process) { _ = p.Signal(syscall.SIGTERM) } // it may have ended
