package broker_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// dropped waits until $SYS counts n dropped messages. There may be more: with
// a small queue, who asks for $SYS can miss some of its changes.
func (b *fixture) dropped(t *testing.T, n int) {
	t.Helper()
	got := 0
	if !until(func() bool {
		got, _ = strconv.Atoi(b.sys(t)["$SYS/broker/publish/messages/dropped"])
		return got >= n
	}) {
		t.Errorf("dropped messages = %d, want at least %d", got, n)
	}
}

// turnedAway expects a connection to be refused or closed before it is served.
func (b *fixture) turnedAway(t *testing.T, v mqtt.Version) {
	t.Helper()
	c := b.dial(t)
	c.v = v
	c.nc.Write(encode(t, v, &wire.Connect{Version: v, CleanStart: true, ClientID: "one too many"}))
	p, err := c.next()
	if a, ok := p.(*wire.Connack); !gone(err) && (!ok || !a.Code.Failed()) {
		t.Errorf("one connection too many gets %s, %v, want to be refused", show(p), err)
	}
}

// TestMaxConnections: the rest is turned away, and let in when there is room.
func TestMaxConnections(t *testing.T) {
	for name, limits := range map[string]broker.Limits{"in total": {MaxConnections: 3}, "per address": {MaxConnectionsPerAddress: 3}} {
		t.Run(name, func(t *testing.T) {
			eachWith(t, limits, func(t *testing.T, b *fixture) {
				var in []*client
				for i := range 3 {
					in = append(in, b.connect(t, mqtt.V5, fmt.Sprint(i)))
				}
				b.turnedAway(t, mqtt.V5)
				b.turnedAway(t, mqtt.V311)
				for _, c := range in {
					c.fence()
				}
				in[0].bye()
				if !until(func() bool { return b.admits(t) }) {
					t.Error("nobody is let in although there is room again")
				}
			})
		})
	}
}

func (b *fixture) admits(t *testing.T) bool {
	c := b.dial(t)
	defer c.nc.Close()
	c.v = mqtt.V5
	c.nc.Write(encode(t, c.v, &wire.Connect{Version: c.v, CleanStart: true}))
	p, _ := c.next()
	a, ok := p.(*wire.Connack)
	return ok && a.Code == mqtt.Success
}

// TestMaxRetained: what is over is delivered and refused to be kept; replacing
// and clearing still work.
func TestMaxRetained(t *testing.T) {
	for name, limits := range map[string]broker.Limits{"messages": {MaxRetained: 3}, "bytes": {MaxRetainedBytes: 3 * 1100}} {
		t.Run(name, func(t *testing.T) {
			eachWith(t, limits, func(t *testing.T, b *fixture) {
				big := strings.Repeat("x", 1000)
				p := b.connect(t, mqtt.V5, "p")
				for i := range 3 {
					p.retain(fmt.Sprint("r/", i), big)
				}
				p.send(message{topic: "r/3", payload: big, q: 1, retain: true}.packet(99))
				p.expect("PUBACK #99 97")
				p.retain("r/1", "replaced")
				p.retain("r/0", "")
				p.retain("r/4", big)
				s := b.connect(t, mqtt.V5, "s")
				s.subscribe("r/# 0")
				got := s.collect()
				slices.Sort(got)
				if want := []string{"r/1 replaced", "r/2 " + big, "r/4 " + big}; !slices.Equal(got, want) {
					t.Errorf("retained = %.100q, want %.100q", got, want)
				}
				b.dropped(t, 1)
			})
		})
	}
}

// TestMaxQueued: for a client that is away the queue is bounded by messages
// and by bytes; the first ones are kept, what is over is counted.
func TestMaxQueued(t *testing.T) {
	for name, limits := range map[string]broker.Limits{"messages": {MaxQueuedMessages: 10}, "bytes": {MaxQueuedBytes: 10 * 1100}} {
		t.Run(name, func(t *testing.T) {
			eachWith(t, limits, func(t *testing.T, b *fixture) {
				s := b.connect(t, mqtt.V5, "s", keep)
				s.subscribe("t 1")
				s.bye()
				p := b.connect(t, mqtt.V5, "p")
				big := strings.Repeat("x", 1000)
				for i := range 20 {
					p.say("t", fmt.Sprint(i, big))
				}
				s = b.connect(t, mqtt.V5, "s", keep)
				got := s.collect()
				for i, m := range got {
					if want := fmt.Sprint("t ", i, big); m != want {
						t.Errorf("message %d is %.10q, want %.10q", i, m, want)
					}
				}
				if len(got) < 9 || len(got) > 10 {
					t.Errorf("%d messages were kept, want about 10", len(got))
				}
				b.dropped(t, 20-len(got))
			})
		})
	}
}

// TestQueueGivesUpOldestQoS0First: behind a window that is full, QoS 0 waits
// too, in order; it goes first when the queue is full, the oldest before all.
func TestQueueGivesUpOldestQoS0First(t *testing.T) {
	eachWith(t, broker.Limits{MaxQueuedMessages: 4}, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s", prop(mqtt.PropReceiveMaximum, 1))
		s.subscribe("t 1")
		p := b.connect(t, mqtt.V5, "p")
		p.say("t", "in flight")
		p.say("t", "waits 1")
		for i := range 3 {
			p.publish(message{topic: "t", payload: fmt.Sprint("zero ", i)})
		}
		p.say("t", "waits 2") // zero 0 makes room
		p.say("t", "waits 3") // zero 1 does
		first := s.expect(`PUBLISH t "in flight" q1`)[0].(*wire.Publish)
		s.fence()
		s.ack(first)
		s.take(`t "waits 1" q1`, `t "zero 2" q0`, `t "waits 2" q1`, `t "waits 3" q1`)
		s.fence()
		b.dropped(t, 2)
	})
}

// TestConnectTimeout: a connection that does not say CONNECT is closed.
func TestConnectTimeout(t *testing.T) {
	eachWith(t, broker.Limits{ConnectTimeout: 200 * time.Millisecond}, func(t *testing.T, b *fixture) {
		served := b.connect(t, mqtt.V311, "served")
		silent, half := b.dial(t), b.dial(t)
		half.raw([]byte{0x10, 20, 0, 4, 'M', 'Q'})
		silent.ended()
		half.ended()
		served.fence() // it only concerns CONNECT
	})
}

// TestMaxConnectSize: before it is known who it is, a client may not send much.
func TestMaxConnectSize(t *testing.T) {
	eachWith(t, broker.Limits{MaxConnectSize: 100}, func(t *testing.T, b *fixture) {
		b.connect(t, mqtt.V311, strings.Repeat("x", 100-2-10-2)).fence()
		c := b.dial(t)
		c.send(&wire.Connect{Version: c.v, CleanStart: true, ClientID: strings.Repeat("x", 100-2-10-1)})
		if p, err := c.next(); err == nil && !strings.HasPrefix(show(p), "CONNACK 8") && !strings.HasPrefix(show(p), "CONNACK 9") {
			t.Errorf("a CONNECT that is too large gets %s", show(p))
		}
	})
}

// TestMaxTopicLevels: 0x90, the connection ends or the message is refused.
func TestMaxTopicLevels(t *testing.T) {
	eachWith(t, broker.Limits{MaxTopicLevels: 3}, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("# 1")
		c := b.connect(t, mqtt.V5, "c")
		c.say("a/b/c", "x")
		s.take(`a/b/c "x" q1`)
		c.send(message{topic: "a/b/c/d", q: 1}.packet(9))
		c.refused("90")
		c = b.request(t, mqtt.V5, "c", will(wire.Will{Topic: "a/b/c/d"}))
		c.ended()
		if c.connack.Code != mqtt.TopicNameInvalid {
			t.Errorf("%s for a will topic that is too deep, want 90", show(c.connack))
		}
		s.fence()
	})
}

// TestMaxInflight: the server's own bound on the window.
func TestMaxInflight(t *testing.T) {
	eachWith(t, broker.Limits{MaxInflight: 2}, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
			s := b.connect(t, v, "s")
			s.subscribe("t 1")
			for i := range 3 {
				p.say("t", fmt.Sprint(i))
			}
			first := s.expect(`PUBLISH t "0" q1`, `PUBLISH t "1" q1`)
			s.fence()
			s.ack(first[0].(*wire.Publish))
			s.expect(`PUBLISH t "2" q1`)
			s.bye()
		}
	})
}
