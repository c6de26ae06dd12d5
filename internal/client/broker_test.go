package client

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
)

// ourBroker serves a broker and returns its address.
func ourBroker(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &broker.Server{Limits: broker.Limits{MaxQueuedMessages: 1 << 20}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(ln)
	}()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	return ln.Addr().String()
}

func TestBrokerExchange(t *testing.T) {
	t.Parallel()
	addr := ourBroker(t)
	for _, v := range []mqtt.Version{0, mqtt.V5, mqtt.V311, mqtt.V31} {
		t.Run(fmt.Sprintf("version %d", v), func(t *testing.T) {
			t.Parallel()
			c := connect(t, Options{Dial: dialer(addr), Version: v, CleanStart: true})
			for q := range mqtt.ExactlyOnce + 1 {
				exchange(t, c, q, 5000)
			}
			if err := c.Disconnect(t.Context()); err != nil {
				t.Errorf("Disconnect = %v", err)
			}
		})
	}
}

// cutter dials and remembers the connection, so that a test can cut it.
type cutter struct {
	addr string
	mu   sync.Mutex
	nc   net.Conn
}

func (c *cutter) dial(ctx context.Context) (net.Conn, error) {
	nc, err := dialer(c.addr)(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nc = nc
	return nc, err
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.nc.Close()
}

// Connections are cut again and again while messages flow: at QoS 1 all
// arrive, at QoS 2 each exactly once and in order.
func TestExactlyOnceOverCuts(t *testing.T) {
	t.Parallel()
	addr := ourBroker(t)
	for _, q := range []mqtt.QoS{1, 2} {
		t.Run(fmt.Sprintf("QoS %d", q), func(t *testing.T) {
			t.Parallel()
			const n = 3000
			cut := &cutter{addr: addr}
			c := connect(t, Options{Dial: cut.dial, ClientID: fmt.Sprintf("cut-%d", q), Backoff: Backoff{Min: 2, Max: 2},
				Version: mqtt.V5, Props: mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: 300}}})
			seen := map[string]int{}
			next := 0
			all := make(chan struct{})
			topic := fmt.Sprintf("cut/%d", q)
			_, err := c.Subscribe(t.Context(), sub(t, topic, q), func(m mqtt.Message) {
				s := string(m.Payload)
				if seen[s]++; q == 2 && (seen[s] > 1 || s != fmt.Sprint(next)) {
					t.Errorf("message %s came %d times, expected %d next", s, seen[s], next)
				}
				if seen[s] == 1 {
					if next++; next == n {
						close(all)
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				if i%500 == 250 {
					cut.cut()
				}
				m := mqtt.Message{Topic: topic, Payload: fmt.Append(nil, i), QoS: q}
				if err := c.PublishAsync(m, nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			<-all
			if err := c.Disconnect(t.Context()); err != nil {
				t.Errorf("Disconnect = %v", err)
			}
		})
	}
}
