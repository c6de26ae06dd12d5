package broker

import "sync"

// registry knows every session by its client identifier.
type registry struct {
	mu   sync.Mutex // guards the map; taken before session.mu
	byID map[string]*session
}

// attachment is the outcome of connecting to a session.
type attachment struct {
	sess    *session
	present bool // the session existed
	prev    *conn
	will    *will // of the previous connection, due now
	over    []*subscription
}

// attach gives c the session of the client identifier: the existing one, or a
// new one after ending what clean start discards. accept appends CONNACK, so
// that nothing is sent to the client before it.
func (s *Server) attach(c *conn, id string, clean bool, accept func(present bool)) attachment {
	reg := &s.sessions
	reg.mu.Lock()
	defer reg.mu.Unlock()
	var a attachment
	if old := reg.byID[id]; old != nil {
		old.takeOver(reg, clean, &a)
	}
	if a.sess == nil {
		a.sess = &session{srv: s, id: id}
		reg.byID[id] = a.sess
	}
	a.sess.join(c, func() { accept(a.present) })
	return a
}

// takeOver parts the session from its connection, if it has one, and ends it
// when the new connection asks for a clean start or the session was to end
// with its connection. [MQTT-3.1.4-3]
func (s *session) takeOver(reg *registry, clean bool, a *attachment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.prev = s.conn.Load()
	ends := clean
	if c := a.prev; c != nil {
		s.conn.Store(nil)
		s.keepCursors()
		s.will, c.will = c.will, nil
		ends = ends || c.expiry == 0
	}
	if w := s.will; w != nil && (ends || a.prev != nil && w.delay == 0) {
		a.will = w
	}
	s.will = nil // a will whose delay has not passed is cancelled [MQTT-3.1.3-9]
	if ends {
		a.over = s.end(reg)
		return
	}
	a.sess, a.present = s, true
}

// join makes c the session's connection.
func (s *session) join(c *conn, accept func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.srv.wheel.Stop(&s.timer)
	s.endAt = 0
	s.durable, s.expiry = c.expiry > 0, c.expiry
	s.enter()
	s.info.Store(c.info)
	if s.srv.policy.read != nil {
		s.srv.readers.Add(1)
	}
	s.out.reconnected(c.window)
	s.note()
	accept()
	c.mu.Lock()
	c.sess = s
	open := c.state == stateNew
	if open {
		c.state = stateOpen
	}
	c.mu.Unlock()
	if open {
		s.conn.Store(c)
	}
}

// enter tells the store that the session exists and has a client.
func (s *session) enter() {
	j := &s.srv.journal
	if !j.on() || s.sid == 0 && !s.durable {
		return
	}
	if s.sid == 0 {
		s.sid = j.nextSID.Add(1)
	}
	j.append(s.sessionRecord())
}

// aliasTable gives the most recent first topics of a connection short names.
type aliasTable struct {
	max   int
	names map[string]uint16
}

// use returns the alias to send for a topic, 0 for none, and whether the
// client knows it already, so that the topic need not be sent.
func (t *aliasTable) use(topic []byte) (alias uint16, known bool) {
	if a := t.names[string(topic)]; a != 0 {
		return a, true
	}
	if len(t.names) >= t.max {
		return 0, false
	}
	a := uint16(len(t.names) + 1)
	t.names[string(topic)] = a
	return a, false
}

func newAliasTable(limit int) *aliasTable {
	if limit == 0 {
		return nil
	}
	return &aliasTable{max: limit, names: make(map[string]uint16)}
}

// accepts reports whether the client accepts a packet of n bytes. [MQTT-3.1.2-24]
func (c *conn) accepts(n int) bool { return c.maxOut == 0 || n <= c.maxOut }

// fits reports whether the client accepts the PUBLISH of a message.
func (c *conn) fits(m *message, e *envelope) bool {
	if c.maxOut == 0 {
		return true
	}
	e.version = c.version
	return c.accepts(publishSize(m, e))
}
