//go:build unix

package cmd

import (
	"os"
	"os/signal"
	"syscall"
)

// hangups returns a channel that receives SIGHUP until stop is called.
func hangups() (hup <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}
