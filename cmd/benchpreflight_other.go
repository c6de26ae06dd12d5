//go:build !linux

package cmd

// thisMachine returns what this machine allows: it is not known here, and a
// connection that fails says so.
func thisMachine() machine { return machine{} }
