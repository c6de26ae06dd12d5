package broker_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
)

// also serves another listener of the same server.
func (b *fixture) also(t *testing.T, ln net.Listener, o broker.ListenerOptions) *fixture {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- b.srv.ServeListener(ln, o) }()
	t.Cleanup(func() {
		b.srv.Close()
		result(t, done)
	})
	return &fixture{srv: b.srv, addr: ln.Addr()}
}

// eachPair runs test on two listeners of one server, for each engine.
func eachPair(t *testing.T, o1, o2 broker.ListenerOptions, test func(t *testing.T, b1, b2 *fixture)) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			b1 := serveOn(t, newServer(), listen(t), o1)
			test(t, b1, b1.also(t, listen(t), o2))
		})
	}
}

// TestListenerMaxConnections counts the connections of its listener only.
func TestListenerMaxConnections(t *testing.T) {
	eachPair(t, broker.ListenerOptions{MaxConnections: 2, Name: "small"}, broker.ListenerOptions{Name: "large"}, func(t *testing.T, small, large *fixture) {
		first, second := small.connect(t, mqtt.V5, "1"), small.connect(t, mqtt.V311, "2")
		for _, id := range []string{"3", "4", "5"} {
			large.connect(t, mqtt.V5, id)
		}
		small.turnedAway(t, mqtt.V5)
		small.turnedAway(t, mqtt.V311)
		large.connect(t, mqtt.V5, "6")
		second.fence()
		want := []int64{4, 4, 0, 2, 2, 2} // large, small: open, total, refused
		var got []int64
		for _, l := range small.srv.Stats().Listeners {
			got = append(got, l.Connections, l.ConnectionsTotal, l.ConnectionsRefused)
		}
		if !slices.Equal(got, want) {
			t.Errorf("connections = %d, want %d", got, want)
		}
		first.bye()
		if !until(func() bool { return small.admits(t) }) {
			t.Error("nobody is let in although there is room again")
		}
		second.bye()
		if !until(func() bool { return small.srv.Stats().Listeners[1].Connections == 0 }) {
			t.Error("connections that have ended are still counted as open")
		}
	})
}

// TestListenerStats: each listener's counters have what went over it, and
// together they are the server's.
func TestListenerStats(t *testing.T) {
	eachPair(t, broker.ListenerOptions{Name: "in"}, broker.ListenerOptions{Name: "out"}, func(t *testing.T, in, out *fixture) {
		s1, s2 := out.connect(t, mqtt.V311, "s1"), out.connect(t, mqtt.V5, "s2")
		s1.subscribe("t 0")
		s2.subscribe("t 1")
		p := in.connect(t, mqtt.V5, "p")
		p.say("t", "one")
		p.say("t", "two")
		s1.take(`t "one" q0`, `t "two" q0`)
		s2.take(`t "one" q1`, `t "two" q1`)
		s1.fence()
		s2.fence()
		want := []broker.ListenerStats{
			{Name: "in", Connections: 1, ConnectionsTotal: 1, PublishReceived: 2},
			{Name: "out", Connections: 2, ConnectionsTotal: 2, PublishSent: 4},
		}
		var st broker.Stats
		if !until(func() bool { // counters follow once per batch
			st = in.srv.Stats()
			return slices.EqualFunc(st.Listeners, want, func(a, b broker.ListenerStats) bool {
				a.BytesReceived, a.BytesSent = 0, 0
				return a == b
			})
		}) {
			t.Fatalf("listeners = %+v, want %+v", st.Listeners, want)
		}
		l := st.Listeners
		if l[0].BytesReceived == 0 || l[1].BytesSent == 0 || l[0].BytesReceived+l[1].BytesReceived != st.BytesReceived ||
			l[0].BytesSent+l[1].BytesSent != st.BytesSent || st.PublishReceived != 2 || st.PublishSent != 4 {
			t.Errorf("listeners = %+v, which is not the server's %+v", l, st)
		}
	})
}

// TestListenersOfOneName are counted together; without a name the address is it.
func TestListenersOfOneName(t *testing.T) {
	eachPair(t, broker.ListenerOptions{Name: "both"}, broker.ListenerOptions{Name: "both"}, func(t *testing.T, b1, b2 *fixture) {
		b1.connect(t, mqtt.V5, "1")
		b2.connect(t, mqtt.V5, "2")
		b3 := b1.also(t, listenTCP(t), broker.ListenerOptions{})
		b3.connect(t, mqtt.V5, "3")
		var got []string
		for _, l := range b1.srv.Stats().Listeners {
			got = append(got, l.Name)
			if want := map[bool]int64{true: 2, false: 1}[l.Name == "both"]; l.Connections != want {
				t.Errorf("%s has %d connections, want %d", l.Name, l.Connections, want)
			}
		}
		if want := []string{b3.addr.String(), "both"}; !slices.Equal(got, want) {
			t.Errorf("listeners = %q, want %q", got, want)
		}
	})
}

// lockedBuffer is a log that can be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestListenerName: the log and the Authorizer know the listener by it, and
// without one by the address that the client connected to.
func TestListenerName(t *testing.T) {
	for name, want := range map[string]string{"plain": "plain", "": "127.0.0.1:"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			for engine, listen := range engines() {
				t.Run(engine, func(t *testing.T) {
					t.Parallel()
					seen := make(chan string, 1)
					logged := &lockedBuffer{}
					srv := &broker.Server{Auth: lookout{seen: seen}, SysInterval: -1, Logger: slog.New(slog.NewTextHandler(logged, nil))}
					b := serveOn(t, srv, listen(t), broker.ListenerOptions{Name: name})
					b.connect(t, mqtt.V5, "c").fence()
					if got := <-seen; !strings.HasPrefix(got, want) {
						t.Errorf("ConnectInfo.Listener = %q, want %q", got, want)
					}
					if got := logged.String(); strings.Count(got, "listener="+want) != 2 {
						t.Errorf("the log is %s, want listener=%s when it listens and when the client connects", got, want)
					}
				})
			}
		})
	}
}

// lookout is an Authorizer that tells the listeners of clients.
type lookout struct {
	renamer
	seen chan<- string
}

func (l lookout) Connect(_ context.Context, c *broker.ConnectInfo) error {
	l.seen <- c.Listener
	return nil
}

func TestListenerOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, o := range []broker.ListenerOptions{{Name: "\xff"}, {AssignedIDPrefix: "a\x00"}, {AssignedIDPrefix: strings.Repeat("x", 65530)}, {ClientIDPrefix: "\xff"}} {
		ln := listenTCP(t)
		srv := newServer()
		if err := result(t, startOn(srv, ln, o)); err == nil || !strings.Contains(err.Error(), "listener: the ") {
			t.Errorf("ServeListener(%.60s) = %v, want an error about the option", fmt.Sprintf("%+v", o), err)
		}
		if _, err := net.Dial("tcp", ln.Addr().String()); err == nil {
			t.Error("the listener is open after an error")
		}
		srv.Close()
	}
}

func startOn(srv *broker.Server, ln net.Listener, o broker.ListenerOptions) <-chan error {
	done := make(chan error, 1)
	go func() { done <- srv.ServeListener(ln, o) }()
	return done
}
