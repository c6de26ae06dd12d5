package load

import (
	"slices"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	const far = 3 << 32
	for _, tc := range []struct {
		name string
		seqs []uint64
		want uint64 // bit i: message i of seqs comes too late
	}{
		{"in order", []uint64{0, 1, 2, 7, 8, 1000}, 0},
		{"overtaken", []uint64{0, 2, 1, 3}, 1 << 2},
		{"by two", []uint64{5, 3, 4, 6}, 1<<1 | 1<<2},
		{"around 32 bits", []uint64{far - 2, far - 1, far, far + 1, far - 3}, 1 << 4},
		{"the first is late", []uint64{1, 0}, 1 << 1},
		{"far behind", []uint64{1 << 30, 1}, 1 << 1},
	} {
		var o order
		var got uint64
		for i, seq := range tc.seqs {
			if o.overtaken(1, 2, seq) {
				got |= 1 << i
			}
		}
		if got != tc.want {
			t.Errorf("%s: messages %v are late by bits %b, want %b", tc.name, tc.seqs, got, tc.want)
		}
		if o[0][0] != 0 {
			t.Errorf("%s: another stream is at %d", tc.name, o[0][0])
		}
	}
}

// What a member keeps grows with the streams that it has messages of.
func TestOrderIsKeptWhereItIsNeeded(t *testing.T) {
	t.Parallel()
	const streams = 50_000
	var o order
	for _, i := range []int{0, 1, streams - 1} {
		if o.overtaken(i, streams, 5) || !o.overtaken(i, streams, 4) {
			t.Errorf("the order of stream %d is not checked", i)
		}
	}
	pages := slices.DeleteFunc(slices.Clone(o), func(p *orderPage) bool { return p == nil })
	if len(pages) != 2 {
		t.Errorf("%d of %d pages for messages of three streams, want 2", len(pages), len(o))
	}
}

// TestRedeliveryIsNotReordered has a member of a group get a message that was
// sent before to another one, whose connection was lost.
func TestRedeliveryIsNotReordered(t *testing.T) {
	t.Parallel()
	p := plan("127.0.0.1:1", topics(1), []string{"$share/g/#", "$share/g/#"})
	p.Clients[0].Group, p.Clients[1].Group = 1, 1
	l, err := newLoad(p)
	if err != nil {
		t.Fatal(err)
	}
	l.publish(1)
	l.pubs[0].next = 10
	for i, m := range []struct {
		seq uint32
		dup bool
	}{{0, false}, {3, false}, {1, true}, {4, false}, {2, false}} {
		payload := make([]byte, HeaderSize)
		header{seq: m.seq}.put(payload)
		publish := wire.Publish{QoS: mqtt.AtLeastOnce, Dup: m.dup, Topic: []byte("t/0/x"), PacketID: uint16(i + 1), Payload: payload}
		b, err := publish.Append(nil, l.plan.Version)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := l.subs[0].client.receive(b, int64(i+1)); n != len(b) || err != nil {
			t.Fatalf("receive = %d, %v", n, err)
		}
	}
	if c := l.counts; c.Delivered != 5 || c.Reordered != 1 || c.Duplicated+c.Lost+c.Unparsed != 0 {
		t.Errorf("counts = %+v, want 5 delivered, and of the two that came late 1 reordered", c)
	}
}
