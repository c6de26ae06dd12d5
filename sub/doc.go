// Package sub receives: [Run] subscribes, filters, counts and hands messages to
// a sink until there is a reason to stop; [Collect], [Gather] and [Clear]
// inspect and clean the retained messages of a broker.
//
// The package never prints, and knows neither a terminal nor a format.
package sub
