package broker_test

import (
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// crowd is how many slow readers there are.
const crowd = 1000

// slowReaders connects clients that subscribe to "flood" and then read nothing.
func (b *fixture) slowReaders(t testing.TB, n int) {
	t.Helper()
	for i := range n {
		c := b.dial(t)
		if tcp, ok := c.nc.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4096) // so that the broker notices soon
		}
		c.send(&wire.Connect{Version: c.v, CleanStart: true, ClientID: fmt.Sprint("slow", i)},
			&wire.Subscribe{PacketID: 1, Filters: filters([]string{"flood 0"})})
		c.expect("CONNACK", "SUBACK #1 00")
	}
}

// lost is how many messages the broker has dropped.
func (b *fixture) lost() (n int64) {
	for _, of := range b.srv.Stats().Dropped {
		n += of
	}
	return n
}

// TestAttackCrowdOfSlowReaders: a thousand subscribers take nothing of what
// is published. It is they who lose messages: the publisher is not stopped, and
// a pair that keeps up gets everything, in order, and loses nothing.
func TestAttackCrowdOfSlowReaders(t *testing.T) {
	limits := broker.Limits{StallTimeout: -1, MaxQueuedMessages: 20, MaxQueuedBytes: 64 << 10}
	t.Parallel()
	for engine, listen := range map[string]func(t *testing.T) net.Listener{ // the buffers of Unix sockets are small
		"loop":      listenUnix,
		"goroutine": func(t *testing.T) net.Listener { return struct{ net.Listener }{listenUnix(t)} },
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			beside(t, serve(t, &broker.Server{Limits: limits, SysInterval: -1, Logger: slog.New(slog.DiscardHandler)}, listen(t)))
		})
	}
}

func beside(t *testing.T, b *fixture) {
	b.slowReaders(t, crowd)
	fast, p := b.connect(t, mqtt.V5, "fast"), b.connect(t, mqtt.V5, "p")
	fast.subscribe("pair 0")
	flooder := b.connect(t, mqtt.V5, "flooder")
	payload := strings.Repeat("x", 16<<10)
	sent := 0
	exchange := func() {
		for range 10 {
			sent++
			p.send(message{topic: "pair", payload: strconv.Itoa(sent)}.packet(0))
			fast.take(fmt.Sprintf(`pair "%d" q0`, sent))
		}
	}
	for rounds := 0; b.lost() < crowd; rounds++ {
		if rounds == 2000 {
			t.Fatalf("%d messages were dropped, want at least one of each slow reader", b.lost())
		}
		flooder.publish(message{topic: "flood", payload: payload})
		exchange()
	}
	exchange()
	fast.fence()
	got := b.srv.Stats()
	if got.ClientsConnected != crowd+3 {
		t.Errorf("%d clients are connected, want all %d", got.ClientsConnected, crowd+3)
	}
	b.serves(t)
}

// BenchmarkPairBesideSlowReaders prints the 99th percentile of the time that a
// message needs from a publisher to a subscriber, alone and while a thousand
// other subscribers take nothing of a flood (the two figures must be compared
// on a machine that has nothing else to do):
//
//	go test ./broker -run - -bench PairBesideSlowReaders -benchtime 20000x
func BenchmarkPairBesideSlowReaders(b *testing.B) {
	for _, n := range []int{0, crowd} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkPair(b, n) })
	}
}

func benchmarkPair(b *testing.B, slow int) {
	srv := &broker.Server{Limits: broker.Limits{StallTimeout: -1, MaxQueuedMessages: 20, MaxQueuedBytes: 64 << 10},
		SysInterval: -1, Logger: slog.New(slog.DiscardHandler)}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	defer func() { srv.Close(); <-done }()
	f := &fixture{srv: srv, addr: ln.Addr()}
	f.slowReaders(b, slow)
	fast, p, flooder := f.connect(b, mqtt.V5, "fast"), f.connect(b, mqtt.V5, "p"), f.connect(b, mqtt.V5, "flooder")
	fast.subscribe("pair 0")
	stop, flooding := make(chan struct{}), sync.WaitGroup{}
	if slow > 0 {
		flood := message{topic: "flood", payload: strings.Repeat("x", 16<<10)}
		one := encode(b, flooder.v, flood.packet(0))
		for range 30 { // until all are stuck
			flooder.publish(flood)
		}
		flooding.Go(func() {
			tick := time.NewTicker(50 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
					_, _ = flooder.nc.Write(one) // a failure shows in the figures only
				}
			}
		})
	}
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		since := time.Now()
		p.send(message{topic: "pair", payload: "x"}.packet(0))
		fast.take(`pair "x" q0`)
		took = append(took, time.Since(since))
	}
	close(stop)
	flooding.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100])/1e3, "p99-µs")
	b.ReportMetric(float64(took[len(took)/2])/1e3, "p50-µs")
}
