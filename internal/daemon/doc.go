// Package daemon runs a broker the way a configuration says: it opens the
// listeners and the store, decides with files, tokens and certificates about
// clients, serves the HTTP side, writes the log, and follows files that change.
// The command line turns flags into a [conf.Config] and calls [Run].
package daemon
