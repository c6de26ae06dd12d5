// Package bench puts load on an MQTT broker and counts what comes back.
//
// A [Plan] names publishers by topic and subscribers by filter; [Open]
// connects them all; [Load.Run] publishes as fast as the broker delivers, for
// a time; [Load.Drain] waits for what is still on its way. The load is a
// closed loop: how many messages may be on their way at once is bounded, so
// that queues stay short and no broker has a reason to drop.
//
// Each payload begins with 16 bytes, big-endian: a version (1 byte), the
// number of the publisher (3), its sequence number (4) and the time it was to
// be sent, in nanoseconds since the load was opened (8). From them each
// subscriber tells loss, duplicates and reordering, for every publisher apart.
//
// The clients cost far less than a broker: PUBLISH packets are encoded once
// and patched, many go out in one write, acknowledgements in another, and on
// Linux one event loop on one thread serves all connections. Elsewhere two
// goroutines serve each connection; everything but the sockets is shared.
package bench
