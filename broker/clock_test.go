package broker_test

import (
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// pipes is a listener without a network, so that all of a broker and its
// clients live in one bubble of fake time.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case nc := <-p.conns:
		return nc, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// timeline is a broker in fake time.
type timeline struct {
	t  *testing.T
	ln *pipes
}

// life runs one life of a broker on store. Fake time begins at the same moment
// in each: to begin later is to have the clock put forward, and to begin
// earlier than the life before is to have it put back.
func life(t *testing.T, store broker.Store, begins time.Duration, live func(l *timeline)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(begins)
		l := &timeline{t: t, ln: &pipes{conns: make(chan net.Conn), done: make(chan struct{})}}
		srv := &broker.Server{Store: store, SysInterval: -1}
		done := make(chan error, 1)
		go func() { done <- srv.Serve(l.ln) }()
		defer func() { srv.Close(); <-done }()
		live(l)
	})
}

// connect is a client whose reader is left to the test.
func (l *timeline) connect(id string, opts ...option) *client {
	l.t.Helper()
	nc, far := net.Pipe()
	l.ln.conns <- far
	l.t.Cleanup(func() { nc.Close() })
	c := &client{t: l.t, nc: nc, rd: wire.Reader{R: nc}, v: mqtt.V5, id: id}
	p := &wire.Connect{Version: c.v, CleanStart: true, ClientID: id}
	for _, o := range opts {
		o(p)
	}
	c.send(p)
	a, ok := c.read().(*wire.Connack)
	if !ok || a.Code != mqtt.Success {
		l.t.Fatalf("the answer to CONNECT is %s, want CONNACK", show(a))
	}
	c.connack = a
	return c
}

// leave ends a connection in order.
func (c *client) leave() {
	c.t.Helper()
	c.send(&wire.Disconnect{})
	c.ended()
}

// aged are the things that expire after a minute: a session with a message
// for it, and a retained message.
func aged(l *timeline) {
	expiring := mqtt.Properties{{ID: mqtt.PropMessageExpiry, Int: 60}}
	for id, seconds := range map[string]uint32{"short": 60, "long": 1 << 31} {
		s := l.connect(id, prop(mqtt.PropSessionExpiry, seconds))
		s.subscribe("a 1")
		s.leave()
	}
	p := l.connect("p")
	p.publish(message{topic: "a", payload: "queued", q: 1, props: expiring})
	p.publish(message{topic: "kept", payload: "retained", q: 1, retain: true, props: expiring})
	p.leave()
}

// state is what is left of aged.
func state(l *timeline) (short bool, queued, retained int) {
	s := l.connect("short", keep)
	short = s.connack.SessionPresent
	s.collect()
	s.leave()
	s = l.connect("long", keep)
	queued = len(s.collect())
	s.leave()
	s = l.connect("new")
	s.subscribe("kept 0")
	retained = len(s.collect())
	s.leave()
	return short, queued, retained
}

// TestExpiryOverARestart: what expires goes on to do so by the clock on the
// wall while there is no server. A clock that was put back makes nothing live
// longer, from the restart on, than it was given in the first place.
func TestExpiryOverARestart(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, tc := range []struct {
		name           string
		first, second  time.Duration // when the server starts, on the wall
		after          time.Duration // it has been running when we look
		present, queue int
	}{
		{"at once", day, day + time.Second, 0, 1, 1},
		{"within the minute", day, day + 30*time.Second, 20 * time.Second, 1, 1},
		{"past the minute", day, day + 30*time.Second, 40 * time.Second, 0, 0},
		{"while it was away", day, day + 2*time.Minute, time.Second, 0, 0},
		{"clock put back, at once", day, 0, 30 * time.Second, 1, 1},
		{"clock put back, past the minute", day, 0, 70 * time.Second, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			store := &memory{}
			life(t, store, tc.first, aged)
			life(t, store, tc.second, func(l *timeline) {
				time.Sleep(tc.after)
				short, queued, retained := state(l)
				if short != (tc.present == 1) || queued != tc.queue || retained != tc.queue {
					t.Errorf("session present %t, %d queued, %d retained, want %d, %d, %d", short, queued, retained, tc.present, tc.queue, tc.queue)
				}
			})
		})
	}
}
