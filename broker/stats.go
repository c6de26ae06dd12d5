package broker

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// stats are the server's counters.
type stats struct {
	flows   flowList
	sockets atomic.Int64 // open connections
	opened  atomic.Int64 // connections accepted so far
	refused atomic.Int64 // connections a limit turned away
	clients atomic.Int64 // clients connected
	maximum atomic.Int64 // most clients connected at once
	expired atomic.Int64 // sessions that expired
	subs    atomic.Int64 // subscriptions
	shared  atomic.Int64 // of them shared
	queued  atomic.Int64 // messages waiting in sessions
	queuedB atomic.Int64 // their bytes
	dropped [dropReasons]atomic.Int64
	closed  [closeReasons]atomic.Int64 // connections that ended
}

// dropReason says why a message did not reach a session.
type dropReason int

const (
	dropQueueFull  dropReason = iota // the session's queue was full
	dropExpired                      // the message expiry interval passed
	dropTooLarge                     // larger than the client accepts
	dropClosing                      // the connection was being closed
	dropRetained                     // a limit of retained messages
	dropNotAllowed                   // the topic may not be published to
	dropStore                        // the store failed
	dropDenied                       // the Authorizer refused it
	dropSessionEnd                   // the session ended with messages waiting
	dropPayload                      // the payload was larger than the server accepts
	dropMemory                       // memory was short
	dropReasons
)

var dropNames = [dropReasons]string{
	"queue_full", "expired", "packet_too_large", "closing", "retained_limit", "not_allowed", "store_failed", "denied", "session_end", "payload_too_large", "memory",
}

func (s *stats) droppedTotal() int64 {
	var n int64
	for i := range s.dropped {
		n += s.dropped[i].Load()
	}
	return n
}

// throttle lets one log record a second through for each reason, so that a
// flood of drops does not become a flood of log lines.
type throttle struct {
	mu   sync.Mutex // taken last, held for a map access
	last map[string]time.Time
}

func (t *throttle) warn(log *slog.Logger, msg string, attrs ...any) {
	now := time.Now()
	t.mu.Lock()
	if t.last == nil {
		t.last = make(map[string]time.Time)
	}
	ok := now.Sub(t.last[msg]) >= time.Second
	if ok {
		t.last[msg] = now
	}
	t.mu.Unlock()
	if ok {
		log.Warn(msg, attrs...)
	}
}

// drop counts n messages that did not reach a session.
func (s *Server) drop(r dropReason, n int, client string) {
	s.stats.dropped[r].Add(int64(n))
	if t := s.Trace; t != nil && t.Dropped != nil {
		t.Dropped(client, dropNames[r], n)
	}
}

// dropped counts n messages that did not reach a session and logs it.
func (s *Server) dropped(r dropReason, n int, client string) {
	s.drop(r, n, client)
	s.warnings.warn(s.log, "message dropped: "+dropNames[r],
		"client", client, "dropped_so_far", s.stats.dropped[r].Load())
}
