// Package pace says when each message of an open-loop load is due. A schedule
// is a closed form: it is computed for each message, never accumulated, so
// that lateness of one message does not move the next.
package pace

import "time"

// Never is when messages are due that never are, as after stages that end at a
// rate of 0. It is so far from the end of time, 146 years, that a clock can be
// added to it.
const Never = time.Duration(1 << 62)

// Schedule says when message i of a load is due, counted from 0 over all its
// publishers. Its methods may be called at the same time.
type Schedule interface {
	// Due returns when message i is due, since the load began, or
	// Never. It does not fall as i grows.
	Due(i uint64) time.Duration
	// Count returns how many messages are due before d.
	Count(d time.Duration) uint64
	// Rate returns the intended messages a second at d.
	Rate(d time.Duration) float64
	// Name is the word for reports: "constant", "ramp", "stages", "step",
	// "burst" or "poisson".
	Name() string
}
