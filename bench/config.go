package bench

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"time"

	"mqt/bench/pace"
	"mqt/bench/payload"
	"mqt/bench/result"
	"mqt/internal/mqtt"
)

// Config is a whole load test: which clients do what to which broker, at
// which times. Run fills in what is zero from the scenario's own defaults.
type Config struct {
	// Scenario is one of Scenarios.
	Scenario string
	// Preset is the name of the preset the rest comes from, for reports.
	Preset string

	Target  Target
	Clients Clients
	Load    Workload

	Warmup   time.Duration // publishes at the schedule's first rate, but does not count
	Duration time.Duration // of the measured time; zero is 10 s where Count is zero
	Count    uint64        // messages in total; zero is no limit
	// Drain is the longest wait for what is on its way at the end; zero is
	// the larger of 2 s and five times the 99.9th percentile of the response.
	Drain   time.Duration
	Seed    uint64          // of everything random; zero is 42
	Segment *result.Segment // nil is the whole load
	StartAt time.Time       // when measuring begins; zero is as soon as all is ready
	Ceiling *float64        // this machine's rate against a null broker, for the verdict
	Command string          // the command line that repeats the run, for reports
	Build   string          // version of mqt, for reports
	// Watch, when not nil, is called four times a second and at each change
	// of phase, never twice at a time.
	Watch func(result.Snapshot)
}

// Target is the broker under load.
type Target struct {
	// URLs are where it listens: mqtt, mqtts, ws, wss or unix. Clients take
	// them in turn.
	URLs      []string
	Version   mqtt.Version // zero is 5.0
	TLS       *tls.Config  // of mqtts and wss; nil verifies with the system's roots
	WSHeader  http.Header  // more headers of the WebSocket request
	Proxy     *url.URL     // SOCKS5 proxy to the broker, as in transport.Options; nil is none, and Unix sockets ignore it
	Sources   []string     // local IP addresses that clients take in turn
	NoDelayed bool         // leave Nagle's algorithm on
	Embedded  bool         // the broker is one that mqt started, for reports
	PID       int          // its process, 0 is unknown: CPU and memory of it are reported
}

// Clients says how the clients connect.
type Clients struct {
	// Publishers, Subscribers and Idle are how many there are of each; see
	// the scenario for what they do.
	Publishers, Subscribers, Idle int
	First                         int           // number of the first client
	Prefix                        string        // of client identifiers; empty is "mqtbench"
	ShortIDs                      bool          // identifiers are the prefix and the number, no host and process
	Rate                          float64       // connections a second, zero is as fast as AtOnce lets
	AtOnce                        int           // connections being made at the same time; zero is 64
	ConnectTimeout                time.Duration // of one attempt to connect, until CONNACK; zero is 10 s
	KeepAlive                     time.Duration // zero is 300 s, negative is none
	Persistent                    bool          // not a clean session
	SessionExpiry                 time.Duration // MQTT 5
	// Credentials returns the user name and password of the client with that
	// number; nil sends none.
	Credentials func(n int) (user, password string)
	// Certificate returns the TLS certificate of the client with that number;
	// nil sends Target.TLS's.
	Certificate func(n int) (*tls.Certificate, error)
	WaitAll     bool // publish only when all are connected; scenarios with deliveries always do
}

// Workload says what is published, and when.
type Workload struct {
	// Topic is the topic name of publishers: %u user name, %c client
	// identifier, %i number, %s a running number, %rand_N a random number
	// below N. Empty is the scenario's own.
	Topic string
	// Filters are what subscribers subscribe to, all of them, with the same
	// placeholders. Empty is the scenario's own.
	Filters []string
	QoS     mqtt.QoS
	Retain  bool
	// Sizes are the payload lengths in bytes, taken at random by weight;
	// empty is 256. Payloads begin with a header of 16 bytes.
	Sizes []Size
	// Payload, when not nil, is what follows the header.
	Payload []byte
	// Template, when not nil, is what follows it instead, filled for each
	// message. It makes the size.
	Template *payload.Template
	// Headers are MQTT 5 user properties of each message: "ts" and "cnt64" as
	// emqtt-bench has them.
	Headers []string
	// Schedule is when each message is due, from when measuring begins; nil
	// publishes as fast as the broker delivers.
	Schedule pace.Schedule
	Skip     bool // drop what is late instead of sending it late
	// Batch is the most messages of a publisher in one write; zero is 64 in a
	// closed loop with subscribers, else 256.
	Batch int
	// Outstanding is how many deliveries may be on their way in a closed loop,
	// shared evenly by the publishers; each has at least two batches, or at QoS
	// 1 and 2 one window. Zero is 4,096, and 512 at QoS 1 and 2.
	Outstanding int
	Window      int // unacknowledged messages a publisher may have at QoS 1 and 2; zero is 20 closed, 65,535 with a Schedule
}

// Size is a payload length and how often it is taken, beside the others.
type Size struct{ Bytes, Weight int }
