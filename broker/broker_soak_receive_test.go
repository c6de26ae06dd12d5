package broker_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// book is what has arrived at a subscriber, or at the members of a group.
type book struct {
	soak      *soak
	want      int // different messages
	unordered bool

	mu   sync.Mutex // guards the fields below
	seen map[string]int
	last map[string]int // highest number, by topic
	n    int
	bad  []string
}

func newBook(s *soak) *book {
	return &book{soak: s, want: 2 * s.publishers * s.messages, seen: map[string]int{}, last: map[string]int{}}
}

// note enters a message. What was delivered before may come again at QoS 1
// only; what is new must follow what came before it.
func (bk *book) note(p *wire.Publish) {
	bk.mu.Lock()
	defer bk.mu.Unlock()
	topic, number := string(p.Topic), string(p.Payload)
	key := topic + " " + number
	bk.seen[key]++
	if bk.seen[key] > 1 {
		if p.QoS == mqtt.ExactlyOnce {
			bk.complain("%s came %d times", key, bk.seen[key])
		}
		return
	}
	bk.n++
	bk.soak.latest.Store(time.Now().UnixNano())
	n, err := strconv.Atoi(number)
	if next := bk.last[topic]; err != nil || !bk.unordered && n != next {
		bk.complain("%s is %s, want %d", topic, number, next)
	}
	bk.last[topic] = n + 1
}

func (bk *book) complain(format string, args ...any) {
	if len(bk.bad) < 10 {
		bk.bad = append(bk.bad, fmt.Sprintf(format, args...))
	}
}

func (bk *book) full() bool {
	bk.mu.Lock()
	defer bk.mu.Unlock()
	return bk.n >= bk.want || len(bk.bad) > 0
}

func (bk *book) check(t *testing.T) {
	t.Helper()
	bk.mu.Lock()
	defer bk.mu.Unlock()
	for _, s := range bk.bad {
		t.Error(s)
	}
	if bk.n != bk.want {
		t.Errorf("%d different messages came, want %d", bk.n, bk.want)
	}
	bk.bad = nil
}

// receiver is a subscriber with a session.
type receiver struct {
	*soak
	rng    *rand.Rand
	id     string
	filter string
	v      mqtt.Version
	book   *book
	open   map[uint16]bool // QoS 2 packet identifiers received and not released
	held   []wire.Packet   // acknowledgements that are not sent yet
}

// prepare makes the session and its subscription.
func (r *receiver) prepare() {
	c := r.b.connect(r.t, r.v, r.id, keep)
	c.subscribe(r.filter + " 2")
	c.bye()
}

func (r *receiver) run() {
	for !r.book.full() && !r.stuck() {
		c := r.soak.open(r.id, r.v, uint32(1+r.rng.IntN(60)))
		if c == nil {
			continue
		}
		if r.v != mqtt.V31 && !c.connack.SessionPresent {
			r.t.Errorf("the session of %s is gone", r.id)
		}
		r.held = nil
		for events := r.rng.IntN(400); events > 0 && !r.book.full() && r.step(c); events-- {
		}
		leave(c, r.rng)
	}
}

// step handles one packet. It asks for one with PINGREQ: when all messages go
// to another member of the group, PINGRESP is the only one.
func (r *receiver) step(c *client) bool {
	if c.rd.Buffered() == 0 && len(r.held) > 0 {
		r.flush(c)
	}
	c.nc.Write([]byte{0xc0, 0})
	got, err := c.next()
	if err != nil {
		return false
	}
	switch p := got.(type) {
	case *wire.Publish:
		r.receive(p)
	case *wire.Ack:
		if p.Type != wire.PUBREL {
			r.t.Errorf("the broker sent %s %s", r.id, show(p))
		}
		delete(r.open, p.PacketID)
		r.held = append(r.held, ack(wire.PUBCOMP, p.PacketID))
	case *wire.Disconnect:
		return false
	}
	if r.rng.IntN(4) == 0 {
		r.flush(c)
	}
	return true
}

func (r *receiver) receive(p *wire.Publish) {
	switch {
	case p.QoS == 1:
		r.held = append(r.held, ack(wire.PUBACK, p.PacketID))
	case p.QoS == 2:
		r.held = append(r.held, ack(wire.PUBREC, p.PacketID))
		if r.open[p.PacketID] {
			if !p.Dup {
				r.t.Errorf("%s: %s with packet identifier %d, which is in use", r.id, show(p), p.PacketID)
			}
			return
		}
		r.open[p.PacketID] = true
	}
	r.book.note(p)
}

func (r *receiver) flush(c *client) {
	c.nc.Write(encode(r.t, r.v, r.held...))
	r.held = nil
}
