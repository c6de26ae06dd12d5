package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"mqt/bench/pace"
	"mqt/bench/payload"
	"mqt/bench/result"
	"mqt/internal/mqtt"
)

// Plan is a load in full. Nothing in it has a default.
type Plan struct {
	Kind    Kind
	Clients []Client // in the order they connect

	// How they connect.
	Servers       []*url.URL // clients take them in turn; from transport.ParseURL
	TLS           *tls.Config
	WSHeader      http.Header
	Proxy         *url.URL // as in transport.Options; nil connects directly
	Sources       []string // local IP addresses, clients take them in turn; none lets the system choose
	Nagle         bool     // leave Nagle's algorithm on
	Version       mqtt.Version
	KeepAlive     time.Duration // zero is none
	Persistent    bool
	SessionExpiry time.Duration
	ConnectRate   float64 // connections a second; zero has no limit
	AtOnce        int     // connections being made at the same time
	// ConnectTimeout bounds one attempt to connect, until CONNACK; zero has no
	// limit.
	ConnectTimeout time.Duration
	WaitAll        bool // publish only when all are connected
	Credentials    func(number int) (user, password string)
	Certificate    func(number int) (*tls.Certificate, error)

	// What they publish.
	QoS         mqtt.QoS
	Retain      bool
	Sizes       []Size            // of payloads, at least one
	Payload     []byte            // after the header; nil is letters
	Template    *payload.Template // after the header; nil is Payload
	Headers     []string
	Schedule    pace.Schedule // nil is the closed loop
	Skip        bool          // drop what is late
	Window      int           // unacknowledged messages a publisher may have
	Batch       int           // messages in one write, at most
	Outstanding int           // deliveries on their way in total, in the closed loop
	Seed        uint64

	// For how long.
	StartAt  time.Time // zero is at once
	Warmup   time.Duration
	Duration time.Duration // zero with a Count ends with the last message
	Count    uint64        // messages in all, zero has no limit
	Drain    time.Duration // zero is as result.Run says

	// Watch is called on a goroutine of its own, four times a second and at
	// each change of phase, never twice at a time. It may be nil.
	Watch func(View)
}

// Size is a payload length in bytes and its weight among the others.
type Size struct{ Bytes, Weight int }

// Client is one client of a plan.
type Client struct {
	Role   string // for errors, such as "publisher"
	Number int    // for placeholders, credentials and certificates
	ID     string
	// Topic is what it publishes to, empty when it does not. Placeholders of
	// the message are still in it: see Placeholders.
	Topic string
	// Filters are what it subscribes to.
	Filters []string
	// Group, when not 0, is shared by subscribers of which each message
	// reaches one.
	Group int
	// Respond answers requests; Request sends them, to be answered at Filters[0].
	Respond, Request bool
	// Will is the topic of its will; empty is none.
	Will string
}

// Kind is what the clients of a plan do together.
type Kind int

// The kinds of load.
const (
	Messages Kind = iota // publishers publish, subscribers receive
	Hold                 // connections are made and held
	Listen               // subscribers receive what others publish
	Retained             // retained messages are set, then read
	Offline              // messages are queued for persistent sessions, then fetched
	Wills                // clients with a will are killed
)

// Limits of a plan.
const (
	maxPublishers = 1 << 24
	maxPayload    = 16 << 20
	maxWindow     = 65535
)

// check reports what no load can be made of.
func (p *Plan) check() error {
	switch {
	case len(p.Clients) == 0:
		return errors.New("the load has no clients")
	case len(p.Servers) == 0:
		return errors.New("the load has no broker")
	case !p.QoS.Valid():
		return fmt.Errorf("QoS is %d", p.QoS)
	case p.Window < 1 || p.Window > maxWindow:
		return fmt.Errorf("window of %d messages: want 1 to %d", p.Window, maxWindow)
	case p.Batch < 1 || p.Outstanding < 1 || p.AtOnce < 1:
		return errors.New("a count is not positive")
	}
	if t := p.Template; t != nil && !slices.Equal(p.Sizes, []Size{{HeaderSize + t.Size(), 1}}) {
		return errors.New("the template is of another size")
	}
	return p.checkSizes()
}

func (p *Plan) checkSizes() error {
	if len(p.Sizes) == 0 {
		return errors.New("there is no payload size")
	}
	for _, s := range p.Sizes {
		if s.Bytes < HeaderSize || s.Bytes > maxPayload {
			return fmt.Errorf("payload of %d bytes: want %d to %d", s.Bytes, HeaderSize, maxPayload)
		}
		if s.Weight < 1 {
			return fmt.Errorf("payload of %d bytes has the weight %d: want at least 1", s.Bytes, s.Weight)
		}
	}
	return nil
}

// View is the state of a load at one moment, for Plan.Watch and as the end.
type View struct {
	Phase     result.Phase
	Elapsed   time.Duration // in the phase
	Length    time.Duration // of the phase, 0 is unknown
	Clients   int           // connected
	Counts    result.Counts
	Target    *float64 // intended rate now
	Latencies Latencies
	Recent    *Histogram // responses since the last View; nil at the end
	Busy      float64    // part of the time that the event loop did not wait, so far
}
