package cmd

import (
	"strings"
	"time"
)

// clock returns the clock in the time zone that tz, the variable TZ, names.
// Go knows the names of the zone files only, and takes all else for UTC.
func clock(tz string) func() time.Time {
	if !strings.ContainsAny(tz, "0123456789") || strings.HasPrefix(tz, ":") || strings.HasPrefix(tz, "/") {
		return time.Now
	}
	if _, err := time.LoadLocation(tz); err == nil {
		return time.Now
	}
	zone, err := posixZone(tz)
	if err != nil {
		return time.Now
	}
	return func() time.Time { return time.Now().In(zone) }
}

// posixZone returns the zone that a rule in the form of POSIX describes, such
// as CET-1CEST,M3.5.0,M10.5.0/3. A zone file, RFC 8536, ends with such a rule:
// this is one with nothing before it.
func posixZone(rule string) (*time.Location, error) {
	const block = "TZif2" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x04" + // one type, four characters
		"\x00\x00\x00\x00\x00\x00UTC\x00"
	return time.LoadLocationFromTZData(rule, []byte(block+block+"\n"+rule+"\n")) // of version 1 and of 2
}
