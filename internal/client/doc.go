// Package client is the MQTT client core: one logical connection to a broker
// that survives the loss of the network connection, in MQTT 5, 3.1.1 or 3.1.
//
// The request and response part of the protocol (CONNECT, SUBSCRIBE,
// UNSUBSCRIBE, PINGREQ, DISCONNECT) is run by paho.golang, which speaks MQTT 5
// only. It never sees the network: it is given a link, a net.Conn that
// translates for older versions, gathers small writes, checks lengths before
// anything is allocated for them, and tells paho about errors through Read
// alone. Reading the source, start with link.go.
//
// PUBLISH in both directions and its acknowledgements do not pass through
// paho: session.go keeps account of what is unacknowledged, inbound.go handles
// what arrives, both straight on internal/wire. paho's own flow for QoS 1 and
// 2 loses track of pending messages when the connection is lost, can panic
// while it is torn down, and costs 15 to 27 allocations a message.
package client
