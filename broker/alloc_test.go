package broker

import (
	"fmt"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// nullLink takes everything that is written to it.
type nullLink struct{ bytes int }

func (l *nullLink) write(segs []segment) (int, error) {
	n := 0
	for i := range segs {
		n += len(segs[i].b)
	}
	l.bytes += n
	return n, nil
}

func (l *nullLink) async() bool     { return false }
func (l *nullLink) watchWrite(bool) {}
func (l *nullLink) finish()         {}
func (l *nullLink) kill()           {}
func (l *nullLink) close()          {}
func (l *nullLink) remote() string  { return "null" }
func (l *nullLink) resume(*conn)    {}

// rig is a server whose connections are driven by the test itself.
type rig struct {
	t   testing.TB
	srv *Server
	b   *batch
}

func newRig(t testing.TB) *rig {
	srv := &Server{SysInterval: -1}
	srv.init()
	r := &rig{t: t, srv: srv, b: newBatch(srv)}
	t.Cleanup(func() {
		for _, c := range srv.snapshotConns() {
			c.gone(r.b, errLost)
		}
		srv.Close()
	})
	return r
}

// client connects a client and feeds the packets to the server.
func (r *rig) client(id string, v mqtt.Version, packets ...wire.Packet) (*conn, *nullLink) {
	l := &nullLink{}
	c := r.srv.admit(l, "null", r.srv.listenerOf("null", ListenerOptions{}))
	r.feed(c, frames(r.t, v, append([]wire.Packet{&wire.Connect{Version: v, CleanStart: true, ClientID: id}}, packets...)...))
	return c, l
}

func (r *rig) feed(c *conn, data []byte) {
	if left := c.received(r.b, data); left != 0 {
		r.t.Fatalf("%d bytes of input were not handled", left)
	}
	r.b.flush()
}

func frames(t testing.TB, v mqtt.Version, packets ...wire.Packet) []byte {
	var out []byte
	for _, p := range packets {
		var err error
		if out, err = p.Append(out, v); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// traffic is a batch of messages to each of several subscribers, and the
// acknowledgements that they give.
type traffic struct {
	rig         *rig
	pub         *conn
	subs        []*conn
	links       []*nullLink
	input, acks []byte
	next        uint16
}

const batchSize = 16

func newTraffic(t testing.TB, v mqtt.Version, qos mqtt.QoS, subs int) *traffic {
	tr := &traffic{rig: newRig(t)}
	filter := wire.SubscribeFilter{Filter: "bench/+/topic", QoS: qos}
	for i := range subs {
		c, l := tr.rig.client(fmt.Sprint("s", i), v, &wire.Subscribe{PacketID: 1, Filters: []wire.SubscribeFilter{filter}})
		tr.subs, tr.links = append(tr.subs, c), append(tr.links, l)
	}
	tr.pub, _ = tr.rig.client("p", v)
	p := wire.Publish{Topic: []byte("bench/1/topic"), Payload: make([]byte, 64), QoS: qos}
	for i := range batchSize {
		if qos > 0 {
			p.PacketID = uint16(i + 1)
		}
		tr.input = append(tr.input, frames(t, v, &p)...)
	}
	return tr
}

// round publishes a batch and, at QoS 1, acknowledges it.
func (tr *traffic) round(qos mqtt.QoS) {
	tr.rig.feed(tr.pub, tr.input)
	if qos == 0 {
		return
	}
	tr.acks = tr.acks[:0]
	for range batchSize {
		tr.next = tr.next%maxPacketID + 1
		tr.acks = wire.AppendAck(tr.acks, wire.PUBACK, tr.next)
	}
	for _, c := range tr.subs {
		tr.rig.feed(c, tr.acks)
	}
}

// The hot path allocates nothing: from the bytes of a PUBLISH to the bytes for
// each subscriber, acknowledgements included.
func TestRoutingAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget at random under the race detector")
	}
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		for _, qos := range []mqtt.QoS{0, 1} {
			for _, subs := range []int{1, 50} {
				t.Run(fmt.Sprintf("%s qos %d to %d", v, qos, subs), func(t *testing.T) {
					tr := newTraffic(t, v, qos, subs)
					for range 10 { // pools, routes and windows reach their size
						tr.round(qos)
					}
					before := tr.links[0].bytes
					if n := testing.AllocsPerRun(200, func() { tr.round(qos) }); n != 0 {
						t.Errorf("%v allocations for %d messages to each of %d subscribers, want 0", n, batchSize, subs)
					}
					if got := tr.links[subs-1].bytes - before; got < 200*batchSize*64 {
						t.Errorf("%d bytes reached the last subscriber, less than was published", got)
					}
				})
			}
		}
	}
}

func BenchmarkRouting(b *testing.B) {
	for _, qos := range []mqtt.QoS{0, 1} {
		for _, subs := range []int{1, 100} {
			b.Run(fmt.Sprintf("qos %d to %d", qos, subs), func(b *testing.B) {
				tr := newTraffic(b, mqtt.V311, qos, subs)
				b.ReportAllocs()
				for b.Loop() {
					tr.round(qos)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batchSize*subs), "ns/delivery")
			})
		}
	}
}
