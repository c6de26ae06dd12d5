// Package cmd is the command line of mqt: it turns flags into option structs,
// makes one call of the packages that do the work, and turns the outcome into
// an exit code. It holds no protocol and formats no message.
//
// A command file has an options struct, a constructor newX(env, run) that
// binds flags to it, and a runX. Tests give the constructor a run of their own
// and compare the struct.
package cmd
