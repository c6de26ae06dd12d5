// Package bench puts load on an MQTT broker and measures what comes back.
//
// [Run] makes one load test: the clients of a scenario connect, warm up,
// publish when messages are due, and wait for what is on its way; what was
// counted and timed is a [result.Result]. Messages are due by a schedule that
// does not wait for the broker, so that a broker that stalls shows in the
// latency of everything that was due meanwhile.
//
// The clients and the loop that drives them are in bench/internal/load.
package bench
