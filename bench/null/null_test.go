package null

import (
	"net"
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

func FuzzPackets(f *testing.F) {
	f.Add([]byte{0x32, 5, 0, 1, 'a', 0, 1})
	f.Add([]byte{0x82, 6, 0, 1, 0, 1, 'a', 0})
	f.Add([]byte{0x62, 2, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		c := conn{version: mqtt.V311}
		if n, err := c.packets(b); n < 0 || n > len(b) {
			t.Errorf("packets(%x) = %d, %v", b, n, err)
		}
	})
}
