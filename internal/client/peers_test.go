package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/peertest"
)

// exchange sends n messages through a broker to the same client and checks
// that they arrive once and in order.
func exchange(t *testing.T, c *Client, q mqtt.QoS, n int) {
	t.Helper()
	topic := fmt.Sprintf("%s/%d", strings.ReplaceAll(t.Name(), "#", "_"), q)
	all := make(chan struct{})
	next := 0
	_, err := c.Subscribe(t.Context(), sub(t, topic, q), func(m mqtt.Message) {
		if got := string(m.Payload); got != strconv.Itoa(next) || m.QoS != q {
			t.Errorf("message %q at QoS %d, want %d at QoS %d", got, m.QoS, next, q)
		}
		if next++; next == n {
			close(all)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	acked := 0
	for i := range n {
		m := mqtt.Message{Topic: topic, Payload: strconv.AppendInt(nil, int64(i), 10), QoS: q}
		err := c.PublishAsync(m, func(err error) {
			if err != nil {
				t.Errorf("message %d: %v", i, err)
			}
			acked++
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if acked != n {
		t.Errorf("%d of %d messages were acknowledged after Flush", acked, n)
	}
	select {
	case <-all:
	case <-t.Context().Done():
		t.Fatal("not everything arrived")
	}
}

func TestMosquittoExchange(t *testing.T) {
	t.Parallel()
	addr := peertest.Mosquitto(t)
	for _, v := range []mqtt.Version{0, mqtt.V5, mqtt.V311, mqtt.V31} {
		t.Run(fmt.Sprintf("version %d", v), func(t *testing.T) {
			t.Parallel()
			c := connect(t, Options{Dial: dialer(addr), Version: v, CleanStart: true})
			for q := range mqtt.ExactlyOnce + 1 {
				exchange(t, c, q, 3000)
			}
			if v == mqtt.V31 && !strings.HasPrefix(c.ClientID(), "mqt-") {
				t.Errorf("ClientID() = %q, want one that begins with mqt-", c.ClientID())
			}
			if err := c.Disconnect(t.Context()); err != nil {
				t.Errorf("Disconnect = %v", err)
			}
			if err := c.Err(); err != nil {
				t.Errorf("Err() after Disconnect = %v, want nil", err)
			}
		})
	}
}

func TestMosquittoRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, v := range []mqtt.Version{mqtt.V5, mqtt.V311} {
		t.Run(v.String(), func(t *testing.T) {
			testRestart(t, dir, v)
		})
	}
}

func testRestart(t *testing.T, dir string, v mqtt.Version) {
	const n, half = 4000, 1000
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	_ = ln.Close()
	conf := []string{"persistence true", "persistence_location " + dir + "/"}
	stop := peertest.Start(t, addr, conf...)
	o := Options{Dial: dialer(addr), Version: v, ClientID: "restart-" + v.String(), Backoff: Backoff{Min: 1, Max: 1e8}}
	if v == mqtt.V5 {
		o.Props = mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: 600}}
	}
	c := connect(t, o)
	seen := make(map[string]bool, n)
	all := make(chan struct{})
	topic := "restart/" + v.String()
	_, err = c.Subscribe(t.Context(), sub(t, topic, 1), func(m mqtt.Message) {
		if seen[string(m.Payload)] = true; len(seen) == n {
			select {
			case <-all:
			default:
				close(all)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if i == half {
			stop()
			peertest.Start(t, addr, conf...)
		}
		m := mqtt.Message{Topic: topic, Payload: strconv.AppendInt(nil, int64(i), 10), QoS: 1}
		if err := c.PublishAsync(m, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-all
	if err := c.Disconnect(t.Context()); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Disconnect = %v", err)
	}
}
