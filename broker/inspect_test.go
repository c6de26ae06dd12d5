package broker_test

import (
	"testing"

	"mqt/internal/mqtt"
)

func TestInspectClients(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		c := b.connect(t, mqtt.V5, "here", keepAlive(60))
		c.subscribe("a/# 1", "$share/g/b 0")
		b.connect(t, mqtt.V5, "away", keep).bye()
		until(func() bool { info, _ := b.srv.Client("away"); return !info.Connected })
		got := b.srv.Clients()
		if len(got) != 2 || got[0].ID != "away" || got[0].Connected || got[0].SessionExpiry != 3600 {
			t.Fatalf("Clients() = %+v, want away (not connected) and here", got)
		}
		here := got[1]
		if !here.Connected || here.Version != mqtt.V5 || here.Subscriptions != 2 || here.KeepAlive.Seconds() != 60 {
			t.Errorf("Clients()[1] = %+v, want here, connected with 2 subscriptions", here)
		}
		subs := b.srv.Subscriptions()
		if len(subs) != 2 || subs[0].Filter.String() != "$share/g/b" || subs[1].QoS != 1 {
			t.Errorf("Subscriptions() = %+v, want two of here", subs)
		}
		if b.srv.Kick("away") || b.srv.Kick("nobody") {
			t.Error("Kick of a client that is away returned true")
		}
		if !b.srv.Kick("here") {
			t.Error("Kick of a connected client returned false")
		}
		c.ended("DISCONNECT 98")
	})
}

func TestInlinePublishReachesClients(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		c := b.connect(t, mqtt.V5, "c")
		c.subscribe("a/# 1")
		m := mqtt.Message{Topic: "a/x", Payload: []byte("hi"), QoS: 1, Retain: true}
		m.Props.AddUser("k", "v")
		if err := b.srv.Publish(m); err != nil {
			t.Fatal(err)
		}
		c.take(`a/x "hi" q1 {k:v}`)
		filter, err := mqtt.ParseFilter("a/+")
		if err != nil {
			t.Fatal(err)
		}
		if got := b.srv.Retained(filter); len(got) != 1 || got[0].Topic != "a/x" || !got[0].Retain || len(got[0].Props) != 1 {
			t.Errorf("Retained() = %+v, want the message", got)
		}
		for _, topic := range []string{"", "a/+", "$SYS/x"} {
			if err := b.srv.Publish(mqtt.Message{Topic: topic}); err == nil {
				t.Errorf("Publish to %q succeeded", topic)
			}
		}
		bad := mqtt.Message{Topic: "a"}
		bad.Props.SetUint(mqtt.PropTopicAlias, 1)
		if err := b.srv.Publish(bad); err == nil {
			t.Error("Publish with a topic alias succeeded")
		}
	})
}

func TestInlineSubscribeHearsClients(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		c := b.connect(t, mqtt.V311, "c")
		c.retain("a/kept", "1")
		filter, err := mqtt.ParseFilter("a/#")
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan mqtt.Message, 10)
		cancel, err := b.srv.Subscribe(filter, func(m mqtt.Message) { got <- m })
		if err != nil {
			t.Fatal(err)
		}
		c.say("a/x", "2")
		cancel()
		c.say("a/x", "3")
		for _, want := range []string{"a/kept=1", "a/x=2"} {
			if m := <-got; m.Topic+"="+string(m.Payload) != want {
				t.Errorf("got %s=%s, want %s", m.Topic, m.Payload, want)
			}
		}
		if n := len(got); n > 0 {
			t.Errorf("%d messages came after the end of the subscription", n)
		}
	})
}
