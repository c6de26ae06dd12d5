// Package load is the core of a load test: clients that speak MQTT to a
// broker, one event loop that drives them, and what they count and time.
//
// A [Plan] names every client. [Load.Run] takes it through steps: connect,
// warm up, measure, drain. With a schedule the load is an open loop: message i
// is due at a time that does not depend on the broker, belongs to publisher i
// mod N, and goes out with whatever else is due then. Without one the load is
// a closed loop: how many messages may be on their way at once is bounded, so
// that queues stay short and no broker has a reason to drop.
//
// Each payload begins with 16 bytes, big-endian: a version (1 byte), the
// number of the publisher (3), its sequence number (4) and the time it was due,
// in nanoseconds since the load began (8). From them each subscriber tells
// loss, duplicates and reordering, for every publisher apart, and the latency.
//
// The clients cost far less than a broker: packets are composed into one
// buffer, many go out in one write, acknowledgements in another, and on Linux
// one event loop on one thread serves all connections over plain TCP. For
// everything else two goroutines serve each connection; everything but the
// sockets is shared.
//
// All times are nanoseconds since the load began, on the monotonic clock.
package load
