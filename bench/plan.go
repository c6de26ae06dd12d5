package bench

import (
	"errors"
	"fmt"
	"net"

	"mqt/internal/mqtt"
)

// Plan says who publishes and who subscribes.
type Plan struct {
	// Addr is the broker's TCP address, host:port.
	Addr string
	// Version is the protocol version; 0 is 3.1.1.
	Version mqtt.Version
	// QoS is the level of publishing and of subscribing.
	QoS mqtt.QoS
	// Topics has one topic name for each publisher, at most 1<<24.
	Topics []string
	// Filters has one topic filter for each subscriber.
	Filters []string
	// Idle is how many more connections are made that neither publish nor
	// subscribe.
	Idle int
	// Payload is the length of each payload in bytes, 16 to 65,536; 0 is 64.
	Payload int
	// Batch is the most messages in one write; 0 is 64. At QoS 0 a write has
	// exactly so many.
	Batch int
	// Window is how many messages of one publisher may be unacknowledged at
	// QoS 1 and 2, at most 10,000; 0 is 20.
	Window int
	// Outstanding is how many deliveries may be on their way in total,
	// shared evenly by the publishers; each has at least two batches, or at
	// QoS 1 and 2 one window. 0 is 4,096, and 512 at QoS 1 and 2.
	Outstanding int
	// AtOnce is how many connections are being made at the same time; 0 is 64.
	AtOnce int
	// Prefix begins every client identifier; empty is "bench".
	Prefix string
}

// Limits of a plan.
const (
	maxPublishers = 1 << 24
	maxPayload    = 64 << 10
	maxWindow     = 10_000
)

// withDefaults returns p with every zero replaced.
func (p Plan) withDefaults() Plan {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	if p.Version == 0 {
		p.Version = mqtt.V311
	}
	if p.Prefix == "" {
		p.Prefix = "bench"
	}
	set(&p.Payload, 64)
	set(&p.Batch, 64)
	set(&p.Window, 20)
	set(&p.AtOnce, 64)
	if p.QoS == mqtt.AtMostOnce {
		set(&p.Outstanding, 4096)
	}
	set(&p.Outstanding, 512)
	return p
}

// check reports what no load can be made of. p has its defaults.
func (p Plan) check() error {
	if _, _, err := net.SplitHostPort(p.Addr); err != nil {
		return fmt.Errorf("broker address: %w", err)
	}
	switch {
	case !p.QoS.Valid():
		return fmt.Errorf("QoS is %d", p.QoS)
	case p.Payload < headerSize || p.Payload > maxPayload:
		return fmt.Errorf("payload of %d bytes: want %d to %d", p.Payload, headerSize, maxPayload)
	case p.Window < 1 || p.Window > maxWindow:
		return fmt.Errorf("window of %d messages: want 1 to %d", p.Window, maxWindow)
	case p.Batch < 1 || p.Batch > maxWindow:
		return fmt.Errorf("batch of %d messages: want 1 to %d", p.Batch, maxWindow)
	case p.Outstanding < 1 || p.AtOnce < 1 || p.Idle < 0:
		return errors.New("a count is negative")
	case len(p.Topics) > maxPublishers:
		return fmt.Errorf("%d publishers: want at most %d", len(p.Topics), maxPublishers)
	case len(p.Topics)+len(p.Filters)+p.Idle == 0:
		return errors.New("the plan has no clients")
	}
	return nil
}

// share returns how many messages of one publisher, each delivered fanout
// times, may be on their way.
func (p Plan) share(fanout int) int {
	least := 2 * p.Batch
	if p.QoS > mqtt.AtMostOnce {
		least = p.Window
	}
	return max(least, p.Outstanding/(len(p.Topics)*max(fanout, 1)))
}
