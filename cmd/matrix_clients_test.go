package cmd

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"

	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/internal/peertest"
)

// ourClient is the client that the commands use.
type ourClient struct{}

func (ourClient) can(*cell) bool { return true }

func (ourClient) connect(t *testing.T, c *cell) *client.Client {
	t.Helper()
	cl, err := client.Connect(t.Context(), client.Options{
		Dial:       func(ctx context.Context) (net.Conn, error) { return c.dial(ctx, c.way) },
		Version:    c.version,
		CleanStart: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cl.Close() })
	return cl
}

func (k ourClient) listen(t *testing.T, c *cell, n int) func() []string {
	t.Helper()
	lines := make(chan string, 2*n)
	filter, err := mqtt.ParseFilter(c.id + "/#")
	if err != nil {
		t.Fatal(err)
	}
	granted, err := k.connect(t, c).Subscribe(t.Context(), []mqtt.Subscription{{Filter: filter, QoS: c.qos}}, func(m mqtt.Message) {
		lines <- line(m.Topic, m.QoS, m.Retain, m.Payload)
	})
	if err != nil || granted[0] != mqtt.ReasonCode(c.qos) {
		t.Fatalf("subscribe: granted %v, %v", granted, err)
	}
	return func() []string { return gather(t, lines, n) }
}

func (k ourClient) publish(t *testing.T, c *cell, topic string, payload []byte) {
	t.Helper()
	cl := k.connect(t, c)
	if err := cl.Publish(t.Context(), mqtt.Message{Topic: topic, Payload: payload, QoS: c.qos, Retain: true}); err != nil {
		t.Errorf("publish: %v", err)
	}
	if err := cl.Disconnect(t.Context()); err != nil {
		t.Errorf("disconnect: %v", err)
	}
}

// pahoClient is the client of Eclipse Paho, by itself.
type pahoClient struct{}

func (pahoClient) can(c *cell) bool { return c.version == mqtt.V5 }

func (pahoClient) connect(t *testing.T, c *cell, received func(p *paho.Publish)) *paho.Client {
	t.Helper()
	nc, err := c.dial(t.Context(), c.way)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	// It writes packets in pieces from several goroutines.
	cl := paho.NewClient(paho.ClientConfig{Conn: packets.NewThreadSafeConn(nc), PacketTimeout: matrixPatience,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(p paho.PublishReceived) (bool, error) {
			received(p.Packet)
			return true, nil
		}}})
	if _, err := cl.Connect(t.Context(), &paho.Connect{CleanStart: true, KeepAlive: 60}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cl.Disconnect(&paho.Disconnect{}) })
	return cl
}

func (k pahoClient) listen(t *testing.T, c *cell, n int) func() []string {
	t.Helper()
	lines := make(chan string, 2*n)
	cl := k.connect(t, c, func(p *paho.Publish) { lines <- line(p.Topic, mqtt.QoS(p.QoS), p.Retain, p.Payload) })
	if _, err := cl.Subscribe(t.Context(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: c.id + "/#", QoS: byte(c.qos)}}}); err != nil {
		t.Fatal(err)
	}
	return func() []string { return gather(t, lines, n) }
}

func (k pahoClient) publish(t *testing.T, c *cell, topic string, payload []byte) {
	t.Helper()
	cl := k.connect(t, c, func(*paho.Publish) {})
	if _, err := cl.Publish(t.Context(), &paho.Publish{Topic: topic, Payload: payload, QoS: byte(c.qos), Retain: true}); err != nil {
		t.Errorf("publish: %v", err)
	}
}

// mosquittoClients are mosquitto_pub and mosquitto_sub.
type mosquittoClients struct{ dir string }

// can leaves out WebSocket, which mosquitto's clients of version 2.0 lack.
func (mosquittoClients) can(c *cell) bool {
	return !strings.HasSuffix(c.urls[c.way].Scheme, "ws") && c.urls[c.way].Scheme != "wss"
}

func (mosquittoClients) args(t *testing.T, c *cell, verb string, flags ...string) []string {
	t.Helper()
	u := c.urls[c.way]
	args := []string{peertest.Program(t, "mosquitto_"+verb), "-q", fmt.Sprint(c.qos),
		"-V", map[mqtt.Version]string{mqtt.V31: "31", mqtt.V311: "311", mqtt.V5: "5"}[c.version]}
	if u.Scheme == "unix" {
		args = append(args, "--unix", u.Path)
	} else {
		args = append(args, "-h", u.Hostname(), "-p", u.Port())
	}
	if u.Scheme == "mqtts" {
		args = append(args, "--cafile", c.ca)
	}
	return append(args, flags...)
}

func (k mosquittoClients) listen(t *testing.T, c *cell, n int) func() []string {
	t.Helper()
	p := start(t, k.args(t, c, "sub", "-F", "%t q%q r%r %x", "-C", fmt.Sprint(n+1), "-t", "ready", "-t", c.id+"/#"))
	var early []string
	for { // the retained message "ready" says that the subscription is there
		l := p.line()
		if strings.HasPrefix(l, "ready ") {
			break
		}
		early = append(early, l)
	}
	return func() []string {
		return append(slices.Clone(early), strings.Split(strings.TrimSuffix(p.rest(), "\n"), "\n")...)
	}
}

func (k mosquittoClients) publish(t *testing.T, c *cell, topic string, payload []byte) {
	t.Helper()
	file := filepath.Join(k.dir, strings.ReplaceAll(topic, "/", "-"))
	if err := os.WriteFile(file, payload, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, k.args(t, c, "pub", "-r", "-t", topic, "-f", file)).end()
}

func TestMatrixMosquitto(t *testing.T) {
	t.Parallel()
	peertest.Program(t, "mosquitto_pub")
	peertest.Program(t, "mosquitto_sub")
	k := mosquittoClients{t.TempDir()}
	runMatrix(t, map[string]clientKind{"ours": ourClient{}, "mosquitto": k}, func(c *cell) bool {
		if !k.can(c) {
			return false
		}
		ready := *c
		ready.version, ready.qos = mqtt.V5, mqtt.AtLeastOnce
		ourClient{}.publish(t, &ready, "ready", []byte("ready"))
		return true
	})
}
