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

// Snapshot is the state of a run, for those who watch it. Its JSON form is a
// line of -o ndjson.
type Snapshot struct {
	Phase    Phase         `json:"phase"`
	Elapsed  time.Duration `json:"elapsed_ns"`    // in the phase
	Length   time.Duration `json:"length_ns"`     // of the phase; 0 is unknown
	Clients  int           `json:"clients"`       // connected
	Planned  int           `json:"planned"`       // clients that the scenario has
	Counts   Counts        `json:"counts"`        // since measuring began; in earlier phases since that phase began
	Target   *float64      `json:"target_rate"`   // intended messages a second now; nil: as fast as possible
	Sent     float64       `json:"sent_rate"`     // messages a second, over the last interval
	Received float64       `json:"received_rate"` // deliveries a second, over the last interval
	Response Dist          `json:"response"`      // since measuring began, without HDR; Service when there is no schedule
	// RecentP99 is the 99th percentile of the last interval, nil when nothing came.
	RecentP99 *int64   `json:"recent_p99_ns"`
	Generator string   `json:"generator"`        // OK or Limited so far
	Reasons   []string `json:"reasons"`          // why it is Limited
	TargetCPU *float64 `json:"target_cpu"`       // processors in use, over the last interval
	TargetRSS *int64   `json:"target_rss_bytes"` // bytes
}

// Outstanding is how many deliveries are on their way.
func (s Snapshot) Outstanding() uint64 {
	done := s.Counts.Delivered + s.Counts.Lost
	if done > s.Counts.Expected {
		return 0
	}
	return s.Counts.Expected - done
}
