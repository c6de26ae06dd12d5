package broker_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// rules is an Authorizer in code: the password is the user's name backwards,
// users publish below their name and read what is below "public" or their
// name, until revoked.
type rules struct{ revoked atomic.Uint64 }

func (r *rules) Connect(_ context.Context, c *broker.ConnectInfo) error {
	b := []byte(c.Username)
	slices.Reverse(b)
	if !c.HasPassword || string(b) != string(c.Password) {
		return &mqtt.ReasonError{Code: mqtt.BadUserNameOrPassword, Reason: "wrong password"}
	}
	c.Session = c.Username + "/"
	return nil
}

func (r *rules) Publish(c *broker.ConnectInfo, topic string) error {
	if strings.HasPrefix(topic, c.Session.(string)) && r.revoked.Load() == 0 {
		return nil
	}
	return errors.New("not below the user's name")
}

func (r *rules) Subscribe(_ *broker.ConnectInfo, f mqtt.Filter) error {
	if f.String() == "secret" {
		return &mqtt.ReasonError{Code: mqtt.NotAuthorized}
	}
	return nil
}

func (r *rules) Read(c *broker.ConnectInfo, topic string) error {
	if strings.HasPrefix(topic, c.Session.(string)) || strings.HasPrefix(topic, "public/") && r.revoked.Load() == 0 {
		return nil
	}
	return errors.New("not for this user")
}

func (r *rules) Generation() uint64 { return r.revoked.Load() }

func user(name string) option {
	return func(p *wire.Connect) {
		b := []byte(name)
		slices.Reverse(b)
		p.Username, p.HasUsername, p.Password, p.HasPassword = name, true, b, true
	}
}

func eachAuthorized(t *testing.T, test func(t *testing.T, b *fixture, r *rules)) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			r := &rules{}
			test(t, serve(t, &broker.Server{Auth: r}, listen(t)), r)
		})
	}
}

func TestAuthorizerRefusesConnections(t *testing.T) {
	eachAuthorized(t, func(t *testing.T, b *fixture, _ *rules) {
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			c := b.request(t, v, "c", user("ann"), func(p *wire.Connect) { p.Password = []byte("no") })
			if c.connack.Code != mqtt.BadUserNameOrPassword {
				t.Errorf("CONNACK = %s, want bad user name or password", show(c.connack))
			}
			c.ended()
			b.connect(t, v, "c", user("ann")).bye()
		}
	})
}

// What a client sends behind its CONNECT waits for the decision.
func TestAuthorizerKeepsPipelinedPackets(t *testing.T) {
	eachAuthorized(t, func(t *testing.T, b *fixture, _ *rules) {
		c := b.dial(t)
		c.v = mqtt.V5
		p := &wire.Connect{Version: mqtt.V5, CleanStart: true, ClientID: "c"}
		user("ann")(p)
		c.send(p, &wire.Pingreq{}, &wire.Pingreq{})
		if a, ok := c.read().(*wire.Connack); !ok || a.Code != mqtt.Success {
			t.Fatalf("first packet is %s, want a successful CONNACK", show(a))
		}
		c.expect("PINGRESP", "PINGRESP")
	})
}

func TestAuthorizerDecidesOnTopics(t *testing.T) {
	eachAuthorized(t, func(t *testing.T, b *fixture, r *rules) {
		ann, bob := b.connect(t, mqtt.V5, "a", user("ann")), b.connect(t, mqtt.V5, "b", user("public"))
		ann.subscribe("# 1", "$share/g/public/# 0")
		ann.send(&wire.Subscribe{PacketID: 900, Filters: []wire.SubscribeFilter{{Filter: "secret"}}})
		if p, ok := ann.read().(*wire.Suback); !ok || p.Codes[0] != mqtt.NotAuthorized {
			t.Errorf("SUBACK = %s, want not authorized", show(p))
		}
		ann.unsubscribe("$share/g/public/#")
		bob.publishCode("ann/x", mqtt.NotAuthorized)
		bob.publishCode("public/x", mqtt.Success)
		ann.take(`public/x "hi" q1`)
		bob.subscribe("ann/# 0")
		ann.publishCode("ann/x", mqtt.Success) // for ann herself: bob may not read it
		ann.take(`ann/x "hi" q1`)
		bob.fence()
		ann.unsubscribe("#")
		ann.publish(message{topic: "ann/kept", payload: "x", q: 1, retain: true})
		r.revoked.Add(1)
		bob.publishCode("public/x", mqtt.NotAuthorized)
		ann.fence()
		if n := b.srv.Stats().Dropped["denied"]; n != 2 {
			t.Errorf("%d messages denied, want 2: before and after the change", n)
		}
		ann.publishCode("ann/x", mqtt.NotAuthorized)
		ann.subscribe("ann/kept 1") // who published it may not any more
		ann.fence()
		if n := b.srv.Stats().Dropped["denied"]; n != 4 {
			t.Errorf("%d messages denied, want 4: another, and the retained one", n)
		}
	})
}

// publishCode publishes "hi" at QoS 1 and compares the reason code. Messages
// that arrive first are put aside.
func (c *client) publishCode(topic string, want mqtt.ReasonCode) {
	c.t.Helper()
	id := c.newID()
	c.send(&wire.Publish{Topic: []byte(topic), Payload: []byte("hi"), QoS: 1, PacketID: id})
	for {
		p, err := c.next()
		if err != nil {
			c.t.Fatal(err)
		}
		ack, ok := p.(*wire.Ack)
		if !ok {
			c.early = append(c.early, p)
			continue
		}
		if ack.Code.Failed() != want.Failed() || want.Failed() && ack.Code != want {
			c.t.Errorf("PUBACK for %q = %s, want %s", topic, ack.Code, want)
		}
		return
	}
}
