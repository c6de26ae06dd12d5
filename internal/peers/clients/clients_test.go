package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mqt/internal/client"
	"mqt/internal/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestPeer: the peer counts and acknowledges what is published, and sends as
// many messages as it should.
func TestPeer(t *testing.T) {
	t.Parallel()
	for _, version := range []mqtt.Version{mqtt.V311, mqtt.V5} {
		p, err := newPeer(3000)
		if err != nil {
			t.Fatal(err)
		}
		c := connect(t, p, version)
		for q := range mqtt.QoS(3) {
			if err := c.Publish(t.Context(), mqtt.Message{Topic: "t", Payload: []byte("x"), QoS: q}); err != nil {
				t.Errorf("%v: publish at QoS %d: %v", version, q, err)
			}
		}
		if err := c.Disconnect(t.Context()); err != nil {
			t.Error(err)
		}
		if got := <-p.received; got != 3 {
			t.Errorf("%v: the peer received %d messages, want 3", version, got)
		}
		for q := range mqtt.QoS(2) {
			receive(t, p, version, q)
		}
		p.ln.Close()
	}
}

func connect(t *testing.T, p *peer, version mqtt.Version) *client.Client {
	t.Helper()
	c, err := client.Connect(t.Context(), client.Options{Version: version, CleanStart: true, NoReconnect: true,
		Dial: func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", p.ln.Addr().String())
		}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// receive subscribes and takes all messages.
func receive(t *testing.T, p *peer, version mqtt.Version, q mqtt.QoS) {
	t.Helper()
	c := connect(t, p, version)
	filter, err := mqtt.ParseFilter("t")
	if err != nil {
		t.Fatal(err)
	}
	all := make(chan struct{})
	got := 0
	_, err = c.Subscribe(t.Context(), []mqtt.Subscription{{Filter: filter, QoS: q}}, func(m mqtt.Message) {
		if got++; got == p.messages {
			close(all)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	<-all
	if err := c.Disconnect(t.Context()); err != nil {
		t.Error(err)
	}
	<-p.received
}

func TestPickJobs(t *testing.T) {
	t.Parallel()
	got, err := pickJobs("sub QoS 1,one-shot")
	if err != nil || len(got) != 2 || got[0].name != "sub QoS 1" || got[0].qos != 1 || got[1].name != "one-shot" {
		t.Errorf("pickJobs = %v, %v", got, err)
	}
	if _, err := pickJobs("pub"); err == nil || !strings.Contains(err.Error(), "unknown job \"pub\": one of pub -l QoS 0, ") {
		t.Errorf("pickJobs(pub) = %v", err)
	}
}

func TestRow(t *testing.T) {
	t.Parallel()
	costs := []cost{{3 * time.Second, 9 * time.Second}, {time.Second, 2 * time.Second}, {2 * time.Second, 4 * time.Second}}
	var b bytes.Buffer
	row(&b, "x", median(costs, 1_000_000), figures{cpu: 4, wall: 8})
	if want := "| x | 2 | 4 | 0.50 | 4 | 8 | 0.50 |\n"; b.String() != want {
		t.Errorf("row = %q, want %q", b.String(), want)
	}
}
