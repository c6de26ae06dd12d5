package auth

import (
	"errors"
	"strconv"

	"mqt/broker"
	"mqt/internal/mqtt"
)

// Publish decides whether a client may publish to a topic: the rules must
// allow it, and the hook, if there is one. It blocks only for the hook.
func (a *Authorizer) Publish(c *broker.ConnectInfo, topic string) error {
	if reserved(topic) {
		return refuse(ActionPublish, c, topic, errors.New("only the server publishes there"))
	}
	if acl, name := a.rules(c); acl != nil {
		if d := acl.Write(subject(c), topic); !d.Allowed {
			return denyBy(ActionPublish, c, topic, rule{name, d.Line})
		}
	}
	return a.askHook(ActionPublish, c, topic)
}

// Subscribe decides on a filter. One without wildcards is refused if its topic
// may not be read; one with wildcards is accepted, and Read decides on each
// topic.
func (a *Authorizer) Subscribe(c *broker.ConnectInfo, f mqtt.Filter) error {
	if err := a.Recheck(c); err != nil {
		return refuse(ActionSubscribe, c, f.String(), err)
	}
	if acl, name := a.rules(c); acl != nil && !f.Wild() {
		if d := acl.Read(subject(c), f.Topic()); !d.Allowed {
			return denyBy(ActionSubscribe, c, f.String(), rule{name, d.Line})
		}
	}
	return a.askHook(ActionSubscribe, c, f.String())
}

// Read decides whether a client may receive a topic's messages.
func (a *Authorizer) Read(c *broker.ConnectInfo, topic string) error {
	if err := a.Recheck(c); err != nil {
		return refuse(ActionRead, c, topic, err)
	}
	if acl, name := a.rules(c); acl != nil {
		if d := acl.Read(subject(c), topic); !d.Allowed {
			return denyBy(ActionRead, c, topic, rule{name, d.Line})
		}
	}
	return a.askHook(ActionRead, c, topic)
}

// Recheck returns why a client that was let in would not be any more: its
// token has expired, or its user is gone from the password file. Subscribe and
// Read refuse it then. Publish does not ask, as it also decides about retained
// messages of clients that left long ago.
func (a *Authorizer) Recheck(c *broker.ConnectInfo) error {
	id, ok := c.Session.(*identity)
	switch {
	case !ok:
		return nil
	case !id.expires.IsZero() && !a.now().Before(id.expires):
		return errors.New("the token has expired")
	case id.fileUser:
		if p := a.tables.Load().passwords; p == nil || !p.Has(c.Username) {
			return errors.New("the user was removed")
		}
	}
	return nil
}

// rules returns the rules for a client and what to call them, nil for none.
func (a *Authorizer) rules(c *broker.ConnectInfo) (*ACL, string) {
	if id, ok := c.Session.(*identity); ok && id.acl != nil {
		return id.acl, "token"
	}
	return a.tables.Load().acl, a.config.ACLFile
}

func (a *Authorizer) askHook(action Action, c *broker.ConnectInfo, topic string) error {
	if a.hook == nil {
		return nil
	}
	err := a.hook.topic(action, c, topic)
	var r *Refusal
	if errors.As(err, &r) {
		r.Client, r.User, r.Topic = c.ClientID, c.Username, topic
	}
	return err
}

func subject(c *broker.ConnectInfo) Subject {
	return Subject{ClientID: c.ClientID, User: c.Username, HasUser: c.HasUsername}
}

// rule is a line of an ACL; line 0 is its end, where everything is denied.
type rule struct {
	name string
	line int
}

func denyBy(action Action, c *broker.ConnectInfo, topic string, by rule) error {
	if by.line == 0 {
		return refuse(action, c, topic, errors.New("no rule of "+by.name+" allows it"))
	}
	return &Refusal{ReasonError: notAuthorized(action), Client: c.ClientID, User: c.Username, Topic: topic,
		Rule: by.name + ":" + strconv.Itoa(by.line)}
}

func refuse(action Action, c *broker.ConnectInfo, topic string, why error) error {
	return &Refusal{ReasonError: notAuthorized(action), Client: c.ClientID, User: c.Username, Topic: topic, Cause: why}
}
