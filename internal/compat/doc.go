// Package compat reads the command lines and configuration files of
// mosquitto_pub, mosquitto_sub and mosquitto_rr (version 2.1) as those programs
// do, to the letter: argument grammar, order of the checks, texts of the errors.
//
// [Parse] turns words into [Options] and knows nothing of what is done with
// them. [Usage] and [Version] are the answers to --help and --version; [Trace]
// shows the packets of a connection as -d does.
package compat
