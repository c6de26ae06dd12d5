package broker_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// eachOn runs test on a broker of each engine whose listener has options.
func eachOn(t *testing.T, srv func() *broker.Server, o broker.ListenerOptions, test func(t *testing.T, b *fixture)) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, serveOn(t, srv(), listen(t), o))
		})
	}
}

func newServer() *broker.Server { return &broker.Server{SysInterval: -1} }

// rejected expects CONNECT to be answered with that code, and the end; without
// a CONNACK where none is due.
func (b *fixture) rejected(t *testing.T, v mqtt.Version, id, want string, opts ...option) {
	t.Helper()
	c := b.dial(t)
	c.v, c.id = v, id
	p := &wire.Connect{Version: v, CleanStart: true, ClientID: id}
	for _, o := range opts {
		o(p)
	}
	c.send(p)
	if want == "" {
		c.ended()
		return
	}
	c.ended("CONNACK " + want)
}

// connackProp returns a property of CONNACK, and fails unless it is there.
func (c *client) connackProp(id mqtt.PropertyID) uint32 {
	c.t.Helper()
	v, ok := c.connack.Props.Uint(id)
	if !ok {
		c.t.Errorf("CONNACK has no %s", id)
	}
	return v
}

// TestListenerMaxQoS: [MQTT-3.2.2-9] to [MQTT-3.2.2-12]. Earlier versions are
// treated as mosquitto does.
func TestListenerMaxQoS(t *testing.T) {
	for most, option := range map[mqtt.QoS]int{0: -1, 1: 1} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			eachOn(t, newServer, broker.ListenerOptions{MaxQoS: option}, func(t *testing.T, b *fixture) {
				over := most + 1
				for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
					c := b.connect(t, v, "c")
					c.send(&wire.Subscribe{PacketID: 1, Filters: filters([]string{"t 2", "u 0"})})
					c.expect(fmt.Sprintf("SUBACK #1 %02x 00", most))
					p := b.connect(t, v, "p")
					p.publish(message{topic: "t", payload: "x", q: most})
					p.bye()
					c.take(fmt.Sprintf(`t "x" q%d`, most))
					c.send(message{topic: "t", q: over}.packet(9))
					if v == mqtt.V5 {
						if got := c.connackProp(mqtt.PropMaximumQoS); got != uint32(most) {
							t.Errorf("maximum QoS = %d, want %d", got, most)
						}
						c.refused("9b")
						b.rejected(t, v, "c", "9b", will(wire.Will{Topic: "w", QoS: over}))
					} else {
						c.ended()
						b.rejected(t, v, "c", "", will(wire.Will{Topic: "w", QoS: over}))
					}
					b.connect(t, v, "c", will(wire.Will{Topic: "w", QoS: most})).bye()
				}
			})
		})
	}
	eachOn(t, newServer, broker.ListenerOptions{MaxQoS: 2}, func(t *testing.T, b *fixture) {
		if c := b.connect(t, mqtt.V5, "c"); c.connack.Props.Has(mqtt.PropMaximumQoS) {
			t.Error("CONNACK has a maximum QoS, want none: 2 is not a value of it")
		}
	})
}

func TestListenerTopicAliasMaximum(t *testing.T) {
	for option, want := range map[int]uint32{3: 3, -1: 0, 0: 64} {
		t.Run(fmt.Sprint(option), func(t *testing.T) {
			eachOn(t, newServer, broker.ListenerOptions{TopicAliasMaximum: option}, func(t *testing.T, b *fixture) {
				c := b.connect(t, mqtt.V5, "c", prop(mqtt.PropTopicAliasMaximum, 100))
				if got, _ := c.connack.Props.Uint(mqtt.PropTopicAliasMaximum); got != want {
					t.Errorf("topic alias maximum = %d, want %d", got, want)
				}
				c.subscribe("t/# 0")
				p := b.connect(t, mqtt.V5, "p")
				aliases := uint32(0)
				for i := range 70 {
					p.publish(message{topic: fmt.Sprint("t/", i)})
					m := c.read().(*wire.Publish)
					if m.TopicAlias != 0 {
						aliases++
					}
				}
				if aliases != want {
					t.Errorf("the server defined %d aliases, want %d", aliases, want)
				}
				p.send(aliased("t/x", "", want+1).packet(0))
				p.refused("94")
			})
		})
	}
}

func TestListenerVersions(t *testing.T) {
	all := []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}
	for _, v := range all {
		t.Run(v.String(), func(t *testing.T) {
			eachOn(t, newServer, broker.ListenerOptions{Versions: []mqtt.Version{v}}, func(t *testing.T, b *fixture) {
				for _, other := range all {
					if other == v {
						b.connect(t, v, "c").fence()
						continue
					}
					b.rejected(t, other, "c", "84")
				}
			})
		})
	}
}

// TestListenerAssignedIDPrefix: it begins what the server assigns, and the
// rule for other identifiers does not concern that.
func TestListenerAssignedIDPrefix(t *testing.T) {
	for want, o := range map[string]broker.ListenerOptions{
		"mqt-":  {ClientIDPrefix: "dev-"},
		"plant": {AssignedIDPrefix: "plant"},
	} {
		t.Run(want, func(t *testing.T) {
			eachOn(t, newServer, o, func(t *testing.T, b *fixture) {
				c := b.connect(t, mqtt.V5, "")
				got := c.connack.Props.Text(mqtt.PropAssignedClientID)
				if _, ok := b.srv.Client(got); !strings.HasPrefix(got, want) || len(got) < len(want)+20 || !ok {
					t.Errorf("assigned client identifier = %q, want one in use that begins with %q", got, want)
				}
				b.connect(t, mqtt.V311, "").fence()
			})
		})
	}
}

func TestListenerClientIDs(t *testing.T) {
	o := broker.ListenerOptions{RefuseEmptyClientID: true, ClientIDPrefix: "dev-"}
	eachOn(t, newServer, o, func(t *testing.T, b *fixture) {
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			b.rejected(t, v, "", "85")
			b.rejected(t, v, "other", "85")
			b.rejected(t, v, "dev", "85")
			b.connect(t, v, "dev-").bye()
			b.connect(t, v, "dev-1").bye()
		}
	})
}

// renamer is an Authorizer that gives clients another user name, as one that
// knows them by certificate does, and refuses "eve".
type renamer struct{ names map[string]string }

func (r renamer) Connect(_ context.Context, c *broker.ConnectInfo) error {
	if c.Username == "eve" {
		return &mqtt.ReasonError{Code: mqtt.Banned}
	}
	c.Username = r.names[c.ClientID]
	return nil
}

// Publish allows what is below the client identifier.
func (r renamer) Publish(c *broker.ConnectInfo, topic string) error {
	if !strings.HasPrefix(topic, c.ClientID+"/") {
		return &mqtt.ReasonError{Code: mqtt.NotAuthorized}
	}
	return nil
}

func (r renamer) Subscribe(*broker.ConnectInfo, mqtt.Filter) error { return nil }

// Begin is enhanced authentication with one step, after which the user's name
// is what the client sent.
func (r renamer) Begin(c *broker.ConnectInfo, _ string, data []byte) (broker.Exchange, []byte, error) {
	return step{c}, data, nil
}

type step struct{ c *broker.ConnectInfo }

func (s step) Next(data []byte) ([]byte, bool, error) {
	s.c.Username = string(data)
	return nil, true, nil
}

// TestUsernameAsClientID without an Authorizer: the name that the client sent.
func TestUsernameAsClientID(t *testing.T) {
	eachOn(t, newServer, broker.ListenerOptions{UsernameAsClientID: true, ClientIDPrefix: "u"}, func(t *testing.T, b *fixture) {
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			first := b.connect(t, v, "first", user("umbra"))
			second := b.connect(t, v, "second", user("umbra"))
			if v == mqtt.V5 {
				first.refused("8e")
			} else {
				first.ended()
			}
			if got := ids(b.srv); !slices.Equal(got, []string{"umbra"}) {
				t.Errorf("client identifiers = %q, want umbra", got)
			}
			second.bye()
			b.rejected(t, v, "u", "87")
			b.rejected(t, v, "u", "87", user(""))
			b.rejected(t, v, "u", "85", user("other"))
		}
		c := b.connect(t, mqtt.V5, "", user("ute"))
		if got := c.connack.Props.Text(mqtt.PropAssignedClientID); got != "ute" {
			t.Errorf("assigned client identifier = %q, want ute", got)
		}
	})
}

// TestUsernameAsClientIDAfterAuthentication: it is the Authorizer's name that
// counts, and rights follow the new identifier.
func TestUsernameAsClientIDAfterAuthentication(t *testing.T) {
	auth := renamer{names: map[string]string{"a": "ann", "bad": "\xff", "nul": "a\x00"}}
	srv := func() *broker.Server { return &broker.Server{Auth: auth, SysInterval: -1} }
	eachOn(t, srv, broker.ListenerOptions{UsernameAsClientID: true}, func(t *testing.T, b *fixture) {
		c := b.connect(t, mqtt.V5, "a", user("whoever"))
		c.publishCode("ann/x", mqtt.Success)
		c.publishCode("a/x", mqtt.NotAuthorized)
		if got := ids(b.srv); !slices.Equal(got, []string{"ann"}) {
			t.Errorf("client identifiers = %q, want ann", got)
		}
		b.rejected(t, mqtt.V5, "unknown", "87", user("someone"))
		b.rejected(t, mqtt.V311, "unknown", "87", user("someone"))
		b.rejected(t, mqtt.V5, "a", "8a", user("eve"))
		b.rejected(t, mqtt.V5, "bad", "85", user("someone"))
		b.rejected(t, mqtt.V5, "nul", "85", user("someone"))
		c.fence()

		e := b.dial(t)
		e.v = mqtt.V5
		var props mqtt.Properties
		props.SetText(mqtt.PropAuthMethod, "m")
		e.send(&wire.Connect{Version: mqtt.V5, CleanStart: true, Props: props})
		if a, ok := e.read().(*wire.Auth); !ok {
			t.Fatalf("the broker sent %s, want AUTH", show(a))
		}
		props.SetText(mqtt.PropAuthData, "emma")
		e.send(&wire.Auth{Code: mqtt.ContinueAuthentication, Props: props})
		if got := e.expect("CONNACK")[0].(*wire.Connack).Props.Text(mqtt.PropAssignedClientID); got != "emma" {
			t.Errorf("assigned client identifier = %q, want emma", got)
		}
		e.publishCode("emma/x", mqtt.Success)
	})
}

// ids returns the client identifiers of a server's sessions.
func ids(srv *broker.Server) []string {
	var out []string
	for _, c := range srv.Clients() {
		out = append(out, c.ID)
	}
	return out
}
