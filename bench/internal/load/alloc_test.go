package load

import (
	"testing"

	"mqt/bench/payload"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestMessagesAllocateNothing sends and receives without a socket.
func TestMessagesAllocateNothing(t *testing.T) {
	p := plan("127.0.0.1:1", []string{"a"}, []string{"a"})
	p.Version, p.QoS = mqtt.V5, mqtt.AtLeastOnce
	p.Template = payload.Parse([]byte("%UNIQUE% %TIMESTAMPNS% %RANDOM%"), 20)
	p.Sizes = []Size{{HeaderSize + p.Template.Size(), 1}}
	l, err := newLoad(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range l.clients {
		c.phase, c.known, c.quota = ready, true, maxWindow
	}
	l.publish(1)
	pub, sub := l.pubs[0], l.subs[0].client
	b := make([]byte, 0, 1<<20)
	ack := wire.Ack{Type: wire.PUBACK}
	now := int64(1)
	send := func() {
		now += 1000
		b = pub.fill(b[:0], 1, now)
		if n, err := sub.receive(b, now); n != len(b) || err != nil {
			t.Fatalf("receive = %d, %v", n, err)
		}
		sub.out = sub.out[:0]
		ack.PacketID = packetID(pub.next - 1)
		pub.acknowledged(&ack, now)
	}
	for range 100 {
		send() // what is kept has its size now
	}
	if n := testing.AllocsPerRun(1000, send); n != 0 {
		t.Errorf("a message allocates %v times, want 0", n)
	}
	if c := l.counts; c.Sent != c.Delivered || c.Sent != c.Acked || c.Sent < 1100 {
		t.Errorf("counts = %+v, want all delivered and acknowledged", c)
	}
}
