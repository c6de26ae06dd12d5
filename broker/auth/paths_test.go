package auth

import (
	"os"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// The rights of a test: who sees or may say everything, and two users about
// whose right to the topic "t/secret" it is.
const (
	pathRules   = "user root\ntopic #\nuser reader\ntopic read t/#\nuser writer\ntopic write t/#\n"
	noReading   = "user root\ntopic #\nuser reader\ntopic read t/#\ntopic deny t/secret\nuser writer\ntopic write t/#\n"
	noWriting   = "user root\ntopic #\nuser reader\ntopic read t/#\nuser writer\ntopic write t/#\ntopic deny t/secret\n"
	secretTopic = "t/secret"
)

// path is a way for a message from writer to reader. Between its two halves
// rights may be taken away.
type path struct {
	broker *revocable
	name   string
	begin  func(p *path)
	end    func(p *path)
	reader *client
	writer *client
}

// revocable is a broker whose rules can be replaced.
type revocable struct {
	t     *testing.T
	a     *Authorizer
	file  string
	addr  string
	rules string // the ones in force
}

func newRevocable(t *testing.T, rules string) *revocable {
	t.Helper()
	b := &revocable{t: t, file: write(t, "acl", rules), rules: rules}
	b.a = mustOpen(t, Config{AllowAnonymous: true, ACLFile: b.file})
	b.addr = serve(t, b.a)
	return b
}

func (b *revocable) replace(rules string) {
	b.t.Helper()
	if err := os.WriteFile(b.file, []byte(rules), 0o600); err != nil {
		b.t.Fatal(err)
	}
	if err := b.a.Reload(); err != nil {
		b.t.Fatal(err)
	}
	b.rules = rules
}

// join connects a user; change may alter the CONNECT.
func (b *revocable) join(user string, change func(*wire.Connect)) *client {
	b.t.Helper()
	c := plainDial(b.t, b.addr)
	p := &wire.Connect{Version: mqtt.V5, CleanStart: true, ClientID: user, Username: user, HasUsername: true}
	if change != nil {
		change(p)
	}
	c.send(p)
	c.await(wire.CONNACK, &wire.Connack{})
	return c
}

// stays makes a session that outlives its connection.
func stays(p *wire.Connect) {
	p.CleanStart = false
	p.Props.SetUint(mqtt.PropSessionExpiry, 3600)
}

// wills gives the client a will.
func wills(p *wire.Connect) { p.Will = &wire.Will{Topic: secretTopic, Payload: []byte("x"), QoS: 1} }

// leave ends the connection with a reason code and waits until the broker has
// ended it, too.
func (c *client) leave(code mqtt.ReasonCode) {
	c.t.Helper()
	c.send(&wire.Disconnect{Code: code})
	for {
		if _, _, err := c.rd.Next(); err != nil {
			return
		}
	}
}

// say publishes the secret and reports nothing: a refusal is one way for it
// not to arrive.
func (c *client) say(topic string, retain bool) {
	c.t.Helper()
	c.id++
	c.send(&wire.Publish{QoS: 1, PacketID: c.id, Topic: []byte(topic), Payload: []byte("x"), Retain: retain})
	c.await(wire.PUBACK, &wire.Ack{Type: wire.PUBACK})
}

// ask subscribes at QoS 1.
func (c *client) ask(filter string) {
	c.t.Helper()
	c.id++
	c.send(&wire.Subscribe{PacketID: c.id, Filters: []wire.SubscribeFilter{{Filter: filter, QoS: 1}}})
	c.await(wire.SUBACK, &wire.Suback{})
}

// subscribed begins with a subscription and ends with a message.
func subscribed(filter string) (begin, end func(*path)) {
	return func(p *path) { p.reader.ask(filter) }, func(p *path) { p.writer.say(secretTopic, false) }
}

func paths() []path {
	wild, wildEnd := subscribed("t/#")
	exact, exactEnd := subscribed(secretTopic)
	share, shareEnd := subscribed("$share/g/t/#")
	return []path{
		{name: "wildcard subscription", begin: wild, end: wildEnd},
		{name: "exact subscription", begin: exact, end: exactEnd},
		{name: "shared subscription", begin: share, end: shareEnd},
		{name: "retained", begin: func(p *path) { p.writer.say(secretTopic, true) }, end: func(p *path) { p.reader.ask("t/#") }},
		{name: "offline queue", begin: func(p *path) {
			p.reader = p.broker.join("reader", stays)
			p.reader.ask("t/#")
			p.reader.leave(mqtt.Success)
			p.writer.say(secretTopic, false)
		}, end: func(p *path) { p.reader = p.broker.join("reader", stays) }},
		{name: "will", begin: func(p *path) {
			p.reader.ask("t/#")
			// Who may not write to it is turned away with such a will.
			if p.broker.rules != noWriting {
				p.writer = p.broker.join("writer", wills)
			}
		}, end: func(p *path) { p.writer.leave(mqtt.DisconnectWithWill) }},
	}
}

// TestAttackPaths tries to get a message along each path while it is allowed,
// while reading or writing is denied, and after either was taken away halfway.
func TestAttackPaths(t *testing.T) {
	t.Parallel()
	for _, p := range paths() {
		for _, tc := range []struct {
			name          string
			before, after string
		}{
			{"allow", pathRules, pathRules},
			{"deny reading", noReading, noReading},
			{"deny writing", noWriting, noWriting},
			{"revoke reading", pathRules, noReading},
			{"revoke writing", pathRules, noWriting},
		} {
			want := tc.name == "allow"
			// What waits for a client was written by somebody who might then.
			if p.name == "offline queue" && tc.name == "revoke writing" {
				want = true
			}
			t.Run(p.name+" "+tc.name, func(t *testing.T) {
				t.Parallel()
				p := p // each case has its own clients
				b := newRevocable(t, tc.before)
				p.broker, p.reader, p.writer = b, b.join("reader", nil), b.join("writer", nil)
				p.begin(&p)
				if tc.after != tc.before {
					b.replace(tc.after)
				}
				p.end(&p)
				// The marker comes after everything that was to come.
				marker := b.join("root", nil)
				p.reader.ask("t/marker")
				marker.say("t/marker", false)
				p.reader.flush()
				if !p.reader.received["t/marker"] {
					t.Error("the reader does not get what it may read")
				}
				if got := p.reader.received[secretTopic]; got != want {
					t.Errorf("the message arrives: %t, want %t", got, want)
				}
			})
		}
	}
}
