package sub_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"

	"mqt/broker"
	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/sub"
)

// serve runs a broker for the test and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &broker.Server{}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	t.Cleanup(func() {
		_ = srv.Close()
		if err := <-served; !errors.Is(err, broker.ErrServerClosed) {
			t.Errorf("Serve = %v", err)
		}
	})
	return ln.Addr().String()
}

func connect(t *testing.T, addr string, o client.Options) *client.Client {
	t.Helper()
	o.NoReconnect = true
	o.Dial = func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}
	c, err := client.Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func publish(t *testing.T, c *client.Client, n int, message func(int) mqtt.Message) {
	t.Helper()
	for i := range n {
		if err := c.PublishAsync(message(i), func(error) {}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func parse(t *testing.T, s string) mqtt.Filter {
	t.Helper()
	f, err := mqtt.ParseFilter(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestRetainedAgainstBroker(t *testing.T) {
	t.Parallel()
	const n = 100_000
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			addr := serve(t)
			c := connect(t, addr, client.Options{Version: v, CleanStart: true})
			publish(t, c, n, func(i int) mqtt.Message {
				return mqtt.Message{Topic: fmt.Sprintf("x/%06d", i), Payload: fmt.Append(nil, i), QoS: 1, Retain: true}
			})
			o := sub.CollectOptions{Filters: []mqtt.Filter{parse(t, "#")}, Version: v}
			got, stats, err := sub.Gather(t.Context(), c, o)
			if err != nil || len(got) != n || !stats.Marker {
				t.Fatalf("Gather = %d messages, %+v, %v, want %d", len(got), stats, err, n)
			}
			topics := make([]string, n/2)
			for i := range topics {
				m := got[2*i]
				if want := fmt.Sprintf("x/%06d=%d", 2*i, 2*i); m.Topic+"="+string(m.Payload) != want {
					t.Fatalf("message %d is %s=%s, want %s", 2*i, m.Topic, m.Payload, want)
				}
				topics[i] = m.Topic
			}
			cleared, err := sub.Clear(t.Context(), c, sub.ClearOptions{Topics: topics, Collect: o})
			if err != nil || cleared.Cleared != n/2 || len(cleared.Remaining) != 0 || !cleared.Verified {
				t.Fatalf("Clear = %d cleared, %d remaining, %v, want all %d", cleared.Cleared, len(cleared.Remaining), err, n/2)
			}
			if _, stats, err = sub.Gather(t.Context(), c, o); err != nil || stats.Messages != n/2 {
				t.Fatalf("Gather = %+v, %v, want the other %d", stats, err, n/2)
			}
		})
	}
}

// A consumer that takes three messages at a time from a session must see each
// exactly once, in order.
func TestCountTakesFromSession(t *testing.T) {
	t.Parallel()
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			addr := serve(t)
			session := client.Options{Version: v, ClientID: "worker"}
			if v == mqtt.V5 {
				session.Props.SetUint(mqtt.PropSessionExpiry, 3600)
			}
			subs := []mqtt.Subscription{{Filter: parse(t, "jobs"), QoS: mqtt.AtLeastOnce}}
			take := func(o sub.Options) (got []string) {
				c := connect(t, addr, session)
				o.Subscriptions = subs
				_, err := sub.Run(t.Context(), c, func(m mqtt.Message) error {
					got = append(got, string(m.Payload))
					return nil
				}, o)
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Disconnect(t.Context()); err != nil {
					t.Fatal(err)
				}
				return got
			}
			take(sub.Options{SubackOnly: true})
			publish(t, connect(t, addr, client.Options{Version: v, CleanStart: true}), 30, func(i int) mqtt.Message {
				return mqtt.Message{Topic: "jobs", Payload: fmt.Append(nil, i), QoS: mqtt.AtLeastOnce}
			})
			var got, want []string
			for i := range 30 {
				want = append(want, fmt.Sprint(i))
			}
			for range 10 {
				got = append(got, take(sub.Options{Count: 3})...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("took %v, want %v", got, want)
			}
		})
	}
}

func TestRemoveRetainedAgainstBroker(t *testing.T) {
	t.Parallel()
	addr := serve(t)
	c := connect(t, addr, client.Options{CleanStart: true})
	publish(t, c, 5000, func(i int) mqtt.Message {
		return mqtt.Message{Topic: fmt.Sprint("r/", i), Payload: []byte("x"), QoS: 1, Retain: true}
	})
	n := uint64(0)
	stats, err := sub.Run(t.Context(), c, func(mqtt.Message) error { n++; return nil }, sub.Options{
		Subscriptions: []mqtt.Subscription{{Filter: parse(t, "r/#"), QoS: mqtt.AtLeastOnce}},
		Remover:       c, RetainedOnly: true,
	})
	if err != nil || stats.Removed != 5000 || n != 5000 {
		t.Errorf("Run = %+v, %v with %d delivered, want 5000 removed and delivered", stats, err, n)
	}
}
