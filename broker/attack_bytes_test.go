package broker_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// serves checks that the broker serves the next client of each version.
func (b *fixture) serves(t testing.TB) {
	t.Helper()
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		c := b.connect(t, v, "the next client")
		c.subscribe("still/there 1")
		c.send(message{topic: "still/there"}.packet(0))
		c.take(`still/there "" q0`)
		c.nc.Close()
	}
}

// heap returns the bytes that are in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// flat fails when the heap grew by more than most since it was before.
func flat(t *testing.T, before, most int64) {
	t.Helper()
	if grown := heap() - before; grown > most {
		t.Errorf("the heap grew by %d bytes, want at most %d", grown, most)
	}
}

// TestAttackAnnouncedLength: a packet of 256 MiB is announced on many
// connections, before and after CONNECT. Not parallel: it looks at the heap.
func TestAttackAnnouncedLength(t *testing.T) {
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			b := serve(t, &broker.Server{Limits: broker.Limits{MaxPacketSize: -1, MaxConnectSize: -1}}, listen(t))
			var in []*client
			for range 1000 {
				in = append(in, b.dial(t))
			}
			in = append(in, b.connect(t, mqtt.V311, "c"))
			before := heap()
			for _, c := range in {
				c.raw([]byte{0x80, 0xff, 0xff, 0xff, 0x7f})
			}
			b.serves(t)
			flat(t, before, 32<<20)
			for _, c := range in {
				c.nc.Close()
			}
			b.serves(t)
		})
	}
}

// TestAttackSlowloris: half a CONNECT, and one that trickles in, are closed at
// the connect timeout; others are served meanwhile.
func TestAttackSlowloris(t *testing.T) {
	eachWith(t, broker.Limits{ConnectTimeout: 500 * time.Millisecond}, func(t *testing.T, b *fixture) {
		connect := encode(t, mqtt.V311, &wire.Connect{Version: mqtt.V311, CleanStart: true, KeepAlive: 65535, ClientID: strings.Repeat("x", 60000)})
		var slow []*client
		for i := range 50 {
			c := b.dial(t)
			c.raw(connect[:i])
			slow = append(slow, c)
		}
		trickle, at := b.dial(t), 0
		if !until(func() bool {
			b.serves(t)
			trickle.nc.Write(connect[at : at+1])
			at++
			trickle.nc.SetReadDeadline(time.Now().Add(time.Millisecond))
			_, err := trickle.nc.Read(make([]byte, 1))
			return gone(err)
		}) {
			t.Error("a CONNECT that trickles in is never closed")
		}
		for _, c := range slow {
			c.ended()
		}
	})
}

// valid returns packets that a client may send after CONNECT.
func valid(v mqtt.Version) []wire.Packet {
	out := []wire.Packet{
		message{topic: "t", payload: "x"}.packet(0), message{topic: "t/é", q: 1, retain: true}.packet(65535), message{topic: "t", q: 2, dup: true}.packet(1),
		ack(wire.PUBACK, 1), ack(wire.PUBREC, 2), ack(wire.PUBREL, 3), ack(wire.PUBCOMP, 4),
		&wire.Subscribe{PacketID: 1, Filters: filters([]string{"a/# 2", "$share/g/b 0"})},
		&wire.Unsubscribe{PacketID: 1, Filters: []string{"a", "b/+"}},
		&wire.Pingreq{}, &wire.Disconnect{},
	}
	if v == mqtt.V5 {
		user := mqtt.Properties{{ID: mqtt.PropUser, Key: "k", Value: "v"}}
		out = append(out,
			message{topic: "t", q: 1, props: mqtt.Properties{{ID: mqtt.PropTopicAlias, Int: 3}, {ID: mqtt.PropMessageExpiry, Int: 9}, {ID: mqtt.PropCorrelationData, Value: "c"},
				{ID: mqtt.PropContentType, Value: "é"}, {ID: mqtt.PropUser, Key: "k", Value: "v"}}}.packet(7),
			&wire.Ack{Type: wire.PUBREL, PacketID: 9, Code: mqtt.PacketIdentifierNotFound, Props: user},
			&wire.Subscribe{PacketID: 1, Props: mqtt.Properties{{ID: mqtt.PropSubscriptionID, Int: 268435455}}, Filters: filters([]string{"a/# 2 nl rap rh2"})},
			&wire.Unsubscribe{PacketID: 1, Props: user, Filters: []string{"a"}},
			&wire.Disconnect{Code: mqtt.DisconnectWithWill, Props: mqtt.Properties{{ID: mqtt.PropReasonString, Value: "r"}, {ID: mqtt.PropSessionExpiry}}})
	}
	return out
}

func fullConnect(v mqtt.Version) *wire.Connect {
	p := &wire.Connect{Version: v, CleanStart: true, ClientID: "c", HasUsername: true, Username: "u", HasPassword: true, Password: []byte("p"),
		Will: &wire.Will{Topic: "w", Payload: []byte("gone"), QoS: 1}}
	if v == mqtt.V5 {
		p.Props = mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: 1}, {ID: mqtt.PropUser, Key: "k", Value: "v"}}
		p.Will.Props = mqtt.Properties{{ID: mqtt.PropWillDelay, Int: 1}, {ID: mqtt.PropResponseTopic, Value: "r"}}
	}
	return p
}

// TestAttackTruncatedPackets: every packet cut at every byte, as a stream that
// ends and as a packet whose length is wrong, in both directions.
func TestAttackTruncatedPackets(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		head := encode(t, v, &wire.Connect{Version: v, CleanStart: true, ClientID: "c"})
		try := func(stream []byte) {
			t.Helper()
			c := b.dial(t)
			c.v = v
			c.nc.Write(stream)
			c.vanish()
		}
		whole := encode(t, v, fullConnect(v))
		for n := range whole {
			try(whole[:n])
			try(relength(whole, n))
		}
		for _, p := range valid(v) {
			whole := encode(t, v, p)
			for n := 1; n < len(whole); n++ {
				try(append(bytes.Clone(head), whole[:n]...))
				try(append(bytes.Clone(head), relength(whole, n)...))
			}
		}
		b.serves(t)
	})
}

// relength cuts a short packet at n bytes and says so in its header.
func relength(p []byte, n int) []byte {
	out := bytes.Clone(p[:max(n, 2)])
	out[1] = byte(len(out) - 2)
	return out
}

// TestAttackVariableByteIntegers: remaining lengths that are overlong, too
// large or never end, [MQTT-1.5.5-1], and the valid boundaries.
func TestAttackVariableByteIntegers(t *testing.T) {
	eachWith(t, broker.Limits{MaxPacketSize: 3 << 20}, func(t *testing.T, b *fixture) {
		for _, length := range []string{"\x80\x80\x80\x80", "\xff\xff\xff\xff", "\xff\xff\xff\xff\x01", "\x80\x00", "\x80\x80\x00", "\x81\x00", "\x80\x80\x80\x00", "\xff\xff\xff\xff\x7f"} {
			for _, first := range []byte{0x30, 0x82, 0xc0} {
				c := b.connect(t, mqtt.V5, "c")
				c.raw(append([]byte{first}, length...))
				c.refused("81")
				c = b.dial(t) // the same before CONNECT
				c.raw(append([]byte{0x10}, length...))
				c.vanish()
			}
		}
		for _, props := range []string{"\x80\x80\x80\x80\x01", "\x80\x00", "\xff\xff\xff\x7f", "\xff\xff\xff\xff"} {
			c := b.connect(t, mqtt.V5, "c")
			c.raw(append([]byte{0x30, byte(3 + len(props)), 0, 1, 't'}, props...))
			c.refused("81")
		}
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("t 0")
		p := b.connect(t, mqtt.V311, "p")
		for _, remaining := range []int{127, 128, 16383, 16384, 2097151, 2097152} {
			p.publish(message{topic: "t", payload: strings.Repeat("x", remaining-3)})
			if m := s.read().(*wire.Publish); len(m.Payload) != remaining-3 {
				t.Errorf("a packet of length %d brings %d bytes", remaining, len(m.Payload))
			}
		}
		b.serves(t)
	})
}

// TestAttackText: what may not be a topic, a filter, or any string.
func TestAttackText(t *testing.T) {
	bad := map[string]string{
		"wildcard +": "a/+", "wildcard #": "a/#", "NUL": "a\x00b", "surrogate": "\xed\xa0\x80", "pair of surrogates": "\xed\xa0\x81\xed\xb0\x80",
		"cut UTF-8": "a\xc3", "overlong UTF-8": "\xc0\xaf", "above U+10FFFF": "\xf4\x90\x80\x80", "lone continuation": "\x80", "empty": "",
	}
	each(t, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("# 0", "+/+ 0", "$SYS/nothing 0")
		for name, text := range bad {
			for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
				field := append([]byte{byte(len(text) >> 8), byte(len(text))}, text...)
				tail := map[bool]string{true: "\x00"}[v == mqtt.V5]
				packets := [][]byte{framed(0x30, string(field)+tail+"payload")}
				if !strings.HasPrefix(name, "wildcard") {
					packets = append(packets, framed(0x82, "\x00\x01"+tail+string(field)+"\x00"), framed(0xa2, "\x00\x01"+tail+string(field)))
				}
				if v == mqtt.V5 && name != "empty" {
					packets = append(packets, framed(0x30, "\x00\x01t"+string(wire.AppendVarint(nil, uint32(1+len(field))))+"\x08"+string(field)))
				}
				for _, p := range packets {
					c := b.connect(t, v, "c")
					c.raw(p)
					if v == mqtt.V5 {
						c.refused("81 82 90")
					} else {
						c.ended()
					}
				}
			}
		}
		s.fence() // nothing of it was published
		b.serves(t)
	})
}

func framed(first byte, body string) []byte {
	return append(wire.AppendVarint([]byte{first}, uint32(len(body))), body...)
}

// TestAttackPacketsAServerNeverGets: DISCONNECT 0x82, close. [MQTT-3.1.0-2]
func TestAttackPacketsAServerNeverGets(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			packets := [][]byte{
				encode(t, v, &wire.Connack{}), encode(t, v, &wire.Suback{PacketID: 1, Codes: []mqtt.ReasonCode{0}}),
				encode(t, v, &wire.Pingresp{}), encode(t, v, &wire.Unsuback{PacketID: 1, Codes: map[bool][]mqtt.ReasonCode{true: {0}}[v == mqtt.V5]}),
				encode(t, v, fullConnect(v)), {0x00, 0}, {0xf0, 0}, {0xf0, 2, 0x18, 0},
				framed(0xf0, "\x19\x05\x15\x00\x02ab"), {0xc1, 0}, {0xe1, 0}, {0x36, 3, 0, 1, 't'}, {0x40, 2, 0, 0}, {0x60, 2, 0, 1},
			}
			for _, p := range packets {
				c := b.connect(t, v, "c")
				c.raw(p)
				if v == mqtt.V5 {
					c.refused("81 82")
				} else {
					c.ended()
				}
			}
			for _, p := range append(packets[:4:4], framed(0x30, "\x00\x01t\x00"), []byte{0xc0, 0}, []byte{0xe0, 0}, []byte("GET / HTTP/1.1\r\n\r\n"), []byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}) {
				c := b.dial(t)
				c.raw(p)
				c.vanish()
			}
		}
		b.serves(t)
	})
}

// TestAttackProperties: duplicate, unknown and misplaced properties, and very
// many of them.
func TestAttackProperties(t *testing.T) {
	eachWith(t, broker.Limits{MaxPropertiesSize: 5000}, func(t *testing.T, b *fixture) {
		for _, tt := range []struct {
			name, props, codes string
		}{
			{"duplicate", "\x01\x01\x01\x01", "82"},
			{"unknown", "\x7f\x01", "81 82"},
			{"unknown of several bytes", "\x80\x01\x00", "81 82"},
			{"of another packet", "\x11\x00\x00\x00\x01", "81 82"},
			{"subscription identifier from a client", "\x0b\x01", "82"},
			{"format 2", "\x01\x02", "81 82"},
			{"cut", "\x02\x00\x00", "81"},
			{"string longer than the list", "\x03\xff\xffx", "81"},
			{"wildcard in response topic", "\x08\x00\x01#", "81 82 90"},
		} {
			c := b.connect(t, mqtt.V5, "c")
			c.raw(framed(0x30, "\x00\x01t"+string(wire.AppendVarint(nil, uint32(len(tt.props))))+tt.props))
			c.refused(tt.codes)
		}
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("t 0")
		many := message{topic: "t"}
		for i := range 500 {
			many.props.AddUser(fmt.Sprint(i), "v")
		}
		p := b.connect(t, mqtt.V5, "p")
		p.publish(many)
		s.take(`t "" q0` + showProps(many.props))
		many.props.AddUser("long", strings.Repeat("x", 2000))
		p.send(many.packet(0))
		p.refused("95 97 82")
		s.fence()
		b.serves(t)
	})
}
