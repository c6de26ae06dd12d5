package auth

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// peer returns the path of one of mosquitto's programs.
func peer(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	path = filepath.Join("/usr/sbin", name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if os.Getenv("MQT_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is not installed and MQT_REQUIRE_PEERS is 1", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// mosquitto starts a broker with these lines of configuration and returns its
// address.
func mosquitto(t testing.TB, config ...string) string {
	t.Helper()
	path := peer(t, "mosquitto")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	_ = ln.Close()
	_, port, _ := net.SplitHostPort(addr)
	// "user" counts only for root: without it the files could not be read.
	lines := append([]string{"listener " + port + " 127.0.0.1", "user root", "max_queued_messages 0"}, config...)
	conf := write(t, "mosquitto.conf", strings.Join(lines, "\n")+"\n")
	cmd := exec.Command(path, "-v", "-c", conf)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewScanner(out)
	running := false
	for !running && log.Scan() {
		running = strings.HasSuffix(log.Text(), " running")
	}
	copied := make(chan struct{})
	go func() { defer close(copied); _, _ = io.Copy(io.Discard, out) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-copied
		_ = cmd.Wait()
	})
	if !running {
		t.Fatalf("mosquitto did not start: %s", log.Text())
	}
	return addr
}

// write writes a file of the test and returns its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// client is a scripted MQTT 5 client.
type client struct {
	t        testing.TB
	nc       net.Conn
	rd       wire.Reader
	received map[string]bool // topics of messages
	id       uint16
}

// dial connects and returns the client and the code of CONNACK.
func dial(t testing.TB, addr string, s Subject, password string) (*client, mqtt.ReasonCode) {
	t.Helper()
	c := plainDial(t, addr)
	c.send(&wire.Connect{Version: mqtt.V5, CleanStart: true, ClientID: s.ClientID, Username: s.User, HasUsername: s.HasUser,
		Password: []byte(password), HasPassword: password != ""})
	var ack wire.Connack
	c.await(wire.CONNACK, &ack)
	return c, ack.Code
}

// plainDial connects without a word.
func plainDial(t testing.TB, addr string) *client {
	t.Helper()
	nc, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &client{t: t, nc: nc, rd: wire.Reader{R: nc}, received: map[string]bool{}}
}

func (c *client) send(p wire.Packet) {
	c.t.Helper()
	b, err := p.Append(nil, mqtt.V5)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.nc.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// await reads until a packet of that type comes, and notes messages.
func (c *client) await(want wire.Type, p wire.Packet) {
	c.t.Helper()
	if err := c.next(want, p); err != nil {
		c.t.Fatalf("waiting for %v: %v", want, err)
	}
}

func (c *client) next(want wire.Type, p wire.Packet) error {
	for {
		h, body, err := c.rd.Next()
		if err != nil {
			return err
		}
		if h.Type == want {
			return p.Decode(mqtt.V5, h.Flags, body)
		}
		if h.Type != wire.PUBLISH {
			return fmt.Errorf("got %v", h.Type)
		}
		var m wire.Publish
		if err := m.Decode(mqtt.V5, h.Flags, body); err != nil {
			return err
		}
		c.received[string(m.Topic)] = true
	}
}

// publish reports whether the broker took the message.
func (c *client) publish(topic string) (bool, error) {
	c.id++
	p := &wire.Publish{QoS: 1, PacketID: c.id, Topic: []byte(topic), Payload: []byte("x")}
	b, err := p.Append(nil, mqtt.V5)
	if err != nil {
		return false, err
	}
	if _, err := c.nc.Write(b); err != nil {
		return false, err
	}
	ack := wire.Ack{Type: wire.PUBACK}
	err = c.next(wire.PUBACK, &ack)
	return !ack.Code.Failed(), err
}

func (c *client) subscribe(topics []string) {
	c.t.Helper()
	c.id++
	p := &wire.Subscribe{PacketID: c.id}
	for _, topic := range topics {
		p.Filters = append(p.Filters, wire.SubscribeFilter{Filter: topic})
	}
	c.send(p)
	c.await(wire.SUBACK, &wire.Suback{})
}

// flush waits until everything the broker had for the client has come.
func (c *client) flush() {
	c.t.Helper()
	c.send(&wire.Pingreq{})
	c.await(wire.PINGRESP, &wire.Pingresp{})
}
