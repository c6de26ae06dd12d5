package broker_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// sysTopics are the names that existing dashboards and checks read.
func sysTopics() []string {
	out := strings.Fields(`version uptime clients/total clients/maximum clients/disconnected clients/inactive clients/connected
		clients/active clients/expired messages/stored store/messages/count store/messages/bytes subscriptions/count
		shared_subscriptions/count heap/current heap/maximum messages/received messages/sent bytes/received bytes/sent
		publish/bytes/received publish/bytes/sent publish/messages/dropped publish/messages/received publish/messages/sent
		packet/out/count packet/out/bytes connections/socket/count`)
	out = append(out, "retained messages/count", "memory/limited", "publish/messages/dropped/memory", "publish/messages/dropped/payload_too_large")
	for _, load := range strings.Fields(`messages/received messages/sent publish/dropped publish/received publish/sent
		bytes/received bytes/sent sockets connections`) {
		for _, span := range []string{"1min", "5min", "15min"} {
			out = append(out, "load/"+load+"/"+span)
		}
	}
	for i := range out {
		out[i] = "$SYS/broker/" + out[i]
	}
	return out
}

// TestSysTopicsAreAllThere, with values of the right form.
func TestSysTopicsAreAllThere(t *testing.T) {
	number, load := regexp.MustCompile(`^\d+$`), regexp.MustCompile(`^\d+\.\d\d$`)
	each(t, func(t *testing.T, b *fixture) {
		var got map[string]string
		all := func() bool {
			got = b.sys(t)
			return !slices.ContainsFunc(sysTopics(), func(s string) bool { return got[s] == "" })
		}
		if !until(all) {
			for _, topic := range sysTopics() {
				if got[topic] == "" {
					t.Errorf("%s is missing", topic)
				}
			}
		}
		for topic, value := range got {
			form := number
			switch {
			case topic == "$SYS/broker/version":
				form = regexp.MustCompile(`^mqt version \S+`)
			case topic == "$SYS/broker/uptime":
				form = regexp.MustCompile(`^\d+ seconds$`)
			case strings.Contains(topic, "/load/"):
				form = load
			}
			if !form.MatchString(value) {
				t.Errorf("%s = %q, want it to match %s", topic, value, form)
			}
		}
	})
}

// TestSysCounts a known situation.
func TestSysCounts(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		away := b.connect(t, mqtt.V311, "away", keep)
		away.subscribe("a/# 1", "b 1")
		away.bye()
		here := b.connect(t, mqtt.V5, "here")
		here.subscribe("$share/g/x 0")
		p := b.connect(t, mqtt.V5, "p")
		p.say("a/1", "12345")
		p.retain("b", "1234567")
		p.publish(message{topic: "x", payload: "zero"})
		here.take(`x "zero" q0`)
		want := map[string]string{
			"clients/connected":          "3", // the two and the one who asks
			"clients/active":             "3",
			"clients/disconnected":       "1",
			"clients/inactive":           "1",
			"clients/total":              "4",
			"clients/expired":            "0",
			"subscriptions/count":        "4",
			"shared_subscriptions/count": "1",
			"publish/messages/received":  "3",
			"publish/bytes/received":     "16",
			"publish/messages/dropped":   "0",
		}
		var diff []string
		if !until(func() bool {
			diff = nil
			got := b.sys(t)
			for topic, w := range want {
				if g := got["$SYS/broker/"+topic]; g != w {
					diff = append(diff, topic+" = "+g+", want "+w)
				}
			}
			return diff == nil
		}) {
			t.Errorf("%q", diff)
		}
	})
}

// TestSysIsForTheServerOnly: publishing there is refused and reaches nobody.
func TestSysIsForTheServerOnly(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("$SYS/forged/# 2", "$SYS 0")
		p := b.connect(t, mqtt.V5, "p")
		p.send(message{topic: "$SYS/forged/a", q: 1, retain: true}.packet(1))
		a := p.expect("PUBACK #1 87")[0].(*wire.Ack)
		if a.Props.Text(mqtt.PropReasonString) == "" {
			t.Error("PUBACK has no reason string")
		}
		p.send(message{topic: "$SYS/forged/a", q: 2}.packet(2))
		p.expect("PUBREC #2 87")
		p.publish(message{topic: "$SYS/forged/a"})
		p.publish(message{topic: "$SYS"})
		for v, want := range map[mqtt.Version]string{mqtt.V311: "CONNACK 87", mqtt.V5: "CONNACK 87"} {
			w := b.dial(t)
			w.v = v
			w.send(&wire.Connect{Version: v, CleanStart: true, ClientID: "w", Will: &wire.Will{Topic: "$SYS/forged/w", Retain: true}})
			w.ended(want)
		}
		old := b.connect(t, mqtt.V311, "old")
		old.publish(message{topic: "$SYS/forged/b", q: 1})
		old.publish(message{topic: "$SYS/forged/b", q: 2})
		s.fence()
		p.publish(message{topic: "$SYSTEM", payload: "is another topic", q: 1})
		p.fence()
	})
}

// TestSysCanBeTurnedOff by a negative interval.
func TestSysCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	b := serve(t, &broker.Server{SysInterval: -1}, listenTCP(t))
	if got := b.sys(t); len(got) > 0 {
		t.Errorf("$SYS topics = %v, want none", got)
	}
}
