package load

import (
	"fmt"
	"time"
)

// attempts are the connections being made, the oldest first.
type attempts struct {
	limit int64 // how long each may take, in nanoseconds; 0 is for ever
	all   []attempt
}

// attempt is one connection being made.
type attempt struct {
	c     *client
	since int64 // when it began
	ran   int64 // the same, in time run
}

// open reports whether c is still at it.
func (a attempt) open() bool {
	return a.c.since == a.since && (a.c.phase == dialing || a.c.phase == connecting)
}

// add takes note that c begins to connect. ran is the time run.
func (a *attempts) add(c *client, ran int64) {
	if a.limit > 0 {
		a.all = append(a.all, attempt{c, c.since, ran})
	}
}

// expired returns a client whose attempt has taken too long, once; nil when
// there is none. ran is the time run.
func (a *attempts) expired(ran int64) *client {
	for len(a.all) > 0 {
		oldest := a.all[0]
		open := oldest.open()
		if open && ran-oldest.ran < a.limit {
			return nil
		}
		a.all = a.all[1:]
		if open {
			return oldest.c
		}
	}
	return nil
}

// slow says what has not come of an attempt in time.
func (a *attempts) slow(c *client) error {
	what := "connection"
	if c.phase == connecting {
		what = "answer to CONNECT"
	}
	return fmt.Errorf("no %s within %v", what, time.Duration(a.limit))
}
