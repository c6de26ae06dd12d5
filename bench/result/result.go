// Package result is what a load test ends with: its JSON form, and what can be
// done with results once they are there, to merge those of several machines
// and to compare those of several runs.
//
// A number that was not measured is nil and null in JSON, never 0. Times and
// durations are whole nanoseconds; rates are messages a second. The form is
// versioned: within a major version it only grows.
package result

import "time"

// Schema and Version name the JSON form.
const (
	Schema  = "mqt.bench.result"
	Version = "1.0.0"
)

// Result is one run of one scenario.
type Result struct {
	Schema  string `json:"schema"`  // always Schema
	Version string `json:"version"` // Version of the form, semantic

	Run       Run             `json:"run"`
	Host      Host            `json:"host"`
	Target    Target          `json:"target"`
	Scenario  Scenario        `json:"scenario"`
	Verdict   Verdict         `json:"verdict"`
	Counts    Counts          `json:"counts"`
	Rates     Rates           `json:"rates"`
	Latency   map[string]Dist `json:"latency"` // by the names of Latencies; only what was measured
	Series    []Second        `json:"series"`  // one for each second of the measured time
	Streams   Streams         `json:"streams"`
	Resources Resources       `json:"resources"`
	Search    *Search         `json:"search"` // of --find-max, else null
	Warnings  []string        `json:"warnings"`
	Errors    []Failure       `json:"errors"`
}

// Run says when and how the run was made.
type Run struct {
	Tool     string    `json:"tool"`    // "mqt"
	Build    string    `json:"build"`   // version of mqt
	Command  string    `json:"command"` // the command line that repeats the run
	Started  time.Time `json:"started"` // when the measured time began
	Warmup   int64     `json:"warmup_ns"`
	Duration int64     `json:"duration_ns"` // measured time, without warm-up and drain
	Drain    int64     `json:"drain_ns"`
	Seed     uint64    `json:"seed"`
	Segment  *Segment  `json:"segment"` // null: the whole load
	// Interrupted tells that the run was ended before its time.
	Interrupted bool `json:"interrupted"`
}

// Segment is the part of a load that one machine makes: number Index, from 1,
// of Of.
type Segment struct {
	Index int `json:"index"`
	Of    int `json:"of"`
}

// Host is the machine the load was made on.
type Host struct {
	Name   string `json:"name"`
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPUs   int    `json:"cpus"`
	CPU    string `json:"cpu"` // model, empty when unknown
	Memory int64  `json:"memory_bytes"`
	Go     string `json:"go"`
}

// Target is the broker.
type Target struct {
	URL      string `json:"url"`     // without credentials
	Version  string `json:"version"` // protocol: "3.1", "3.1.1", "5.0"
	Embedded bool   `json:"embedded"`
	PID      *int   `json:"pid"` // the broker's process, when it was named
}

// Scenario is what the clients did: those of the whole load, also in the result
// of a segment.
type Scenario struct {
	Name        string   `json:"name"`
	Preset      string   `json:"preset"` // empty for none
	Publishers  int      `json:"publishers"`
	Subscribers int      `json:"subscribers"`
	Idle        int      `json:"idle"` // clients that only connect
	QoS         int      `json:"qos"`
	Retain      bool     `json:"retain"`
	Sizes       []int    `json:"payload_bytes"` // the sizes in use
	Target      *float64 `json:"target_rate"`   // intended messages a second, mean; null: as fast as possible
	Arrival     string   `json:"arrival"`       // "constant", "ramp", "stages", "step", "burst", "poisson", "closed"
	Late        string   `json:"late"`          // "queue" or "skip"
}

// Verdict says whether the numbers can be believed and whether they are good
// enough.
type Verdict struct {
	// Generator is "OK" or "LIMITED": the load was held back by its maker.
	Generator string      `json:"generator"`
	Reasons   []string    `json:"reasons"`    // why it is LIMITED
	Passed    *bool       `json:"passed"`     // null: there were no thresholds
	SLO       []Threshold `json:"thresholds"` // in the order given
	// Disturbed says what else slowed this machine down, so that the numbers
	// may be worse than the broker's own.
	Disturbed []string `json:"disturbed"`
	// Ceiling is the rate this machine reached against a null broker, from
	// --calibrate.
	Ceiling *float64 `json:"ceiling_rate"`
}

// The values of Verdict.Generator.
const (
	OK      = "OK"
	Limited = "LIMITED"
)

// Threshold is one expression of --slo and what came of it.
type Threshold struct {
	Expression string   `json:"expression"`
	Measured   *float64 `json:"measured"` // in the expression's unit; null: was not measured, which fails
	Passed     bool     `json:"passed"`
}

// Counts are whole numbers of the measured time and its drain.
type Counts struct {
	Connected      uint64 `json:"connected"`      // connections made
	ConnectFailed  uint64 `json:"connect_failed"` // attempts refused or broken
	Disconnected   uint64 `json:"disconnected"`   // connections lost while in use
	Subscribed     uint64 `json:"subscribed"`     // filters granted
	Intended       uint64 `json:"intended"`       // messages that were due
	Sent           uint64 `json:"sent"`           // messages handed to the network
	Skipped        uint64 `json:"skipped"`        // due and dropped, with --late skip
	Acked          uint64 `json:"acked"`          // messages the broker has taken over, QoS 1 and 2
	Refused        uint64 `json:"refused"`        // acknowledged with a reason code of 128 or more
	Expected       uint64 `json:"expected"`       // deliveries that had to come
	Delivered      uint64 `json:"delivered"`      // deliveries that came, duplicates not counted
	Lost           uint64 `json:"lost"`           // expected and not come after the drain
	Duplicated     uint64 `json:"duplicated"`
	Reordered      uint64 `json:"reordered"`
	Unparsed       uint64 `json:"unparsed"`         // payloads that are not of this run
	Negative       uint64 `json:"negative_latency"` // any fails the run
	Wills          uint64 `json:"wills"`            // wills received, scenario will
	BytesSent      uint64 `json:"bytes_sent"`       // payloads
	BytesDelivered uint64 `json:"bytes_delivered"`  // payloads
}

// Rates are means over the measured time, in messages a second.
type Rates struct {
	Connect   *float64 `json:"connect"` // connections made a second, while connecting
	Offered   *float64 `json:"offered"` // intended
	Sent      *float64 `json:"sent"`
	Acked     *float64 `json:"acked"` // acknowledged within that time, unlike some of Counts.Acked
	Delivered *float64 `json:"delivered"`
	// Achieved is the part of the intended deliveries or, without
	// subscribers, sends that came to pass in time, 0 to 1.
	Achieved *float64 `json:"achieved"`
}

// The names in Result.Latency, in the order of reports.
const (
	Connect   = "connect"   // socket opened to CONNACK
	Subscribe = "subscribe" // SUBSCRIBE to SUBACK
	Ack       = "ack"       // sent to PUBACK or PUBCOMP
	Response  = "response"  // intended to received: free of coordinated omission
	Service   = "service"   // sent to received
	SendLag   = "send_lag"  // intended to sent
	Pacing    = "pacing"    // due to woken up, of the pacing thread
	Canary    = "canary"    // sent to received, of the canary pair
)

// Latencies returns the names in Result.Latency, in the order of reports.
func Latencies() []string {
	return []string{Connect, Subscribe, Ack, Response, Service, SendLag, Pacing, Canary}
}

// Second is what happened in one second, by intended time where there is one.
type Second struct {
	At        int64    `json:"at_ns"` // since the measured time began
	Intended  uint64   `json:"intended"`
	Sent      uint64   `json:"sent"`
	Acked     uint64   `json:"acked"`
	Delivered uint64   `json:"delivered"`
	Clients   uint64   `json:"clients"`         // connected at its end
	P50       *int64   `json:"response_p50_ns"` // null: nothing came
	P99       *int64   `json:"response_p99_ns"`
	Max       *int64   `json:"response_max_ns"`
	HDR       *string  `json:"response_hdr"` // its response histogram, as in Dist
	TargetCPU *float64 `json:"target_cpu"`   // processors in use
	TargetRSS *int64   `json:"target_rss_bytes"`
}

// Streams tells of pairs of a publisher and a subscriber.
type Streams struct {
	Count uint64   `json:"count"`
	Worst []Stream `json:"worst"` // at most ten with losses, duplicates or reordering, the worst first
}

// Stream is what one subscriber received of one publisher.
type Stream struct {
	Publisher  int    `json:"publisher"`
	Subscriber int    `json:"subscriber"`
	Expected   uint64 `json:"expected"`
	Lost       uint64 `json:"lost"`
	Duplicated uint64 `json:"duplicated"`
	Reordered  uint64 `json:"reordered"`
}

// Resources is what the load and its target used.
type Resources struct {
	// CPU of the load generator's process over the measured time, in
	// processors: 1 is one whole one.
	CPU        *float64 `json:"cpu"`
	RSS        *int64   `json:"rss_bytes"`    // its largest
	GCPause    *int64   `json:"gc_pause_ns"`  // upper bound of its longest
	Scheduling *int64   `json:"sched_p99_ns"` // upper bound of Go scheduler latency, 99th percentile
	TargetCPU  *float64 `json:"target_cpu"`   // of --pid or --embedded
	TargetRSS  *int64   `json:"target_rss_bytes"`
	// OtherCPU is what all other processes of this machine used, where the
	// broker's is known.
	OtherCPU    *float64 `json:"other_cpu"`
	CPUPerMsg   *float64 `json:"target_cpu_ns_per_message"` // per delivered, or sent without subscribers
	BytesPerCon *float64 `json:"rss_bytes_per_connection"`  // of the generator
}

// Search is how --find-max went.
type Search struct {
	// Fail is the lowest rate at which most trials failed, Pass the highest
	// below it at which most passed; null: there is none.
	Pass  *float64 `json:"pass_rate"`
	Fail  *float64 `json:"fail_rate"`
	Limit bool     `json:"generator_limited"` // the generator was the limit above Pass, which is a lower bound
	Trial []Trial  `json:"trials"`            // in the order they were made
	// Waited is how long, in all, the search waited for a quiet machine,
	// beyond the half second before each trial that it takes to see one.
	Waited int64 `json:"waited_ns"`
}

// Trial is one load at one rate. Most of those that count decide on the rate.
type Trial struct {
	Rate      float64     `json:"rate"`
	Passed    bool        `json:"passed"`
	Discarded string      `json:"discarded"` // why it does not count; empty: it does
	Generator string      `json:"generator"`
	P50       *int64      `json:"response_p50_ns"`
	P99       *int64      `json:"response_p99_ns"`
	P999      *int64      `json:"response_p999_ns"`
	SLO       []Threshold `json:"thresholds"`
}

// Failure is a kind of error and how often it was met.
type Failure struct {
	Text  string `json:"text"`
	Count uint64 `json:"count"`
}
