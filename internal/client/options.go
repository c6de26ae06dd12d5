package client

import (
	"context"
	"math"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"mqt/internal/mqtt"
)

// Defaults of Options, and limits.
const (
	DefaultKeepAlive      = 60 * time.Second
	DefaultConnectTimeout = 10 * time.Second
	DefaultInflight       = 500
	DefaultReceiveMaximum = 1000
	MaxInflight           = 60_000 - acceptAhead // leaves packet identifiers for SUBSCRIBE
)

// Options says how to connect and what to do when the connection is lost.
// Only Dial is required.
type Options struct {
	// Dial opens a network connection; it is called for every attempt.
	Dial func(ctx context.Context) (net.Conn, error)
	// Version is the protocol version. 0 is automatic: MQTT 5, then 3.1.1 when
	// the broker refuses that.
	Version mqtt.Version
	// ClientID identifies the session. Empty lets the broker assign one; MQTT
	// 3.1 cannot do that, so a random one beginning with "mqt-" is sent.
	ClientID string
	// CleanStart discards the session the broker may hold for ClientID. It
	// counts for the first connection: later ones resume the session, except
	// where the session does not outlive the connection anyway.
	CleanStart bool
	// KeepSession asks the broker to keep the session after the connection: in
	// MQTT 5 with a session expiry of "never", unless Props hold one. Older
	// versions do so whenever CleanStart is false, without being asked.
	KeepSession bool
	// HoldMessages keeps what arrives before the first Subscribe, by not
	// reading on from the network, however long that takes. A resumed session
	// needs it to be received whole. Without, messages that nobody handles
	// are dropped when they get many, so that a client may only publish.
	HoldMessages bool
	// KeepAlive is the longest silence on the connection, in whole seconds,
	// at most 65,535; 0 means DefaultKeepAlive, negative means none. The
	// broker's Server Keep Alive overrides it.
	KeepAlive time.Duration
	// Username is sent unless empty, with HasUsername also then.
	Username    string
	HasUsername bool
	// Password is sent unless nil.
	Password []byte
	// Auth, unless nil, authenticates both sides with AUTH packets, which needs
	// MQTT 5. Username may be sent besides; Password should stay nil.
	Auth *Authentication
	// Will is published by the broker when the connection is lost; nil means
	// none. Its Props may hold PropWillDelay.
	Will *mqtt.Message
	// Props are the properties of CONNECT.
	Props mqtt.Properties
	// DisconnectProps are the properties of DISCONNECT.
	DisconnectProps mqtt.Properties
	// Inflight is the most publishes of QoS 1 and 2 that are on their way, sent
	// and not yet acknowledged, never more than the broker's Receive Maximum. 0
	// means DefaultInflight (and, before MQTT 5, 20 of QoS 2), the most is
	// MaxInflight.
	Inflight int
	// RequestsFirst is how many packet identifiers, from 1, only SUBSCRIBE and
	// UNSUBSCRIBE use; so many of them may wait. With 0 publishes have the first
	// identifiers.
	RequestsFirst int
	// ReceiveMaximum is how many unacknowledged messages the broker may send;
	// 0 means DefaultReceiveMaximum, unless Props holds one.
	ReceiveMaximum uint16
	// ConnectTimeout bounds one attempt to connect, from Dial to CONNACK; 0
	// means DefaultConnectTimeout.
	ConnectTimeout time.Duration
	// NoReconnect ends the client when its connection is lost. Otherwise it
	// ends on its own only when the broker refuses it, and when eight
	// connections in a row fail in that way while publishes are pending.
	NoReconnect bool
	// RetryConnect also repeats the first connection until it succeeds, is
	// refused for good, or the context ends.
	RetryConnect bool
	// Backoff spaces the attempts.
	Backoff Backoff
	// Events is told what happens to the connection, from one goroutine at a
	// time and in order. It must not block for long, nor call the client.
	Events func(Event)
}

// Backoff spaces attempts to connect: Min doubles with every failure up to
// Max, and each wait is a random half to whole of that. A connection that was
// lost within Max, before it brought a message or acknowledged one, counts as
// a failure, too.
type Backoff struct {
	Min time.Duration // 0 means one second
	Max time.Duration // 0 means thirty seconds
}

func (b Backoff) delay(attempt int) time.Duration {
	d := b.Min
	for range attempt {
		if d >= b.Max {
			break
		}
		d *= 2
	}
	d = min(d, b.Max)
	return d/2 + rand.N(d/2+1)
}

// EventKind says what an Event is about.
type EventKind int

// The kinds of events.
const (
	Connected    EventKind = iota + 1 // the first connection stands
	Lost                              // the connection was lost: Err
	Reconnecting                      // the next attempt starts after In; Err is why the last one failed
	Reconnected                       // the connection stands again
	Resubscribed                      // a subscription could not be restored: Err
	Dropped                           // the client ended with Count QoS 0 messages unsent
)

// Event is something that happened to the connection.
type Event struct {
	Kind EventKind
	// Err is the reason of Lost, Reconnecting and Resubscribed.
	Err error
	// In is how long until the attempt of Reconnecting.
	In time.Duration
	// Attempt counts the attempts since the connection was lost, from 1.
	Attempt int
	// SessionPresent is whether the broker kept the session, in Connected and
	// Reconnected.
	SessionPresent bool
	// Count is the number of messages of Dropped.
	Count int
}

// withDefaults returns a copy in which nothing is left to assume.
func (o Options) withDefaults() Options {
	switch {
	case o.KeepAlive == 0:
		o.KeepAlive = DefaultKeepAlive
	case o.KeepAlive < 0:
		o.KeepAlive = 0
	}
	if o.Inflight <= 0 {
		o.Inflight = DefaultInflight
	}
	o.Inflight = min(o.Inflight, MaxInflight)
	if o.ReceiveMaximum == 0 {
		o.ReceiveMaximum = DefaultReceiveMaximum
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = DefaultConnectTimeout
	}
	if o.Backoff.Min <= 0 {
		o.Backoff.Min = time.Second
	}
	if o.Backoff.Max <= 0 {
		o.Backoff.Max = 30 * time.Second
	}
	if o.Events == nil {
		o.Events = func(Event) {}
	}
	return o
}

// window returns the empty session.
func (o *Options) window() window {
	return window{most: o.Inflight + acceptAhead, base: o.RequestsFirst}
}

// requests returns the account of requests for a new link.
func (o *Options) requests() *requests {
	if o.RequestsFirst > 0 {
		return newRequests(0, o.RequestsFirst)
	}
	return newRequests(o.Inflight+acceptAhead, math.MaxUint16)
}

// connectProps returns the properties of CONNECT in MQTT 5.
func (o *Options) connectProps() mqtt.Properties {
	ps := slices.Clone(o.Props)
	if o.KeepSession && !ps.Has(mqtt.PropSessionExpiry) {
		ps.SetUint(mqtt.PropSessionExpiry, neverExpires)
	}
	if !ps.Has(mqtt.PropReceiveMaximum) {
		ps.SetUint(mqtt.PropReceiveMaximum, uint32(o.ReceiveMaximum))
	}
	return ps
}

// neverExpires is the session expiry interval of a session that is never
// discarded, MQTT 5.0 section 3.1.2.11.2.
const neverExpires = 1<<32 - 1
