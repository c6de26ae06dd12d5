package broker_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestSoak lets clients connect, publish, subscribe, vanish and take each
// other over at random, and checks what arrived against what has to:
// everything, in order per publisher and QoS, at QoS 2 once. MQT_SOAK_SECONDS
// makes it go on with further seeds, MQT_SOAK_SEED starts with a given one.
func TestSoak(t *testing.T) {
	messages := 600
	if testing.Short() {
		messages = 200
	}
	seconds, _ := strconv.Atoi(os.Getenv("MQT_SOAK_SECONDS"))
	seed, err := strconv.ParseUint(os.Getenv("MQT_SOAK_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	for end := time.Now().Add(time.Duration(seconds) * time.Second); ; seed++ {
		for engine, listen := range engines() {
			t.Run(fmt.Sprintf("%s/seed %d", engine, seed), func(t *testing.T) {
				limits := broker.Limits{MaxQueuedMessages: -1, MaxQueuedBytes: -1}
				newSoak(t, serve(t, &broker.Server{Limits: limits}, listen(t)), seed, messages).run()
			})
		}
		if t.Failed() || !time.Now().Before(end) {
			return
		}
	}
}

// soak is one run: some publishers, each with its streams of QoS 1 and 2.
type soak struct {
	t          *testing.T
	b          *fixture
	seed       uint64
	publishers int
	messages   int // of each publisher at each QoS
	over       chan struct{}
	latest     atomic.Int64 // when a message came for the first time, in Unix nanoseconds
}

func newSoak(t *testing.T, b *fixture, seed uint64, messages int) *soak {
	return &soak{t: t, b: b, seed: seed, publishers: 4, messages: messages, over: make(chan struct{})}
}

func (s *soak) rand(n uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, n)) }

func (s *soak) run() {
	s.latest.Store(time.Now().UnixNano())
	var books []*book
	var work, noise sync.WaitGroup
	versions := []mqtt.Version{mqtt.V311, mqtt.V5, mqtt.V31}
	subscriber := func(bk *book, name, filter string, v mqtt.Version) {
		books = append(books, bk)
		r := &receiver{soak: s, rng: s.rand(uint64(100 + len(books))), id: name, filter: filter, v: v, book: bk, open: map[uint16]bool{}}
		r.prepare()
		work.Go(r.run)
	}
	for i, v := range versions {
		subscriber(newBook(s), fmt.Sprint("sub", i), "soak/#", v)
	}
	shared := newBook(s)
	shared.unordered = true
	subscriber(shared, "member1", "$share/g/soak/#", mqtt.V5)
	subscriber(shared, "member2", "$share/g/soak/#", mqtt.V5)
	for i := range s.publishers {
		p := &sender{soak: s, rng: s.rand(uint64(i)), stream: i, v: versions[i%3]}
		work.Go(p.run)
	}
	for i := range 3 {
		rng := s.rand(uint64(1000 + i))
		noise.Go(func() { s.noise(rng) })
	}
	work.Wait()
	close(s.over)
	noise.Wait()
	for _, bk := range books {
		bk.check(s.t)
	}
}

// stuck reports whether the run has failed or does not get on any more.
func (s *soak) stuck() bool {
	if latest := time.Unix(0, s.latest.Load()); time.Since(latest) > 3*patience {
		s.t.Errorf("nothing new has come for %v", 3*patience)
	}
	return s.t.Failed()
}

// open connects with a session that is kept; nil when the connection ended
// before CONNACK, which a take-over can do.
func (s *soak) open(id string, v mqtt.Version, receive uint32) *client {
	c := s.b.dial(s.t)
	c.v, c.id = v, id
	p := &wire.Connect{Version: v, ClientID: id}
	if v == mqtt.V5 {
		p.Props.SetUint(mqtt.PropSessionExpiry, 3600)
		p.Props.SetUint(mqtt.PropReceiveMaximum, receive)
	}
	c.nc.Write(encode(s.t, v, p))
	a, err := c.next()
	if err != nil {
		c.nc.Close()
		return nil
	}
	c.connack, _ = a.(*wire.Connack)
	if c.connack == nil || c.connack.Code != 0 {
		s.t.Errorf("CONNECT of %s is answered by %s", id, show(a))
		return nil
	}
	return c
}

// leave ends a connection in one of several ways; some leave it to the next
// connection to take over.
func leave(c *client, rng *rand.Rand) {
	switch rng.IntN(4) {
	case 0:
		if tcp, ok := c.nc.(*net.TCPConn); ok {
			tcp.SetLinger(0) // a reset, and what was on its way is lost
		}
		c.nc.Close()
	case 1:
		c.nc.Close()
	case 2:
		c.nc.Write([]byte{0xe0, 0})
		c.nc.Close()
	}
}

// noise is clients without sessions that come and go.
func (s *soak) noise(rng *rand.Rand) {
	for {
		select {
		case <-s.over:
			return
		default:
		}
		c := s.b.dial(s.t)
		c.v = mqtt.V5
		c.nc.Write(encode(s.t, c.v,
			&wire.Connect{Version: c.v, CleanStart: true, ClientID: fmt.Sprint("noise", rng.IntN(3)), Will: &wire.Will{Topic: "noise/will", Retain: true}},
			&wire.Subscribe{PacketID: 1, Filters: filters([]string{"soak/+/2 2", "noise/# 1", "$share/h/soak/# 1"})},
			message{topic: "noise/a", payload: "x", q: 1, retain: rng.IntN(2) == 0}.packet(1)))
		for range rng.IntN(60) {
			c.nc.Write([]byte{0xc0, 0}) // so that something comes in any case
			if _, err := c.next(); err != nil {
				break
			}
		}
		leave(c, rng)
		c.nc.Close()
	}
}

// flight is a message on its way to the broker.
type flight struct {
	id       uint16
	m        message
	received bool // PUBREC has come
}

// sender publishes its streams and does what a client with a session has to.
type sender struct {
	*soak
	rng     *rand.Rand
	stream  int
	v       mqtt.Version
	next    [3]int // the next number, by QoS
	flights []flight
	used    bool // there is a session
}

func (p *sender) run() {
	for p.left() && !p.stuck() {
		c := p.open(fmt.Sprint("pub", p.stream), p.v, 100)
		if c == nil {
			continue
		}
		if p.v != mqtt.V31 && c.connack.SessionPresent != p.used {
			p.t.Errorf("session present of publisher %d = %v, want %v", p.stream, !p.used, p.used)
		}
		p.used = true
		p.resend(c)
		for events := p.rng.IntN(300); events > 0 && p.left() && p.step(c); events-- {
		}
		leave(c, p.rng)
	}
}

func (p *sender) left() bool {
	return len(p.flights) > 0 || p.next[1] < p.messages || p.next[2] < p.messages
}

// resend sends what is unacknowledged again, in order. [MQTT-4.4.0-1]
func (p *sender) resend(c *client) {
	var out []wire.Packet
	for _, f := range p.flights {
		if f.received {
			out = append(out, ack(wire.PUBREL, f.id))
			continue
		}
		f.m.dup = true
		out = append(out, f.m.packet(f.id))
	}
	c.nc.Write(encode(p.t, p.v, out...))
}

// step fills the window and handles one packet.
func (p *sender) step(c *client) bool {
	var out []wire.Packet
	for len(p.flights) < 16 && (p.next[1] < p.messages || p.next[2] < p.messages) {
		q := mqtt.QoS(1 + p.rng.IntN(2))
		if p.next[q] == p.messages {
			q = 3 - q
		}
		m := message{topic: fmt.Sprintf("soak/%d/%d", p.stream, q), payload: strconv.Itoa(p.next[q]), q: q}
		p.next[q]++
		f := flight{id: p.freeID(), m: m}
		p.flights = append(p.flights, f)
		out = append(out, m.packet(f.id))
	}
	c.nc.Write(encode(p.t, p.v, out...))
	got, err := c.next()
	if err != nil {
		return false
	}
	a, ok := got.(*wire.Ack)
	if !ok {
		if _, bye := got.(*wire.Disconnect); !bye {
			p.t.Errorf("the broker sent a publisher %s", show(got))
		}
		return false
	}
	return p.handle(c, a)
}

func (p *sender) handle(c *client, a *wire.Ack) bool {
	for i := range p.flights {
		f := &p.flights[i]
		if f.id != a.PacketID {
			continue
		}
		switch {
		case a.Type == wire.PUBREC && f.m.q == 2 && !a.Code.Failed():
			f.received = true
			c.nc.Write(encode(p.t, p.v, ack(wire.PUBREL, f.id)))
			return true
		case a.Type == wire.PUBACK && f.m.q == 1 && !a.Code.Failed(), a.Type == wire.PUBCOMP && f.received:
			p.flights = append(p.flights[:i], p.flights[i+1:]...)
			return true
		}
	}
	p.t.Errorf("the broker sent publisher %d %s, which fits nothing in flight", p.stream, show(a))
	return false
}

// freeID returns an identifier out of few, so that they are soon used again.
func (p *sender) freeID() uint16 {
	for {
		id := uint16(1 + p.rng.IntN(40))
		free := true
		for _, f := range p.flights {
			free = free && f.id != id
		}
		if free {
			return id
		}
	}
}
