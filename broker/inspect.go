package broker

import (
	"cmp"
	"slices"
	"time"

	"mqt/internal/mqtt"
)

// ClientInfo describes one session: a client that is connected or awaited.
type ClientInfo struct {
	ID            string
	Connected     bool
	Username      string        // may be empty without an Authorizer
	Remote        string        // empty while the client is away
	Version       mqtt.Version  // 0 while the client is away
	KeepAlive     time.Duration // 0: none
	SessionExpiry uint32        // seconds; 0xFFFFFFFF is never
	Subscriptions int
	Inflight      int // QoS 1 and 2 messages sent and not acknowledged
	Queued        int // messages that wait for the client
	QueuedBytes   int
}

// SubscriptionInfo describes one subscription of a session.
type SubscriptionInfo struct {
	ClientID string
	Filter   mqtt.Filter
	QoS      mqtt.QoS
}

// Stats are counters of a server since it started, and what it holds now.
type Stats struct {
	Uptime                               time.Duration
	Connections, ClientsConnected        int64 // now
	Sessions                             int64 // now, connected or not
	ConnectionsTotal, ConnectionsRefused int64
	SessionsExpired                      int64
	Subscriptions, SharedSubscriptions   int64 // now
	Retained, RetainedBytes              int64 // now, $SYS not included in the bytes
	Queued, QueuedBytes                  int64 // now
	BytesReceived, BytesSent             int64
	PacketsReceived, PacketsSent         int64
	PublishReceived, PublishSent         int64
	Dropped                              map[string]int64 // messages, by reason
	MemoryLimited                        bool             // now: Limits.MaxMemory is exceeded
	Listeners                            []ListenerStats  // in the order of their names
	Closed                               map[string]int64 // connections that ended, by reason
	LargestQueue                         int64            // now: messages that wait for the one client for which most do
	Commits                              CommitStats      // of a Store that is a StoreStats
}

// Stats returns the server's counters. It may be called at any time.
func (s *Server) Stats() Stats {
	s.init()
	st := &s.stats
	sum := st.flows.total()
	retained, bytes := s.retained.count()
	out := Stats{
		Uptime: time.Since(s.epoch), Connections: st.sockets.Load(), ClientsConnected: st.clients.Load(),
		Sessions: int64(len(s.sessions.list())), ConnectionsTotal: st.opened.Load(), ConnectionsRefused: st.refused.Load(),
		SessionsExpired: st.expired.Load(), Subscriptions: st.subs.Load(), SharedSubscriptions: st.shared.Load(),
		Retained: int64(retained), RetainedBytes: int64(bytes), Queued: st.queued.Load(), QueuedBytes: st.queuedB.Load(),
		BytesReceived: sum.bytesIn, BytesSent: sum.bytesOut, PacketsReceived: sum.msgsIn, PacketsSent: sum.msgsOut,
		PublishReceived: sum.pubIn, PublishSent: sum.pubOut, Dropped: make(map[string]int64, dropReasons),
		Closed: make(map[string]int64, closeReasons), MemoryLimited: s.memory.limited.Load(), Listeners: st.flows.describe(),
	}
	for r, name := range dropNames {
		out.Dropped[name] = st.dropped[r].Load()
	}
	for _, sess := range s.sessions.list() {
		out.LargestQueue = max(out.LargestQueue, int64(sess.backlog.Load()))
	}
	if st, ok := s.Store.(StoreStats); ok {
		out.Commits = st.CommitStats()
	}
	for r, name := range closeNames {
		out.Closed[name] = st.closed[r].Load()
	}
	return out
}

// Clients returns every session, in the order of client identifiers.
func (s *Server) Clients() []ClientInfo {
	s.init()
	list := s.sessions.list()
	out := make([]ClientInfo, 0, len(list))
	for _, sess := range list {
		out = append(out, sess.describe())
	}
	slices.SortFunc(out, func(a, b ClientInfo) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Client returns one session, and whether there is one.
func (s *Server) Client(id string) (ClientInfo, bool) {
	s.init()
	sess := s.sessions.find(id)
	if sess == nil {
		return ClientInfo{}, false
	}
	return sess.describe(), true
}

// Kick disconnects a client with administrative action (0x98) and reports
// whether it was connected. Its session stays as long as it asked for.
func (s *Server) Kick(id string) bool {
	s.init()
	sess := s.sessions.find(id)
	if sess == nil {
		return false
	}
	c := sess.conn.Load()
	if c == nil {
		return false
	}
	c.disconnect(nil, errKicked)
	return true
}

var errKicked = &mqtt.ReasonError{Code: mqtt.AdministrativeAction, Reason: "disconnected by an administrator"}

func (r *registry) find(id string) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byID[id]
}

func (s *session) describe() ClientInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := ClientInfo{ID: s.id, SessionExpiry: s.expiry, Subscriptions: len(s.subs),
		Inflight: s.out.sent, Queued: s.queue.n, QueuedBytes: s.queue.bytes}
	if info := s.info.Load(); info != nil {
		out.Username = info.Username
	}
	if c := s.conn.Load(); c != nil {
		out.Connected, out.Remote, out.Version = true, c.lk.remote(), c.version
		out.KeepAlive = time.Duration(c.keepAlive) * 2 / 3
	}
	return out
}

// Subscriptions returns every subscription of every session.
func (s *Server) Subscriptions() []SubscriptionInfo {
	s.init()
	var out []SubscriptionInfo
	for _, sess := range s.sessions.list() {
		sess.mu.Lock()
		for _, sub := range sess.subs {
			out = append(out, SubscriptionInfo{ClientID: sess.id, Filter: sub.filter, QoS: sub.target.qos})
		}
		sess.mu.Unlock()
	}
	slices.SortFunc(out, func(a, b SubscriptionInfo) int {
		return cmp.Or(cmp.Compare(a.ClientID, b.ClientID), cmp.Compare(a.Filter.String(), b.Filter.String()))
	})
	return out
}

// Retained returns the retained messages that a filter matches, in the order
// of topics.
func (s *Server) Retained(f mqtt.Filter) []mqtt.Message {
	s.init()
	var list []*message
	for _, e := range s.retained.match(f) {
		if m := e.msg.Load(); m != nil {
			list = append(list, m)
		}
	}
	return s.export(list)
}

// AllRetained returns every retained message but those of the server's own
// $SYS topics, in the order of topics.
func (s *Server) AllRetained() []mqtt.Message {
	s.init()
	return s.export(s.retained.messages())
}

func (s *Server) export(list []*message) []mqtt.Message {
	now := s.now()
	var out []mqtt.Message
	for _, m := range list {
		if !m.expired(now) {
			out = append(out, m.export())
		}
	}
	slices.SortFunc(out, func(a, b mqtt.Message) int { return cmp.Compare(a.Topic, b.Topic) })
	return out
}
