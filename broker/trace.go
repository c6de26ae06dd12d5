package broker

import (
	"context"
	"log/slog"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Trace is a set of functions that a Server calls when something happens, for
// programs that want to look on. Any of them may be nil. They are called from
// many goroutines, hold up whatever they are told of, and must not change what
// they are given. Dropped and Packet are called with locks of the Server held:
// they must not call its methods.
type Trace struct {
	// Connected is called when a client has been accepted, with its session.
	Connected func(c *ConnectInfo)
	// Disconnected is called once for each Connected, when the client's
	// connection ends, with the reason. After a client is taken over this comes
	// after Connected for the connection that follows.
	Disconnected func(c *ConnectInfo, reason error)
	// Dropped is called when n messages did not reach a client, or were not
	// accepted from it, with the reason as in Stats.Dropped. The client
	// identifier is empty for messages that are nobody's.
	Dropped func(clientID, reason string, n int)
	// TracePackets is asked once for each CONNECT whether the connection's
	// packets are to be traced, also if it will be refused. The client
	// identifier is empty when the CONNECT is too broken to have one. A
	// connection that is not traced costs nothing.
	TracePackets func(clientID string) bool
	// Packet is called for each packet of a traced connection: one that was
	// received, before the Server acts on it, and one that is to be sent, when
	// it is lined up. In each direction that is the order of the packets.
	Packet func(p PacketTrace)
}

// PacketTrace is a packet of a connection that is being traced.
type PacketTrace struct {
	// ClientID is the client identifier.
	ClientID string
	// Sent tells a packet for the client from one that came from it.
	Sent bool
	// Time is when the packet was received or lined up.
	Time time.Time
	// Version is the protocol version of the connection.
	Version Version
	// Packet is the packet as it is on the wire. It holds what the client
	// sent, passwords included, and is valid during the call.
	Packet []byte
}

// String describes the packet in one line that is safe to print: texts are
// escaped, passwords and authentication data only counted.
func (p PacketTrace) String() string { return wire.Describe(p.Version, p.Packet) }

// connTrace is the trace of one connection's packets, to a Trace, the log, or
// both.
type connTrace struct {
	hooks   *Trace       // may be nil
	log     *slog.Logger // may be nil
	id      string
	version mqtt.Version
}

// packet reports a packet, whose last part may be apart in payload. It is
// copied so that those that are not traced can be on the stack.
func (t *connTrace) packet(sent bool, head, payload []byte) {
	packet := append(append(make([]byte, 0, len(head)+len(payload)), head...), payload...)
	p := PacketTrace{ClientID: t.id, Sent: sent, Time: time.Now(), Version: t.version, Packet: packet}
	if t.hooks != nil {
		t.hooks.Packet(p)
	}
	if t.log != nil {
		t.log.Debug("packet", "client", t.id, "sent", sent, "packet", p.String())
	}
}

// beginTrace decides whether the connection is traced, and reports its
// CONNECT, of which body is all but the fixed header.
func (c *conn) beginTrace(id string, body []byte) {
	trace := &connTrace{id: id, version: c.version}
	if t := c.srv.Trace; t != nil && t.Packet != nil && t.TracePackets != nil && t.TracePackets(id) {
		trace.hooks = t
	}
	if c.srv.log.Enabled(context.Background(), slog.LevelDebug) {
		trace.log = c.srv.log
	}
	if trace.hooks == nil && trace.log == nil {
		return
	}
	c.mu.Lock()
	c.trace, c.traced = trace, true
	c.mu.Unlock()
	packet := wire.AppendVarint([]byte{byte(wire.CONNECT) << 4}, uint32(len(body)))
	trace.packet(false, packet, body)
}

// remembers reports whether anybody wants to know who is connected.
func (s *Server) remembers() bool {
	t := s.Trace
	return s.policy.auth != nil || t != nil && (t.Connected != nil || t.Disconnected != nil) || s.logs()
}

// know makes info what the server knows about the client.
func (c *conn) know(info *ConnectInfo) {
	c.mu.Lock()
	c.info = info
	c.mu.Unlock()
}
