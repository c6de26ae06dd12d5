package broker_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// watcher notes what a Trace is told.
type watcher struct {
	mu      sync.Mutex
	events  []string
	packets map[string][]string // by client identifier
}

func (w *watcher) trace(clients ...string) *broker.Trace {
	w.packets = make(map[string][]string)
	return &broker.Trace{
		Connected:    func(c *broker.ConnectInfo) { w.note("connected " + who(c)) },
		Disconnected: func(c *broker.ConnectInfo, why error) { w.note("disconnected " + who(c) + ": " + why.Error()) },
		Dropped:      func(id, reason string, n int) { w.note(fmt.Sprintf("dropped %q %s %d", id, reason, n)) },
		TracePackets: func(id string) bool { w.note("asked " + id); return slices.Contains(clients, id) },
		Packet: func(p broker.PacketTrace) {
			w.mu.Lock()
			defer w.mu.Unlock()
			arrow := "<- "
			if p.Sent {
				arrow = "-> "
			}
			w.packets[p.ClientID] = append(w.packets[p.ClientID], arrow+p.String())
		},
	}
}

func who(c *broker.ConnectInfo) string {
	if c.Remote == "" || c.Listener == "" || c.Password != nil {
		return "incomplete"
	}
	return fmt.Sprintf("%s %s %v", c.ClientID, c.Username, c.Version)
}

func (w *watcher) note(s string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, s)
}

func (w *watcher) of(id string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.packets[id])
}

// tells waits until the events that begin with one of the words are want.
func (w *watcher) tells(t *testing.T, words string, want ...string) {
	t.Helper()
	var got []string
	if !until(func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		got = nil
		for _, e := range w.events {
			if word, _, _ := strings.Cut(e, " "); slices.Contains(strings.Fields(words), word) {
				got = append(got, e)
			}
		}
		return slices.Equal(got, want)
	}) {
		t.Errorf("the trace tells\n  %s, want\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// eachTraced is each with a Trace.
func eachTraced(t *testing.T, auth broker.Authorizer, clients []string, test func(t *testing.T, b *fixture, w *watcher)) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := &watcher{}
			b := serve(t, &broker.Server{Trace: w.trace(clients...), Auth: auth, SysInterval: -1,
				Limits: broker.Limits{MaxQueuedMessages: 1}}, listen(t))
			test(t, b, w)
		})
	}
}

func loginAs(name string) option {
	return func(p *wire.Connect) {
		p.Username, p.HasUsername, p.Password, p.HasPassword = name, true, []byte("secret"), true
	}
}

func TestTraceTellsConnections(t *testing.T) {
	eachTraced(t, nil, nil, func(t *testing.T, b *fixture, w *watcher) {
		b.connect(t, mqtt.V311, "a", loginAs("ann")).bye()
		first := b.connect(t, mqtt.V5, "b")
		second := b.connect(t, mqtt.V5, "b")
		first.ended("DISCONNECT 8e")
		second.vanish()
		broken := b.dial(t)
		broken.raw([]byte{0x10, 2, 0, 0})
		broken.ended()
		w.tells(t, "asked connected disconnected",
			"asked a", "connected a ann 3.1.1", "disconnected a ann 3.1.1: client disconnected",
			"asked b", "connected b  5",
			"asked b", "connected b  5",
			"disconnected b  5: session taken over: another client connected with this client identifier",
			"disconnected b  5: connection closed by the client without DISCONNECT",
			"asked ")
	})
}

func TestTraceTellsDrops(t *testing.T) {
	eachTraced(t, nil, nil, func(t *testing.T, b *fixture, w *watcher) {
		away := b.connect(t, mqtt.V311, "away", keep)
		away.subscribe("a 1")
		away.bye()
		p := b.connect(t, mqtt.V311, "p")
		p.say("a", "1")
		p.say("a", "2")
		p.publish(message{topic: "$SYS/x"})
		w.tells(t, "dropped", `dropped "away" queue_full 1`, `dropped "p" not_allowed 1`)
	})
}

// TestTraceTellsPackets of the clients it wants, in both directions, by every
// way a packet can take.
func TestTraceTellsPackets(t *testing.T) {
	eachTraced(t, nil, []string{"c"}, func(t *testing.T, b *fixture, w *watcher) {
		p := b.connect(t, mqtt.V5, "p")
		p.retain("kept", "old")
		c := b.connect(t, mqtt.V5, "c", keep, loginAs("ann"))
		c.subscribe("live 2", "kept 1")
		c.take(`kept "old" q1 retain`)
		big := strings.Repeat("x", 5000)
		p.say("live", "one")
		c.take(`live "one" q1`)
		p.publish(message{topic: "live", payload: big})
		c.take(fmt.Sprintf(`live %q q0`, big))
		c.say("nobody", "listens")
		c.bye()
		p.say("live", "later")
		c = b.connect(t, mqtt.V5, "c", keep)
		c.take(`live "later" q1`)
		c.fence()
		other := b.connect(t, mqtt.V5, "c", keep)
		c.ended("DISCONNECT 8e")
		other.bye()
		want := []string{
			`<- CONNECT MQTT 5 client="c" keep-alive=0s user="ann" password=(6 bytes) {session-expiry-interval=3600}`,
			`-> CONNACK success {receive-maximum=1000 maximum-packet-size=2097152 topic-alias-maximum=64}`,
			`<- SUBSCRIBE #1 "live" q2, "kept" q1`,
			`-> SUBACK #1 granted QoS 2, granted QoS 1`,
			`-> PUBLISH #1 q1 retain "kept" (3 bytes) "old"`,
			`<- PUBACK #1 success`,
			`-> PUBLISH #2 q1 "live" (3 bytes) "one"`,
			`<- PUBACK #2 success`,
			`-> PUBLISH q0 "live" (5000 bytes) "` + big[:60] + `"...`,
			`<- PUBLISH #2 q1 "nobody" (7 bytes) "listens"`,
			`-> PUBACK #2 no matching subscribers`,
			`<- DISCONNECT normal disconnection`,
			`<- CONNECT MQTT 5 client="c" keep-alive=0s {session-expiry-interval=3600}`,
			`-> CONNACK success session-present {receive-maximum=1000 maximum-packet-size=2097152 topic-alias-maximum=64}`,
			`-> PUBLISH #3 q1 "live" (5 bytes) "later"`,
			`<- PUBACK #3 success`, `<- PINGREQ`, `-> PINGRESP`,
			`<- CONNECT MQTT 5 client="c" keep-alive=0s {session-expiry-interval=3600}`,
			`-> CONNACK success session-present {receive-maximum=1000 maximum-packet-size=2097152 topic-alias-maximum=64}`,
			`-> DISCONNECT session taken over {reason-string="another client connected with this client identifier"}`,
			`<- DISCONNECT normal disconnection`,
		}
		for _, way := range []string{"<-", "->"} { // each in its order
			got, want := beginning(way, w.of("c")), beginning(way, want)
			if got != want {
				t.Errorf("packets of c:\n%s\nwant\n%s", got, want)
			}
		}
		if got := w.of("p"); got != nil {
			t.Errorf("packets of p, which is not traced: %q", got)
		}
	})
}

func beginning(prefix string, lines []string) string {
	var out []string
	for _, l := range lines {
		if strings.HasPrefix(l, prefix) {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

type refuseAll struct{}

func (refuseAll) Publish(*broker.ConnectInfo, string) error        { return nil }
func (refuseAll) Subscribe(*broker.ConnectInfo, mqtt.Filter) error { return nil }

func (refuseAll) Connect(context.Context, *broker.ConnectInfo) error {
	return &mqtt.ReasonError{Code: mqtt.BadUserNameOrPassword}
}

// TestTraceTellsRefusals: the packets of a connection that is refused, which
// is never connected.
func TestTraceTellsRefusals(t *testing.T) {
	eachTraced(t, refuseAll{}, []string{"c"}, func(t *testing.T, b *fixture, w *watcher) {
		b.request(t, mqtt.V311, "c", loginAs("ann")).ended()
		want := []string{`<- CONNECT MQTT 3.1.1 client="c" clean-session keep-alive=0s user="ann" password=(6 bytes)`,
			`-> CONNACK bad user name or password`}
		if got := w.of("c"); !slices.Equal(got, want) {
			t.Errorf("packets of c: %q, want %q", got, want)
		}
		w.tells(t, "asked connected disconnected", "asked c")
	})
}

// TestTraceTellsTheEnd: the end of the server is a reason too, and each
// Connected has its Disconnected.
func TestTraceTellsTheEnd(t *testing.T) {
	eachTraced(t, nil, nil, func(t *testing.T, b *fixture, w *watcher) {
		b.connect(t, mqtt.V5, "a")
		b.connect(t, mqtt.V311, "b")
		if err := b.srv.Close(); err != nil {
			t.Fatal(err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		n := 0
		for _, e := range w.events {
			if regexp.MustCompile(`^disconnected . .*: server shutting down`).MatchString(e) {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%q tell of %d disconnected clients, want 2", w.events, n)
		}
	})
}
