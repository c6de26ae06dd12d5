package broker_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// patience bounds every wait of these tests, so that a broken broker fails
// them instead of hanging them. Nothing is expected to take this long.
const patience = 20 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is one running broker.
type fixture struct {
	srv    *broker.Server
	addr   net.Addr
	engine string
}

// engines are the ways to serve a connection. A listener that is hidden in a
// struct is not recognised as a socket, so it is served by goroutines.
func engines() map[string]func(t *testing.T) net.Listener {
	return map[string]func(t *testing.T) net.Listener{
		"loop":      listenTCP,
		"goroutine": func(t *testing.T) net.Listener { return struct{ net.Listener }{listenTCP(t)} },
	}
}

func listenTCP(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func listenUnix(t *testing.T) net.Listener {
	t.Helper()
	dir, err := os.MkdirTemp("", "mqt") // t.TempDir can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ln, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// each runs test on a broker of each engine.
func each(t *testing.T, test func(t *testing.T, b *fixture)) { eachWith(t, broker.Limits{}, test) }

// eachWith is each with limits.
func eachWith(t *testing.T, limits broker.Limits, test func(t *testing.T, b *fixture)) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			b := serve(t, &broker.Server{Limits: limits, SysInterval: 50 * time.Millisecond}, listen(t))
			b.engine = engine
			test(t, b)
		})
	}
}

// eachVersion is each, with a broker for each protocol version.
func eachVersion(t *testing.T, test func(t *testing.T, b *fixture, v mqtt.Version)) {
	t.Parallel()
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		t.Run(v.String(), func(t *testing.T) {
			each(t, func(t *testing.T, b *fixture) { test(t, b, v) })
		})
	}
}

// serve runs srv on ln until the test ends, and then checks that Serve
// returned ErrServerClosed and that no goroutine of the server is left.
func serve(t *testing.T, srv *broker.Server, ln net.Listener) *fixture {
	t.Helper()
	return serveOn(t, srv, ln, broker.ListenerOptions{})
}

// serveOn is serve with options for the listener.
func serveOn(t *testing.T, srv *broker.Server, ln net.Listener, o broker.ListenerOptions) *fixture {
	t.Helper()
	if srv.Logger == nil {
		srv.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	name := "broker " + t.Name() + " " + ln.Addr().String()
	done := make(chan error, 1)
	pprof.Do(context.Background(), pprof.Labels("mqt", name), func(context.Context) {
		go func() { done <- srv.ServeListener(ln, o) }()
	})
	t.Cleanup(func() {
		srv.Close()
		select {
		case err := <-done:
			if !errors.Is(err, broker.ErrServerClosed) {
				t.Errorf("Serve() = %v, want ErrServerClosed", err)
			}
		case <-time.After(patience):
			t.Error("Serve has not returned after Close")
		}
		verifyGone(t, name)
	})
	return &fixture{srv: srv, addr: ln.Addr()}
}

// verifyGone checks that no goroutine carries the label. Goroutines inherit
// labels, so this finds those of one server while others run.
func verifyGone(t *testing.T, name string) {
	t.Helper()
	var left string
	if !until(func() bool { left = labelled(name); return left == "" }) {
		t.Errorf("goroutines of the server are left:\n%s", left)
	}
}

func labelled(name string) string {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 1)
	var out []string
	for g := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(g, strconv.Quote(name)) {
			out = append(out, g)
		}
	}
	return strings.Join(out, "\n\n")
}

// until polls cond until it is true, and reports false when it gave up.
func until(cond func() bool) bool {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if cond() {
			return true
		}
	}
	return false
}

// client is a scripted MQTT client: it sends and expects single packets, and
// does nothing by itself.
type client struct {
	t       testing.TB
	nc      net.Conn
	rd      wire.Reader
	v       mqtt.Version
	id      string
	connack *wire.Connack
	nextID  uint16
	early   []wire.Packet // read while something else was awaited
}

// dial opens a connection and sends nothing.
func (b *fixture) dial(t testing.TB) *client {
	t.Helper()
	nc, err := net.DialTimeout(b.addr.Network(), b.addr.String(), patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &client{t: t, nc: nc, rd: wire.Reader{R: nc}, v: mqtt.V311}
}

// option changes a CONNECT before it is sent.
type option func(*wire.Connect)

// keep asks for the session of before and, in MQTT 5, to keep it for an hour.
func keep(p *wire.Connect) {
	p.CleanStart = false
	if p.Version == mqtt.V5 && !p.Props.Has(mqtt.PropSessionExpiry) {
		p.Props.SetUint(mqtt.PropSessionExpiry, 3600)
	}
}

func prop(id mqtt.PropertyID, v uint32) option {
	return func(p *wire.Connect) { p.Props.SetUint(id, v) }
}

func keepAlive(s uint16) option { return func(p *wire.Connect) { p.KeepAlive = s } }

func will(w wire.Will) option { return func(p *wire.Connect) { p.Will = &w } }

// request sends a CONNECT with a clean session and returns the CONNACK.
func (b *fixture) request(t testing.TB, v mqtt.Version, id string, opts ...option) *client {
	t.Helper()
	c := b.dial(t)
	c.v, c.id = v, id
	p := &wire.Connect{Version: v, CleanStart: true, ClientID: id}
	for _, o := range opts {
		o(p)
	}
	c.send(p)
	a, ok := c.read().(*wire.Connack)
	if !ok {
		t.Fatalf("the answer to CONNECT is %s, want CONNACK", show(a))
	}
	c.connack = a
	return c
}

// connect is request, and must succeed.
func (b *fixture) connect(t testing.TB, v mqtt.Version, id string, opts ...option) *client {
	t.Helper()
	c := b.request(t, v, id, opts...)
	if c.connack.Code != mqtt.Success {
		t.Fatalf("CONNACK of %q is %s, want success", id, show(c.connack))
	}
	return c
}

// present fails unless CONNACK's session present flag is want.
func (c *client) present(want bool) *client {
	c.t.Helper()
	if c.connack.SessionPresent != want {
		c.t.Fatalf("session present of %q is %v, want %v", c.id, !want, want)
	}
	return c
}

func (c *client) send(packets ...wire.Packet) {
	c.t.Helper()
	var b []byte
	for _, p := range packets {
		var err error
		if b, err = p.Append(b, c.v); err != nil {
			c.t.Fatal(err)
		}
	}
	c.raw(b)
}

func (c *client) raw(b []byte) {
	c.t.Helper()
	c.nc.SetWriteDeadline(time.Now().Add(patience))
	if _, err := c.nc.Write(b); err != nil {
		c.t.Fatalf("write to the broker: %v", err)
	}
}

// next returns the next packet, on its own memory.
func (c *client) next() (wire.Packet, error) {
	c.nc.SetReadDeadline(time.Now().Add(patience))
	h, body, err := c.rd.Next()
	if err != nil {
		return nil, err
	}
	p := wire.New(h.Type)
	return p, p.Decode(c.v, h.Flags, bytes.Clone(body))
}

func (c *client) read() wire.Packet {
	c.t.Helper()
	if len(c.early) > 0 {
		p := c.early[0]
		c.early = c.early[1:]
		return p
	}
	p, err := c.next()
	if err != nil {
		c.t.Fatalf("read from the broker (client %q): %v", c.id, err)
	}
	return p
}

// expect reads a packet for each of want, which are in the notation of show,
// and returns the packets.
func (c *client) expect(want ...string) []wire.Packet {
	c.t.Helper()
	var out []wire.Packet
	for i, w := range want {
		p := c.read()
		if got := show(p); got != w {
			c.t.Fatalf("packet %d for %q is\n  %s, want\n  %s", i+1, c.id, got, w)
		}
		out = append(out, p)
	}
	return out
}

// ended expects the packets, and that the broker then closes the connection.
func (c *client) ended(want ...string) []wire.Packet {
	c.t.Helper()
	out := c.expect(want...)
	if p, err := c.next(); !gone(err) {
		c.t.Fatalf("the broker sent %s (error %v) to %q, want a closed connection", show(p), err, c.id)
	}
	c.nc.Close()
	return out
}

func gone(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) }

// fence returns when the broker has handled all that was sent. Nothing else
// may arrive: what the broker had to send before is missing an expect.
func (c *client) fence() {
	c.t.Helper()
	c.send(&wire.Pingreq{})
	c.expect("PINGRESP")
}

// bye ends the connection with DISCONNECT and waits until the broker has
// ended it too.
func (c *client) bye() {
	c.t.Helper()
	c.send(&wire.Disconnect{})
	c.ended()
}

// vanish ends the connection without DISCONNECT and waits until the broker
// has noticed. What was on its way to the client is lost.
func (c *client) vanish() {
	c.t.Helper()
	if err := c.nc.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		c.t.Fatal(err)
	}
	for {
		if _, err := c.next(); gone(err) {
			break
		} else if err != nil {
			c.t.Fatalf("waiting for the broker to close: %v", err)
		}
	}
	c.nc.Close()
}
