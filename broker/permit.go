package broker

import (
	"errors"

	"mqt/internal/mqtt"
)

// policy is the server's Authorizer with its optional parts taken apart once.
type policy struct {
	auth   Authorizer // nil: everything is allowed
	read   ReadAuthorizer
	reload Reloader
	begin  Exchanger
}

func newPolicy(a Authorizer) policy {
	p := policy{auth: a}
	p.read, _ = a.(ReadAuthorizer)
	p.reload, _ = a.(Reloader)
	p.begin, _ = a.(Exchanger)
	return p
}

// generation changes when remembered answers are out of date.
func (p *policy) generation() uint64 {
	if p.reload == nil {
		return 0
	}
	return p.reload.Generation()
}

func asReason(err error) (*mqtt.ReasonError, bool) {
	var re *mqtt.ReasonError
	ok := errors.As(err, &re)
	return re, ok
}

// permitMost is how many topics a connection remembers the answer for.
const permitMost = 256

// permits remembers where a connection may publish, as of one generation.
type permits struct {
	gen    uint64
	topics map[string]error
}

// mayPublish returns nil when the client may publish to a topic. A refusal is
// logged when it is found, not each time it is remembered.
func (c *conn) mayPublish(topic []byte) error {
	p := &c.srv.policy
	if p.auth == nil {
		return nil
	}
	if gen := p.generation(); c.permits.topics == nil || c.permits.gen != gen || len(c.permits.topics) >= permitMost {
		c.permits = permits{gen: gen, topics: make(map[string]error)}
	}
	err, known := c.permits.topics[string(topic)]
	if !known {
		err = p.auth.Publish(c.info, string(topic))
		c.permits.topics[string(topic)] = err
		if err != nil {
			c.srv.denied("publish", c.info, "topic", string(topic), "reason", err.Error())
		}
	}
	return err
}

// denied makes a refusal visible.
func (s *Server) denied(action string, c *ConnectInfo, more ...any) {
	s.log.Warn("denied", append(append([]any{"action", action}, c.attrs()...), more...)...)
}

// publisher returns the client as the publisher of a message, nil when nobody
// asks who that was.
func (c *conn) publisher() *ConnectInfo {
	if c.srv.policy.auth == nil {
		return nil
	}
	return c.info
}

// mayRead reports whether the session's client may receive a topic's messages.
func (s *session) mayRead(topic []byte) bool {
	p := &s.srv.policy
	if p.read == nil {
		return true
	}
	info := s.info.Load()
	return info == nil || p.read.Read(info, string(topic)) == nil
}

// mayStillWrite reports whether the publisher of a retained message may still
// publish to its topic, which a reload can have changed.
func (s *Server) mayStillWrite(m *message) bool {
	if s.policy.auth == nil || m.from == nil {
		return true
	}
	return s.policy.auth.Publish(m.from, string(m.topic)) == nil
}

// maySubscribe returns the granted code, or why the Authorizer refuses.
func (c *conn) maySubscribe(f mqtt.Filter, granted mqtt.ReasonCode) mqtt.ReasonCode {
	err := c.srv.policy.auth.Subscribe(c.info, f)
	if err == nil {
		return granted
	}
	c.srv.denied("subscribe", c.info, "topic", f.String(), "reason", err.Error())
	return refusalOf(err).Code
}
