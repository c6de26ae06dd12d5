package client

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// hostile connects a subscriber, sends it b, and checks that it ends with that
// reason code and, in MQTT 5, tells the broker. [MQTT-4.13.1-1]
func hostile(t *testing.T, v mqtt.Version, b []byte, code mqtt.ReasonCode) {
	t.Helper()
	f := newFake(t)
	o := Options{Version: v, CleanStart: true}
	if v == mqtt.V5 {
		o.Props = mqtt.Properties{{ID: mqtt.PropMaximumPacketSize, Int: 1000}, {ID: mqtt.PropTopicAliasMaximum, Int: 3}}
	}
	c, p := f.connect(o, wire.Connack{})
	p.subscribe(c, func(mqtt.Message) {})
	_, _ = p.nc.Write(b) // the client may stop reading in the middle
	if v == mqtt.V5 {
		if d := read[wire.Disconnect](p); d.Code != code {
			t.Errorf("% x: DISCONNECT = %v, want %v", b, d.Code, code)
		}
	}
	p.closed()
	wantReason(t, ended(c), "", code)
}

// attack is what a hostile broker sends to a subscriber, and what it is told.
type attack struct {
	name string
	v    mqtt.Version
	b    []byte
	code mqtt.ReasonCode
}

func attacks(t *testing.T, all []attack) {
	t.Helper()
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			hostile(t, a.v, a.b, a.code)
		})
	}
}

// packet puts a fixed header in front of a short body.
func packet(first byte, body ...byte) []byte {
	return append([]byte{first, byte(len(body))}, body...)
}

// publish0 is a PUBLISH of QoS 0 in MQTT 5 with the topic and these properties.
func publish0(topic string, props ...byte) []byte {
	body := append([]byte{0, byte(len(topic))}, topic...)
	return packet(0x30, append(append(body, byte(len(props))), props...)...)
}

// fromBroker are packets that a client gets, with much in them.
func fromBroker(t testing.TB, v mqtt.Version) []wire.Packet {
	pub := &wire.Publish{Topic: []byte("a/b"), Payload: []byte("x"), QoS: 2, PacketID: 7}
	why := mqtt.Properties{{ID: mqtt.PropReasonString, Value: "no"}, {ID: mqtt.PropUser, Key: "k", Value: "v"}}
	all := []wire.Packet{&wire.Connack{}, pub, &wire.Ack{Type: wire.PUBACK, PacketID: 7}, &wire.Ack{Type: wire.PUBREC, PacketID: 7},
		&wire.Ack{Type: wire.PUBREL, PacketID: 7}, &wire.Ack{Type: wire.PUBCOMP, PacketID: 7},
		&wire.Suback{PacketID: 7, Codes: []mqtt.ReasonCode{0, 1, 2}}, &wire.Pingresp{}}
	if v != mqtt.V5 {
		return append(all, &wire.Unsuback{PacketID: 7})
	}
	pub.Props = raw(t, mqtt.Property{ID: mqtt.PropTopicAlias, Int: 1}, mqtt.Property{ID: mqtt.PropSubscriptionID, Int: 300},
		mqtt.Property{ID: mqtt.PropUser, Key: "k", Value: "v"})
	return append(all, &wire.Connack{Props: append(mqtt.Properties{{ID: mqtt.PropReceiveMaximum, Int: 9}, {ID: mqtt.PropAssignedClientID, Value: "c"}}, why...)},
		&wire.Ack{Type: wire.PUBACK, PacketID: 7, Code: mqtt.NotAuthorized, Props: why},
		&wire.Suback{PacketID: 7, Codes: []mqtt.ReasonCode{0}, Props: why}, &wire.Unsuback{PacketID: 7, Codes: []mqtt.ReasonCode{0, 0x80}, Props: why},
		&wire.Disconnect{Code: mqtt.ServerShuttingDown, Props: why}, &wire.Auth{Code: mqtt.ContinueAuthentication, Props: authProps("m", "data")})
}

// TestAttackTruncatedPackets: every packet cut at every byte, before and after
// CONNACK, as a stream that ends and as a packet whose length is wrong. The
// client ends each time, by itself or with the stream.
func TestAttackTruncatedPackets(t *testing.T) {
	t.Parallel()
	for _, v := range []mqtt.Version{mqtt.V5, mqtt.V311, mqtt.V31} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			hello, err := (&wire.Connack{}).Append(nil, v)
			if err != nil {
				t.Fatal(err)
			}
			for _, pkt := range fromBroker(t, v) {
				whole, err := pkt.Append(nil, v)
				if err != nil {
					t.Fatal(err)
				}
				for n := 1; n <= len(whole); n++ {
					short := bytes.Clone(whole[:max(n, 2)])
					short[1] = byte(len(short) - 2)
					for _, b := range [][]byte{whole[:n], short} {
						cut(t, v, b)
						cut(t, v, slices.Concat(hello, b))
					}
				}
			}
		})
	}
}

// cut sends b in answer to CONNECT, and then the end.
func cut(t *testing.T, v mqtt.Version, b []byte) {
	t.Helper()
	f := newFake(t)
	ch := f.start(Options{Version: v, CleanStart: true, NoReconnect: true, Props: nil})
	p := f.next()
	read[wire.Connect](p)
	_, _ = p.nc.Write(b) // the client may stop reading in the middle
	p.close()
	res := <-ch
	if res.c == nil {
		if res.err == nil {
			t.Errorf("% x: Connect = nil, nil", b)
		}
		return
	}
	if err := ended(res.c); errors.Is(err, errNone) {
		t.Errorf("% x: Err() = nil, want why the connection ended", b)
	}
}

func TestAttackVariableByteIntegers(t *testing.T) {
	t.Parallel()
	attacks(t, []attack{
		{"five bytes", mqtt.V5, []byte{0x30, 0xff, 0xff, 0xff, 0xff, 1}, mqtt.MalformedPacket},
		{"five bytes in 3.1.1", mqtt.V311, []byte{0x30, 0x80, 0x80, 0x80, 0x80, 1}, mqtt.MalformedPacket},
		{"overlong", mqtt.V5, []byte{0xd0, 0x80, 0x00}, mqtt.MalformedPacket},
		{"overlong, four bytes", mqtt.V311, []byte{0xd0, 0x80, 0x80, 0x80, 0x00}, mqtt.MalformedPacket},
		{"overlong property length", mqtt.V5, packet(0x30, 0, 1, 't', 0x80, 0), mqtt.MalformedPacket},
		{"property length beyond the packet", mqtt.V5, packet(0x30, 0, 1, 't', 0x7f), mqtt.MalformedPacket},
		{"overlong subscription identifier", mqtt.V5, publish0("t", 11, 0x81, 0), mqtt.MalformedPacket},
		{"subscription identifier of five bytes", mqtt.V5, publish0("t", 11, 0xff, 0xff, 0xff, 0xff, 1), mqtt.MalformedPacket},
		{"more than the maximum packet size", mqtt.V5, append([]byte{0x30, 0xd0, 0x0f}, make([]byte, 100)...), mqtt.PacketTooLarge},
	})
}

func TestAttackPacketsAClientNeverGets(t *testing.T) {
	t.Parallel()
	all := []attack{
		{"second CONNACK", mqtt.V5, packet(0x20, 0, 0, 0), mqtt.ProtocolError},
		{"second CONNACK in 3.1.1", mqtt.V311, packet(0x20, 0, 0), mqtt.ProtocolError},
		{"AUTH", mqtt.V5, packet(0xf0), mqtt.ProtocolError},
		{"DISCONNECT in 3.1.1", mqtt.V311, packet(0xe0), mqtt.ProtocolError},
		{"SUBACK with flags", mqtt.V5, packet(0x91, 0, 1, 0, 0), mqtt.MalformedPacket},
		{"PUBREL without flags", mqtt.V5, packet(0x60, 0, 1), mqtt.MalformedPacket},
		{"PINGRESP with a body", mqtt.V5, packet(0xd0, 0), mqtt.MalformedPacket},
	}
	for _, v := range []mqtt.Version{mqtt.V5, mqtt.V311} {
		all = append(all,
			attack{"type 0 in " + v.String(), v, packet(0x00), mqtt.MalformedPacket},
			attack{"CONNECT in " + v.String(), v, packet(0x10, 0, 4, 'M', 'Q', 'T', 'T', byte(v), 0, 0, 0, 0, 0, 0), mqtt.ProtocolError},
			attack{"SUBSCRIBE in " + v.String(), v, packet(0x82, 0, 1, 0, 0, 1, 'a', 0), mqtt.ProtocolError},
			attack{"UNSUBSCRIBE in " + v.String(), v, packet(0xa2, 0, 1, 0, 0, 1, 'a'), mqtt.ProtocolError},
			attack{"PINGREQ in " + v.String(), v, packet(0xc0), mqtt.ProtocolError})
	}
	attacks(t, all)
}

// Before CONNACK nothing else is believed.
func TestAttackBeforeConnack(t *testing.T) {
	t.Parallel()
	for _, v := range []mqtt.Version{mqtt.V5, mqtt.V311} {
		for _, pkt := range fromBroker(t, v) {
			if _, ok := pkt.(*wire.Connack); ok {
				continue
			}
			f := newFake(t)
			ch := f.start(Options{Version: v, CleanStart: true})
			p := f.next()
			p.v = read[wire.Connect](p).Version
			p.send(pkt)
			p.closed()
			wantReason(t, (<-ch).err, "", mqtt.ProtocolError)
		}
	}
}

func TestAttackText(t *testing.T) {
	t.Parallel()
	user := func(k, v string) []byte {
		return slices.Concat([]byte{38, 0, byte(len(k))}, []byte(k), []byte{0, byte(len(v))}, []byte(v))
	}
	attacks(t, []attack{
		{"invalid UTF-8", mqtt.V5, publish0("a\xff"), mqtt.MalformedPacket},
		{"invalid UTF-8 in 3.1.1", mqtt.V311, packet(0x30, 0, 1, 0xff), mqtt.MalformedPacket},
		{"overlong UTF-8", mqtt.V5, publish0("\xc0\xaf"), mqtt.MalformedPacket},
		{"surrogate", mqtt.V5, publish0("\xed\xa0\x80"), mqtt.MalformedPacket},
		{"U+0000", mqtt.V5, publish0("a\x00"), mqtt.MalformedPacket},
		{"wildcard #", mqtt.V5, publish0("a/#"), mqtt.TopicNameInvalid},
		{"wildcard +", mqtt.V5, publish0("+/a"), mqtt.TopicNameInvalid},
		{"empty topic", mqtt.V5, publish0(""), mqtt.ProtocolError},
		{"length beyond the packet", mqtt.V5, packet(0x30, 0xff, 0xff, 'a', 0), mqtt.MalformedPacket},
		{"user property", mqtt.V5, publish0("t", user("k", "\xff")...), mqtt.MalformedPacket},
		{"user property's name", mqtt.V5, publish0("t", user("\x00", "v")...), mqtt.MalformedPacket},
		{"response topic", mqtt.V5, publish0("t", 8, 0, 1, '#'), mqtt.TopicNameInvalid},
		{"reason string", mqtt.V5, packet(0xe0, 0x8b, 4, 31, 0, 1, 0xff), mqtt.MalformedPacket},
	})
}

func TestAttackProperties(t *testing.T) {
	t.Parallel()
	all := []attack{
		{"unknown", mqtt.V5, publish0("t", 99, 0), mqtt.MalformedPacket},
		{"of CONNECT", mqtt.V5, publish0("t", 17, 0, 0, 0, 1), mqtt.MalformedPacket},
		{"subscription identifier 0", mqtt.V5, publish0("t", 11, 0), mqtt.ProtocolError},
		{"payload format 2", mqtt.V5, publish0("t", 1, 2), mqtt.ProtocolError},
		{"cut", mqtt.V5, publish0("t", 2, 0, 0), mqtt.MalformedPacket},
	}
	for name, p := range map[string][]byte{"payload format": {1, 1}, "message expiry": {2, 0, 0, 0, 1}, "content type": {3, 0, 1, 'a'},
		"response topic": {8, 0, 1, 'a'}, "correlation data": {9, 0, 1, 'a'}, "topic alias": {35, 0, 1}} {
		all = append(all, attack{name + " twice", mqtt.V5, publish0("t", slices.Concat(p, p)...), mqtt.ProtocolError})
	}
	reason := []byte{31, 0, 1, 'a'}
	all = append(all, attack{"reason string twice", mqtt.V5, packet(0xe0, append([]byte{0x8b, 8}, slices.Concat(reason, reason)...)...), mqtt.ProtocolError})
	attacks(t, all)
}

func TestAttackConnack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		b    []byte
		code mqtt.ReasonCode
	}{
		{"reserved flags", packet(0x20, 2, 0, 0), mqtt.MalformedPacket},
		{"a code of another packet", packet(0x20, 0, 0x18, 0), mqtt.ProtocolError},
		{"property twice", packet(0x20, 0, 0, 6, 33, 0, 1, 33, 0, 1), mqtt.ProtocolError},
		{"receive maximum 0", packet(0x20, 0, 0, 3, 33, 0, 0), mqtt.ProtocolError},
		{"maximum packet size 0", packet(0x20, 0, 0, 5, 39, 0, 0, 0, 0), mqtt.ProtocolError},
		{"maximum QoS 2", packet(0x20, 0, 0, 2, 36, 2), mqtt.ProtocolError},
		{"property of PUBLISH", packet(0x20, 0, 0, 3, 35, 0, 1), mqtt.MalformedPacket},
		{"session in a refusal", packet(0x20, 1, 0x87, 0), mqtt.ProtocolError},
		{"trailing bytes", packet(0x20, 0, 0, 0, 0), mqtt.MalformedPacket},
		{"endless", endlessConnack(), mqtt.PacketTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			ch := f.start(Options{Version: mqtt.V5, CleanStart: true})
			p := f.next()
			read[wire.Connect](p)
			_, _ = p.nc.Write(tt.b) // the client may stop reading in the middle
			p.closed()
			wantReason(t, (<-ch).err, "", tt.code)
		})
	}
}

// endlessConnack is a valid CONNACK with two million bytes of user properties.
func endlessConnack() []byte {
	ca := wire.Connack{}
	for range 40 {
		ca.Props.AddUser("k", strings.Repeat("x", 50_000))
	}
	b, _ := ca.Append(nil, mqtt.V5)
	return b
}

func TestAttackTopicAlias(t *testing.T) {
	t.Parallel()
	attacks(t, []attack{
		{"0", mqtt.V5, publish0("t", 35, 0, 0), mqtt.TopicAliasInvalid},
		{"above the maximum", mqtt.V5, publish0("t", 35, 0, 4), mqtt.TopicAliasInvalid},
		{"far above", mqtt.V5, publish0("t", 35, 0xff, 0xff), mqtt.TopicAliasInvalid},
		{"undefined", mqtt.V5, publish0("", 35, 0, 3), mqtt.ProtocolError},
		{"undefined after others", mqtt.V5, slices.Concat(publish0("t", 35, 0, 1), publish0("", 35, 0, 2)), mqtt.ProtocolError},
	})
	t.Run("of the last connection", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		c, p := f.connect(quick(Options{Version: mqtt.V5, ClientID: "x", Props: mqtt.Properties{{ID: mqtt.PropTopicAliasMaximum, Int: 3}}}), wire.Connack{})
		handle, got := collect()
		p.subscribe(c, handle)
		p.sendRaw(publish0("t", 35, 0, 1))
		<-got
		p.close()
		p = f.next()
		p.accept(wire.Connack{SessionPresent: true})
		p.sendRaw(publish0("", 35, 0, 1))
		if d := read[wire.Disconnect](p); d.Code != mqtt.ProtocolError {
			t.Errorf("DISCONNECT = %v, want %v", d.Code, mqtt.ProtocolError)
		}
		wantReason(t, ended(c), "", mqtt.ProtocolError)
	})
	t.Run("not offered", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		c, p := f.connect(Options{Version: mqtt.V5, CleanStart: true}, wire.Connack{})
		p.subscribe(c, func(mqtt.Message) {})
		p.sendRaw(publish0("t", 35, 0, 1))
		read[wire.Disconnect](p)
		wantReason(t, ended(c), "", mqtt.TopicAliasInvalid)
	})
}

func TestAttackPacketIdentifiers(t *testing.T) {
	t.Parallel()
	all := []attack{
		{"QoS 3", mqtt.V5, packet(0x36, 0, 1, 't', 0, 1, 0), mqtt.MalformedPacket},
		{"QoS 3 in 3.1.1", mqtt.V311, packet(0x36, 0, 1, 't', 0, 1), mqtt.MalformedPacket},
		{"QoS 0 with DUP", mqtt.V5, packet(0x38, 0, 1, 't', 0), mqtt.MalformedPacket},
		{"none", mqtt.V5, packet(0x32, 0, 1, 't'), mqtt.MalformedPacket},
	}
	for _, v := range []mqtt.Version{mqtt.V5, mqtt.V311} {
		tail := []byte{0}
		if v != mqtt.V5 {
			tail = nil
		}
		for name, b := range map[string][]byte{
			"PUBLISH QoS 1": packet(0x32, append([]byte{0, 1, 't', 0, 0}, tail...)...),
			"PUBLISH QoS 2": packet(0x34, append([]byte{0, 1, 't', 0, 0}, tail...)...),
			"PUBACK":        packet(0x40, 0, 0), "PUBREC": packet(0x50, 0, 0), "PUBREL": packet(0x62, 0, 0), "PUBCOMP": packet(0x70, 0, 0),
			"SUBACK": packet(0x90, append(append([]byte{0, 0}, tail...), 0)...),
		} {
			all = append(all, attack{name + " 0 in " + v.String(), v, b, mqtt.ProtocolError})
		}
	}
	attacks(t, all)
}
