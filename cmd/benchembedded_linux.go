package cmd

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// startApart starts a process that signals from the terminal do not reach, and
// closes ended when it is over. The process ends with this one, even when this
// one is killed.
func startApart(c *exec.Cmd, ended chan<- struct{}) error {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() { // ends with the process
		runtime.LockOSThread() // the signal comes when the thread that started it ends
		defer runtime.UnlockOSThread()
		err := c.Start()
		started <- err
		if err == nil {
			defer close(ended)
			_ = c.Wait() // how it ended does not matter
		}
	}()
	return <-started
}

func askToEnd(p *os.Process) { _ = p.Signal(syscall.SIGTERM) } // it may have ended
