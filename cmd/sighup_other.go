//go:build !unix

package cmd

import "os"

// hangups returns a channel that never receives: there is no SIGHUP here.
func hangups() (hup <-chan os.Signal, stop func()) { return nil, func() {} }
