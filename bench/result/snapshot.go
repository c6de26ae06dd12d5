package result

import "time"

// Phase is what a run is busy with.
type Phase string

// The phases, in order.
const (
	Connecting Phase = "connect"
	Warming    Phase = "warm-up"
	Measuring  Phase = "measure"
	Draining   Phase = "drain"
	Done       Phase = "done"
)

// Snapshot is the state of a run, for those who watch it.
type Snapshot struct {
	Phase    Phase
	Elapsed  time.Duration // in the phase
	Length   time.Duration // of the phase; 0 is unknown
	Clients  int           // connected
	Planned  int           // clients that the scenario has
	Counts   Counts        // since measuring began; in earlier phases since that phase began
	Target   *float64      // intended messages a second now; nil: as fast as possible
	Sent     float64       // messages a second, over the last interval
	Received float64       // deliveries a second, over the last interval
	Response Dist          // since measuring began, without HDR; Service when there is no schedule
	// RecentP99 is the 99th percentile of the last interval, nil when nothing came.
	RecentP99 *int64
	Generator string   // OK or Limited so far
	Reasons   []string // why it is Limited
	TargetCPU *float64 // processors in use, over the last interval
	TargetRSS *int64   // bytes
}

// Outstanding is how many deliveries are on their way.
func (s Snapshot) Outstanding() uint64 {
	done := s.Counts.Delivered + s.Counts.Lost
	if done > s.Counts.Expected {
		return 0
	}
	return s.Counts.Expected - done
}
