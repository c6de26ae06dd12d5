package broker_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestAttackManyLevels: a topic of 65,535 slashes, with and without the limit.
func TestAttackManyLevels(t *testing.T) {
	deep := strings.Repeat("/", 65535)
	t.Run("limited", func(t *testing.T) {
		each(t, func(t *testing.T, b *fixture) {
			c := b.connect(t, mqtt.V5, "c")
			c.send(&wire.Subscribe{PacketID: 1, Filters: filters([]string{deep + " 0", deep[1:] + "# 0", "$share/g/" + deep[20:] + " 0"})})
			c.expect("SUBACK #1 8f 8f 8f")
			c.send(&wire.Unsubscribe{PacketID: 2, Filters: []string{deep}})
			c.expect("UNSUBACK #2 11")
			c.send(message{topic: deep, q: 1, retain: true}.packet(3))
			c.refused("90")
			b.turnedAwayWill(t, deep)
			b.serves(t)
		})
	})
	t.Run("unlimited", func(t *testing.T) {
		eachWith(t, broker.Limits{MaxTopicLevels: -1, MaxConnectSize: -1}, func(t *testing.T, b *fixture) {
			s := b.connect(t, mqtt.V5, "s")
			plus := strings.Repeat("+/", 32767) + "+"
			s.subscribe(deep+" 0", deep[1:]+"# 0", "# 1", plus+" 0", deep[:30000]+"+"+deep[:30000]+" 0")
			p := b.connect(t, mqtt.V5, "p", will(wire.Will{Topic: deep, Payload: []byte("w")}))
			p.publish(message{topic: deep, payload: "x", q: 1, retain: true})
			p.publish(message{topic: deep[:32767], payload: "x", q: 1, retain: true}) // the deepest that plus can match
			s.take(deep+` "x" q1`, deep[:32767]+` "x" q1`)
			p.vanish()
			s.take(deep + ` "w" q0`)
			s.subscribe(deep+" 0", plus+" 0", "other 0")
			s.take(deep+` "x" q0 retain`, deep[:32767]+` "x" q0 retain`)
			s.unsubscribe(deep, plus)
			s.fence()
			b.serves(t)
		})
	})
}

// turnedAwayWill expects a CONNECT with that will topic to be refused.
func (b *fixture) turnedAwayWill(t *testing.T, topic string) {
	t.Helper()
	c := b.dial(t)
	c.v = mqtt.V5
	c.nc.Write(encode(t, c.v, &wire.Connect{Version: c.v, CleanStart: true, Will: &wire.Will{Topic: topic}}))
	p, err := c.next()
	if a, ok := p.(*wire.Connack); !gone(err) && (!ok || !a.Code.Failed()) {
		t.Errorf("a will topic of %d bytes gets %s, %v, want to be refused", len(topic), show(p), err)
	}
}

// TestAttackQoS2NeverCompleted: one packet identifier again and again is one
// message and no memory; many are too many.
func TestAttackQoS2NeverCompleted(t *testing.T) {
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			b := serve(t, &broker.Server{}, listen(t))
			s := b.connect(t, mqtt.V5, "s")
			s.subscribe("t 0")
			c := b.connect(t, mqtt.V5, "c", keep)
			before := heap()
			const batch, batches = 1000, 100
			one := encode(t, c.v, message{topic: "t", payload: "once", q: 2}.packet(77))
			for range batches {
				c.raw([]byte(strings.Repeat(string(one), batch)))
				for range batch {
					c.acked(wire.PUBREC, 77)
				}
			}
			s.take(`t "once" q0`)
			s.fence()
			flat(t, before, 8<<20)
			for id := range uint16(999) {
				c.send(message{topic: "u", q: 2}.packet(id + 100))
				c.acked(wire.PUBREC, id+100)
			}
			c.send(message{topic: "u", q: 2}.packet(5000))
			c.refused("93")
			b.serves(t)
		})
	}
}

// TestAttackOfflineQueue: what piles up for clients that are away is bounded,
// and those who are there do not notice.
func TestAttackOfflineQueue(t *testing.T) {
	eachWith(t, broker.Limits{MaxQueuedMessages: 100, MaxQueuedBytes: 1 << 20}, func(t *testing.T, b *fixture) {
		const sessions, n = 10, 400
		for i := range sessions {
			s := b.connect(t, mqtt.V5, fmt.Sprint("away", i), keep)
			s.subscribe("t 1")
			s.bye()
		}
		here := b.connect(t, mqtt.V5, "here")
		here.subscribe("t 1")
		p := b.connect(t, mqtt.V5, "p")
		payload := strings.Repeat("x", 1000)
		for range n {
			p.say("t", payload)
			here.take(fmt.Sprintf("t %q q1", payload))
		}
		for i := range sessions {
			s := b.connect(t, mqtt.V5, fmt.Sprint("away", i), keep)
			for range 100 {
				s.take(fmt.Sprintf("t %q q1", payload))
			}
			s.fence()
		}
		b.dropped(t, sessions*(n-100))
		b.serves(t)
	})
}

// TestAttackReconnectLoop: one client identifier, many connections at once
// that take each other over while they subscribe and publish.
func TestAttackReconnectLoop(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		watch := b.connect(t, mqtt.V5, "watch")
		watch.subscribe("unrelated 1")
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				for i := range 60 {
					b.attackOnce(t, v, worker*1000+i)
				}
			})
		}
		wg.Wait()
		watch.fence()
		c := b.connect(t, v, "same", keep)
		c.collect()
		b.serves(t)
	})
}

// attackOnce connects as "same" and leaves in one of several ways. Errors are
// expected: others take over.
func (b *fixture) attackOnce(t *testing.T, v mqtt.Version, n int) {
	c := b.dial(t)
	defer c.nc.Close()
	c.v = v
	p := &wire.Connect{Version: v, CleanStart: n%3 == 0, ClientID: "same", Will: &wire.Will{Topic: "loop/will", QoS: 1}}
	if v == mqtt.V5 && n%4 > 0 {
		p.Props.SetUint(mqtt.PropSessionExpiry, 100)
	}
	out := []wire.Packet{p, &wire.Subscribe{PacketID: 1, Filters: filters([]string{"loop/# 2", fmt.Sprintf("loop/%d 1", n%7), "$share/g/loop/# 1"})}}
	for i := range 5 {
		out = append(out, message{topic: fmt.Sprintf("loop/%d", i), payload: fmt.Sprint(n), q: mqtt.QoS(i % 3), retain: i == 4}.packet(uint16(i+1)))
	}
	if n%5 == 0 {
		out = append(out, &wire.Unsubscribe{PacketID: 9, Filters: []string{"loop/#"}}, &wire.Disconnect{})
	}
	c.nc.Write(encode(t, v, out...))
	for range n % 12 {
		if _, err := c.next(); err != nil {
			return
		}
	}
}

// TestAttackRetainedBomb: many topics and much memory; both limits hold.
func TestAttackRetainedBomb(t *testing.T) {
	eachWith(t, broker.Limits{MaxRetained: 1000, MaxRetainedBytes: 1 << 20}, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V311, "p")
		var out []wire.Packet
		for i := range 3000 {
			out = append(out, message{topic: fmt.Sprintf("bomb/%d", i), payload: "x", retain: true}.packet(0))
		}
		p.send(out...)
		p.fence()
		for i := range 20 {
			p.publish(message{topic: fmt.Sprintf("bomb/%d", i), payload: strings.Repeat("x", 100_000), retain: true})
		}
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("bomb/# 0")
		n, size := 0, 0
		p.publish(message{topic: "bomb/marker", q: 0}) // waits behind the retained ones
		for m := s.read().(*wire.Publish); string(m.Topic) != "bomb/marker"; m = s.read().(*wire.Publish) {
			n, size = n+1, size+len(m.Topic)+len(m.Payload)
		}
		s.fence()
		if n > 1000 || size > 1<<20 || n < 900 || size < 1<<19 {
			t.Errorf("%d retained messages of %d bytes, want nearly 1000 and nearly a megabyte", n, size)
		}
		b.serves(t)
	})
}

// TestAttackSlowReader: a client that reads nothing is disconnected after the
// stall timeout, and a fast pair exchanges messages all the while.
func TestAttackSlowReader(t *testing.T) {
	for _, q := range []mqtt.QoS{0, 1} {
		t.Run(fmt.Sprint("q", q), func(t *testing.T) {
			eachWith(t, broker.Limits{StallTimeout: 300 * time.Millisecond}, func(t *testing.T, b *fixture) {
				slow := b.connect(t, mqtt.V5, "slow")
				slow.subscribe(fmt.Sprintf("flood %d", q))
				fast, p := b.connect(t, mqtt.V5, "fast"), b.connect(t, mqtt.V5, "p")
				fast.subscribe("pair 1")
				flooder := b.connect(t, mqtt.V5, "flooder")
				payload := strings.Repeat("x", 64<<10)
				i := 0
				if !until(func() bool {
					for range 20 {
						flooder.publish(message{topic: "flood", payload: payload, q: q})
					}
					i++
					p.say("pair", fmt.Sprint(i))
					fast.take(fmt.Sprintf(`pair "%d" q1`, i))
					return flooder.nobody("flood")
				}) {
					t.Fatal("the slow reader is never disconnected")
				}
				fast.fence()
				for {
					m, err := slow.next()
					if gone(err) || errors.Is(err, io.ErrUnexpectedEOF) {
						break
					}
					if err != nil {
						t.Fatalf("the slow reader's connection ends with %s, %v", show(m), err)
					}
				}
				b.serves(t)
			})
		})
	}
}

// TestAttackSessionBomb: sessions that are left behind expire, and leave nothing.
func TestAttackSessionBomb(t *testing.T) {
	eachWith(t, broker.Limits{MaxSessionExpiry: time.Second}, func(t *testing.T, b *fixture) {
		const n = 500
		for i := range n {
			c := b.dial(t)
			c.v = mqtt.V5
			c.send(&wire.Connect{Version: mqtt.V5, ClientID: fmt.Sprint("bomb", i), Props: mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: 0xFFFFFFFF}}},
				&wire.Subscribe{PacketID: 1, Filters: filters([]string{fmt.Sprintf("bomb/%d/# 1", i)})}, &wire.Disconnect{})
			c.ended("CONNACK", "SUBACK #1 01")
		}
		b.waitExpired(t, n)
		var got map[string]string
		// Those who asked before may not have gone yet, with their subscriptions.
		if !until(func() bool {
			got = b.sys(t)
			return got["$SYS/broker/clients/disconnected"] == "0" && got["$SYS/broker/subscriptions/count"] <= "1"
		}) {
			t.Errorf("disconnected clients = %s, subscriptions = %s, want 0 and at most the one that asks",
				got["$SYS/broker/clients/disconnected"], got["$SYS/broker/subscriptions/count"])
		}
		b.serves(t)
	})
}
