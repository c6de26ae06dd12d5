package mqtt

import (
	"fmt"
	"time"
)

// QoS is a quality of service level: how hard both sides try to deliver a
// message. Values above 2 are invalid.
type QoS uint8

// The three levels, MQTT 5.0 section 4.3.
const (
	AtMostOnce  QoS = 0 // fire and forget: no acknowledgement
	AtLeastOnce QoS = 1 // acknowledged with PUBACK; duplicates are possible
	ExactlyOnce QoS = 2 // PUBREC, PUBREL, PUBCOMP; no duplicates
)

// Valid reports whether q is 0, 1 or 2. [MQTT-3.3.1-4]
func (q QoS) Valid() bool { return q <= ExactlyOnce }

// Version is the protocol level byte of CONNECT.
type Version uint8

// The protocol versions this module speaks.
const (
	V31  Version = 3 // MQTT 3.1, protocol name "MQIsdp"
	V311 Version = 4 // MQTT 3.1.1, protocol name "MQTT"
	V5   Version = 5 // MQTT 5.0, protocol name "MQTT"
)

// String returns the version as people write it, such as "3.1.1".
func (v Version) String() string {
	switch v {
	case V31:
		return "3.1"
	case V311:
		return "3.1.1"
	case V5:
		return "5"
	}
	return fmt.Sprintf("unknown protocol level %d", uint8(v))
}

// Message is an application message: what a PUBLISH packet or a will carries.
type Message struct {
	// Topic is the topic name, without wildcards, at most 65,535 bytes.
	Topic string
	// Payload is opaque to the protocol. Nil and empty mean the same.
	Payload []byte
	// QoS is the level the message was published or delivered with.
	QoS QoS
	// Retain asks the broker to keep the message, or says that it had been
	// kept before the subscription was made.
	Retain bool
	// Dup marks a delivery that may have been made before.
	Dup bool
	// PacketID is the packet identifier of the delivery; zero at QoS 0 and in
	// messages that are yet to be sent.
	PacketID uint16
	// Props are the MQTT 5 properties, in the order of the wire. Nil in
	// MQTT 3.1 and 3.1.1.
	Props Properties
	// Received is when the message arrived. Zero in messages to be sent.
	Received time.Time
}

// Subscription is one topic filter of a SUBSCRIBE packet with its options.
// Everything but Filter and QoS needs MQTT 5.
type Subscription struct {
	// Filter is what to subscribe to.
	Filter Filter
	// QoS is the highest level the subscriber wants to receive.
	QoS QoS
	// NoLocal keeps the subscriber's own messages from coming back.
	NoLocal bool
	// RetainAsPublished keeps the retain flag as the publisher set it.
	RetainAsPublished bool
	// RetainHandling says when retained messages are sent.
	RetainHandling RetainHandling
}

// RetainHandling is the subscription option that says when retained messages
// are sent, MQTT 5.0 section 3.8.3.1.
type RetainHandling uint8

// The retain handling options.
const (
	RetainSend      RetainHandling = 0 // at every subscribe
	RetainSendIfNew RetainHandling = 1 // only if the subscription did not exist yet
	RetainDontSend  RetainHandling = 2 // never
)

// Valid reports whether h is 0, 1 or 2. [MQTT-3.8.3-4]
func (h RetainHandling) Valid() bool { return h <= RetainDontSend }
