package bench

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"mqt/bench/internal/load"
	"mqt/internal/mqtt"
)

// withDefaults returns c with every zero replaced that has a default.
func (c Config) withDefaults(s Scenario) Config {
	if c.Target.Version == 0 {
		c.Target.Version = mqtt.V5
	}
	if c.Clients.Publishers+c.Clients.Subscribers+c.Clients.Idle == 0 {
		c.Clients.Publishers, c.Clients.Subscribers, c.Clients.Idle = s.publishers, s.subscribers, s.idle
	}
	if c.Clients.Prefix == "" {
		c.Clients.Prefix = "mqtbench"
	}
	if c.Clients.AtOnce == 0 {
		c.Clients.AtOnce = 64
	}
	if c.Clients.ConnectTimeout == 0 {
		c.Clients.ConnectTimeout = 10 * time.Second
	}
	if c.Clients.KeepAlive == 0 {
		c.Clients.KeepAlive = 300 * time.Second
	}
	if t := c.Load.Template; t != nil {
		c.Load.Sizes = []Size{{load.HeaderSize + t.Size(), 1}}
	}
	if len(c.Load.Sizes) == 0 {
		c.Load.Sizes = []Size{{256, 1}}
	}
	if c.Seed == 0 {
		c.Seed = 42
	}
	if c.Count == 0 && c.Duration == 0 {
		if c.Count = s.count; c.Count == 0 {
			c.Duration = 10 * time.Second
		}
	}
	if s.kind == load.Retained || s.kind == load.Offline {
		c.Load.QoS = max(c.Load.QoS, mqtt.AtLeastOnce) // or nobody knows when it is there
		c.Load.Retain = s.kind == load.Retained
	}
	if s.kind == load.Offline {
		c.Clients.Persistent = true
		c.Clients.SessionExpiry = cmp.Or(c.Clients.SessionExpiry, time.Hour)
	}
	return c.loopDefaults()
}

// loopDefaults fills in what bounds the messages on their way.
func (c Config) loopDefaults() Config {
	open := c.Load.Schedule != nil
	if c.Load.Window == 0 {
		c.Load.Window = 20
		if open {
			c.Load.Window = 65535
		}
	}
	if c.Load.Batch == 0 {
		c.Load.Batch = 64
		if open || c.Clients.Subscribers == 0 {
			c.Load.Batch = 256
		}
	}
	if c.Load.Outstanding == 0 {
		c.Load.Outstanding = 512
		if c.Load.QoS == mqtt.AtMostOnce {
			c.Load.Outstanding = 4096
		}
	}
	return c
}

// check reports what no load can be made of. c has its defaults.
func (c Config) check(s Scenario) error {
	switch {
	case len(c.Target.URLs) == 0:
		return errors.New("no broker is named")
	case c.Duration < 0 || c.Warmup < 0 || c.Drain < 0:
		return errors.New("a duration is negative")
	case c.Clients.Publishers < 0 || c.Clients.Subscribers < 0 || c.Clients.Idle < 0:
		return errors.New("a number of clients is negative")
	case s.topic != "" && c.Clients.Publishers == 0:
		return fmt.Errorf("scenario %s needs publishers", s.Name)
	case s.filter != "" && c.Clients.Subscribers == 0:
		return fmt.Errorf("scenario %s needs subscribers", s.Name)
	case s.Name == "rr" && c.Target.Version != mqtt.V5:
		return errors.New("scenario rr needs MQTT 5")
	case s.Name == "rr" && c.Clients.Subscribers == 0:
		return errors.New("scenario rr needs subscribers, which respond")
	case s.kind == load.Retained && strings.Contains(c.Load.Topic, "%rand_"):
		return errors.New("scenario retained needs topics that it can find again, without %rand_N")
	case len(c.Load.Headers) > 0 && c.Target.Version != mqtt.V5:
		return errors.New("headers of messages need MQTT 5")
	}
	if g := c.Segment; g != nil && (g.Index < 1 || g.Index > g.Of) {
		return fmt.Errorf("segment %d of %d: want 1 to %d", g.Index, g.Of, g.Of)
	}
	return nil
}

// tag tells this run from all others.
func (c Config) tag() string {
	if c.Clients.ShortIDs {
		return ""
	}
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	return fmt.Sprintf("%s-%08x", host, rand.Uint32())
}
