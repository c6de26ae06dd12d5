package null

import (
	"bytes"
	"net"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBrokerAnswers(t *testing.T) {
	t.Parallel()
	b, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	nc, err := net.Dial("tcp", b.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	r := wire.Reader{R: nc}
	for _, step := range []struct {
		send wire.Packet
		want wire.Type
	}{
		{&wire.Connect{Version: mqtt.V5, CleanStart: true, ClientID: "a"}, wire.CONNACK},
		{&wire.Subscribe{PacketID: 1, Filters: []wire.SubscribeFilter{{Filter: "#", QoS: 2}}}, wire.SUBACK},
		{&wire.Publish{QoS: 1, PacketID: 7, Topic: []byte("a"), Payload: make([]byte, 100_000)}, wire.PUBACK},
		{&wire.Publish{QoS: 2, PacketID: 7, Topic: []byte("a")}, wire.PUBREC},
		{&wire.Ack{Type: wire.PUBREL, PacketID: 7}, wire.PUBCOMP},
		{&wire.Pingreq{}, wire.PINGRESP},
	} {
		p, err := step.send.Append(nil, mqtt.V5)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := nc.Write(p); err != nil {
			t.Fatal(err)
		}
		h, _, err := r.Next()
		if err != nil || h.Type != step.want {
			t.Fatalf("answer to %T = %v, %v, want %v", step.send, h.Type, err, step.want)
		}
	}
}

// FuzzPackets: the answers are whole packets of a broker, and the same however
// what is answered is cut into reads.
func FuzzPackets(f *testing.F) {
	f.Add([]byte{0x32, 5, 0, 1, 'a', 0, 1}, 3)
	f.Add([]byte{0x82, 6, 0, 1, 0, 1, 'a', 0}, 1)
	f.Add([]byte{0x62, 2, 0, 1, 0xc0, 0, 0x34, 5, 0, 1, 'a', 0, 1}, 6)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		whole, pieces := conn{version: mqtt.V311}, conn{version: mqtt.V311}
		n, err := whole.packets(b)
		if n < 0 || n > len(b) {
			t.Fatalf("packets(%x) = %d, %v", b, n, err)
		}
		m, perr := pieces.packets(b[:max(0, min(cut, len(b)))])
		if perr == nil {
			var more int
			more, perr = pieces.packets(b[m:])
			m += more
		}
		if n != m || (err == nil) != (perr == nil) || !bytes.Equal(whole.out, pieces.out) {
			t.Errorf("packets(%x) = %d, %v and %x, and in pieces %d, %v and %x", b, n, err, whole.out, m, perr, pieces.out)
		}
		for rest := whole.out; len(rest) > 0; {
			h, err := wire.ParseHeader(rest)
			if err != nil || h.Total() > len(rest) || !slices.Contains(answers(), h.Type) {
				t.Fatalf("packets(%x) answers %x: %v, %v", b, whole.out, h, err)
			}
			rest = rest[h.Total():]
		}
	})
}

func answers() []wire.Type {
	return []wire.Type{wire.CONNACK, wire.SUBACK, wire.PUBACK, wire.PUBREC, wire.PUBCOMP, wire.PINGRESP}
}
