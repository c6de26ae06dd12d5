package conf

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

func choices(words map[string]string) string {
	return strings.Join(slices.Sorted(maps.Keys(words)), ", ")
}

// perListenerSettings can be turned on once, before any key that it moves.
func (r *reader) perListenerSettings(value string) error {
	if r.perListener {
		return nil
	}
	on, err := r.parseBool("per_listener_settings", value)
	if err == nil && on && r.authSeen {
		err = r.at.errorf("per_listener_settings comes after settings that it moves to the listeners", "write it at the beginning")
	}
	r.perListener = on
	return err
}

func (r *reader) persistence(value string) (err error) {
	r.persist, err = r.parseBool("persistence", value)
	return err
}

// persistenceLocation counts only with persistence.
func (r *reader) persistenceLocation(value string) error {
	dir, err := r.parseText("persistence_location", value)
	if err == nil && r.location != "" {
		err = r.at.errorf("persistence_location was given before", "remove one of the lines")
	}
	r.location = dir
	return err
}

// sessionExpiry reads a number and a unit. Months have 30 days, years 365.
func (r *reader) sessionExpiry(value string) error {
	w, _, err := r.parseWord("persistent_client_expiration", value)
	if err != nil {
		return err
	}
	const day = 24 * 60 * 60
	units := map[byte]int64{'s': 1, 'h': 60 * 60, 'd': day, 'w': 7 * day, 'm': 30 * day, 'y': 365 * day}
	unit := units[w[len(w)-1]]
	n, err := strconv.ParseInt(w[:len(w)-1], 10, 32)
	if err != nil || n <= 0 || unit == 0 || n*unit > 100_000_000_000 {
		return r.at.errorf(fmt.Sprintf("persistent_client_expiration: %q is not a time", w), "write a number and s, h, d, w, m or y: 14d")
	}
	r.c.Limits.MaxSessionExpiry = Seconds(n * unit)
	return nil
}

// logDest collects destinations; none begins anew.
func (r *reader) logDest(value string) error {
	words := map[string]string{"none": "none", "stdout": "stdout", "stderr": "stderr", "topic": "topic", "file": "file", "syslog": "", "dlt": ""}
	dest, err := r.choose("log_dest", value, words)
	if err != nil {
		return err
	}
	l := &r.c.Log
	name, rest := word(value)
	switch {
	case dest == "":
		r.warn("log_dest "+name, "the log goes to standard error")
		dest = "stderr"
	case dest == "file" && l.File != "":
		return r.at.errorf("log_dest file was given before", "remove one of the lines")
	case dest == "file":
		if l.File, err = r.parseText("log_dest file", rest); err != nil {
			return err
		}
	case dest == "none":
		l.Destinations, l.File = []string{"none"}, ""
		return nil
	}
	l.Destinations = slices.DeleteFunc(l.Destinations, func(d string) bool { return d == "none" || d == dest })
	l.Destinations = append(l.Destinations, dest)
	return nil
}

// logType collects what is logged; none begins anew.
func (r *reader) logType(value string) error {
	words := map[string]string{
		"none": "none", "error": "error", "warning": "warn", "notice": "info", "information": "info", "debug": "debug", "all": "debug",
		"subscribe": "", "unsubscribe": "", "internal": "", "websockets": "",
	}
	level, err := r.choose("log_type", value, words)
	if err != nil {
		return err
	}
	if level == "" {
		name, _ := word(value)
		r.warn("log_type "+name, "log_type debug has that too")
		level = "none"
		if r.logTypes != nil {
			return nil
		}
	} else if level == "none" {
		clear(r.logTypes)
	}
	if r.logTypes == nil {
		r.logTypes = map[string]bool{}
	}
	r.logTypes[level] = true
	return nil
}

// logLevel returns the least important of the types that were asked for.
func (r *reader) logLevel() string {
	for _, level := range []string{"debug", "info", "warn", "error", "none"} {
		if r.logTypes[level] {
			return level
		}
	}
	return ""
}
