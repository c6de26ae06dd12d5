package compat

import (
	"io"
	"net"
	"strings"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestTrace sends packets both ways, in small pieces, and compares with lines
// of mosquitto_sub -d and mosquitto_pub -d.
func TestTrace(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	ours, theirs := net.Pipe()
	defer theirs.Close()
	nc := NewTrace(Sub, &out, "", mqtt.V5).Conn(ours)
	defer nc.Close()
	append1 := func(dst []byte, p wire.Packet) []byte {
		dst, err := p.Append(dst, mqtt.V5)
		if err != nil {
			t.Fatal(err)
		}
		return dst
	}
	send := func(ps ...wire.Packet) {
		var b []byte
		for _, p := range ps {
			b = append1(b, p)
		}
		ended := make(chan error, 1)
		go func() { _, err := io.CopyN(io.Discard, theirs, int64(len(b))); ended <- err }()
		for i := range b {
			if _, err := nc.Write(b[i : i+1]); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	receive := func(ps ...wire.Packet) {
		var b []byte
		for _, p := range ps {
			b = append1(b, p)
		}
		ended := make(chan error, 1)
		go func() { _, err := theirs.Write(b); ended <- err }()
		if _, err := io.ReadFull(nc, make([]byte, len(b))); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	send(&wire.Connect{Version: mqtt.V5, CleanStart: true})
	receive(&wire.Connack{Props: mqtt.Properties{{ID: mqtt.PropAssignedClientID, Value: "auto"}}})
	send(&wire.Subscribe{PacketID: 1, Filters: []wire.SubscribeFilter{
		{Filter: "a", QoS: 2}, {Filter: "b/#", RetainAsPublished: true, RetainHandling: 2}}})
	receive(&wire.Suback{PacketID: 1, Codes: []mqtt.ReasonCode{2, 0x87}})
	send(&wire.Unsubscribe{PacketID: 2, Filters: []string{"c"}})
	receive(&wire.Unsuback{PacketID: 2, Codes: []mqtt.ReasonCode{0}}, &wire.Publish{Topic: []byte("a"), Retain: true, Payload: []byte("xy")})
	receive(&wire.Publish{Topic: []byte("a"), Payload: []byte("z"), QoS: 2, PacketID: 7, Dup: true})
	send(&wire.Ack{Type: wire.PUBREC, PacketID: 7})
	receive(&wire.Ack{Type: wire.PUBREL, PacketID: 7})
	send(&wire.Ack{Type: wire.PUBCOMP, PacketID: 7}, &wire.Publish{Topic: []byte("p"), Payload: []byte("1")}, &wire.Publish{Topic: []byte("p")},
		&wire.Publish{Topic: []byte("p"), QoS: 1, PacketID: 5, Retain: true})
	receive(&wire.Ack{Type: wire.PUBACK, PacketID: 5, Code: mqtt.NoMatchingSubscribers})
	send(&wire.Publish{Props: []byte{35, 0, 1}})
	send(&wire.Pingreq{})
	receive(&wire.Pingresp{}, &wire.Disconnect{Code: mqtt.AdministrativeAction})
	send(&wire.Disconnect{})
	const want = `Client (null) sending CONNECT
Client auto received CONNACK (0)
Client auto sending SUBSCRIBE (Mid: 1, Topic: a, QoS: 2, Options: 0x00)
Client auto sending SUBSCRIBE (Mid: 1, Topic: b/#, QoS: 0, Options: 0x28)
Client auto received SUBACK
Subscribed (mid: 1): 2, 135
Client auto sending UNSUBSCRIBE (Mid: 2, Topic: c)
Client auto received UNSUBACK
Client auto received PUBLISH (d0, q0, r1, m0, 'a', ... (2 bytes))
Client auto received PUBLISH (d1, q2, r0, m7, 'a', ... (1 bytes))
Client auto sending PUBREC (m7, rc0)
Client auto received PUBREL (Mid: 7)
Client auto sending PUBCOMP (m7)
Client auto sending PUBLISH (d0, q0, r0, m2, 'p', ... (1 bytes))
Client auto sending PUBLISH (d0, q0, r0, m3, 'p', ... (0 bytes))
Client auto sending PUBLISH (d0, q1, r1, m5, 'p', ... (0 bytes))
Client auto received PUBACK (Mid: 5, RC:16)
Client auto sending PUBLISH (d0, q0, r0, m4, '(null)', ... (0 bytes))
Client auto sending PINGREQ
Client auto received PINGRESP
Received DISCONNECT (152)
Client auto sending DISCONNECT
`
	if out.String() != want {
		t.Errorf("trace =\n%s\nwant\n%s", &out, want)
	}
}

// FuzzTrace: whatever a broker sends, the trace says the same however it is cut
// into reads, in whole lines, and goes on up to what is not MQTT.
func FuzzTrace(f *testing.F) {
	f.Add([]byte("\x20\x02\x00\x05\x30\x03\x00\x01a\xd0\x00\xe0\x01\x98\x90\x04\x00\x01\x00\x80"))
	f.Add([]byte("\xd0\x00\xd0\x80\x00\xd0\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			for _, sent := range []bool{false, true} {
				whole, pings := traceOf(v, sent, data, 0)
				pieces, _ := traceOf(v, sent, data, 7)
				if whole != pieces || whole != "" && !strings.HasSuffix(whole, "\n") {
					t.Errorf("version %v, sent %t, %x: trace =\n%s\nand in pieces\n%s", v, sent, data, whole, pieces)
				}
				if n := strings.Count(whole, "PINGRESP\n"); n < pings {
					t.Errorf("version %v, sent %t, %x: trace has %d PINGRESP of %d:\n%s", v, sent, data, n, pings, whole)
				}
			}
		}
	})
}

// traceOf returns the trace of one direction of a stream that comes in pieces
// of at most so many bytes, 0 being any, and how many PINGRESP are in it.
func traceOf(v mqtt.Version, sent bool, data []byte, most int) (text string, pings int) {
	var out strings.Builder
	tr := NewTrace(Sub, &out, "c", v)
	s := stream{t: tr, show: tr.received}
	if sent {
		s.show = tr.sent
	}
	for rest := data; len(rest) > 0; {
		n := len(rest)
		if most > 0 {
			n = min(n, 1+int(rest[0])%most)
		}
		s.add(rest[:n])
		rest = rest[n:]
	}
	for rest := data; ; {
		h, err := wire.ParseHeader(rest)
		if err != nil || h.Total() > len(rest) {
			return out.String(), pings
		}
		if h.Type == wire.PINGRESP && h.Flags == 0 && h.Total() == h.Size {
			pings++
		}
		rest = rest[h.Total():]
	}
}
