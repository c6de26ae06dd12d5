// Package mqtt is the vocabulary of the Message Queuing Telemetry Transport
// protocol that every other package of this module shares: messages, quality
// of service, reason codes, properties, topic names and topic filters.
//
// It holds no connection, no codec and no state, and imports nothing but the
// standard library. Clause numbers such as [MQTT-4.7.1-1] refer to the OASIS
// standards MQTT 3.1.1 and MQTT 5.0.
package mqtt
