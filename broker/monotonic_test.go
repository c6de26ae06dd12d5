package broker

import (
	"strings"
	"testing"
	"time"
)

// TestClockIsMonotonic: while the server runs, keep alive and expiry follow a
// clock that nobody can put forward or back. In Go a time is of that clock as
// long as it carries the monotonic reading, which its text shows.
func TestClockIsMonotonic(t *testing.T) {
	t.Parallel()
	s := &Server{SysInterval: -1}
	s.init()
	defer s.Close()
	for what, at := range map[string]time.Time{"the zero of the server's clock": s.epoch, "a time of the timing wheel": s.at(s.now())} {
		if !strings.Contains(at.String(), " m=") {
			t.Errorf("%s is %v, without a monotonic reading: it jumps with the clock on the wall", what, at)
		}
	}
}
