// Package rr is request and response over MQTT, MQTT 5.0 section 4.10: [Ask]
// sends requests and waits for the response to each, [Respond] answers them.
//
// With MQTT 5 a request carries the topic for its response and correlation
// data, which the response repeats. Before MQTT 5 both sides have to know the
// topic, and any message on it is the response.
package rr
