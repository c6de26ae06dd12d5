package cmd

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// ways are the URLs that lead to one broker, by transport. Behind "any" there
// is one port that takes all that is not a Unix socket.
type ways struct {
	urls map[string]*url.URL
	tls  *tls.Config
	ca   string // file
}

// openWays starts a broker that listens on every transport.
func openWays(t *testing.T) *ways {
	t.Helper()
	dir, err := os.MkdirTemp("", "mqt") // t.TempDir can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cert, key := certificate(t, dir)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(cert)
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("certificate: %v", err)
	}
	w := &ways{urls: map[string]*url.URL{}, tls: &tls.Config{RootCAs: roots}, ca: cert}
	srv := &broker.Server{SysInterval: -1}
	for _, at := range []string{"mqtt://127.0.0.1:0", "mqtts://127.0.0.1:0", "ws://127.0.0.1:0/mqtt", "wss://127.0.0.1:0/mqtt",
		"any://127.0.0.1:0", "unix://" + filepath.ToSlash(filepath.Join(dir, "s"))} {
		w.listen(t, srv, at, &tls.Config{Certificates: []tls.Certificate{pair}})
	}
	return w
}

// listen adds a listener to the broker.
func (w *ways) listen(t *testing.T, srv *broker.Server, at string, cfg *tls.Config) {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := transport.Listen(t.Context(), u, transport.ListenOptions{TLS: cfg})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close(); <-done })
	if u.Scheme == "unix" {
		w.urls["unix"] = u
		return
	}
	names := map[string]string{u.Scheme: u.Scheme}
	if u.Scheme == "any" {
		names = map[string]string{"any mqtt": "mqtt", "any mqtts": "mqtts", "any ws": "ws", "any wss": "wss"}
	}
	for name, scheme := range names {
		w.urls[name] = &url.URL{Scheme: scheme, Host: ln.Addr().String()}
	}
}

// dial connects to the broker.
func (w *ways) dial(ctx context.Context, way string) (net.Conn, error) {
	return transport.Dial(ctx, w.urls[way], transport.Options{TLS: w.tls})
}

// cell is one combination of the matrix.
type cell struct {
	*ways
	way     string
	version mqtt.Version
	qos     mqtt.QoS
	id      string // of the cell: its topics are below
}

// line is how every kind of client writes down what it got.
func line(topic string, qos mqtt.QoS, retain bool, payload []byte) string {
	r := 0
	if retain {
		r = 1
	}
	return fmt.Sprintf("%s q%d r%d %x", topic, qos, r, payload)
}

// matrixPayload has every byte, and is longer than the buffers it goes through.
func matrixPayload(kind string) []byte {
	b := []byte(kind)
	for i := range 5000 {
		b = append(b, byte(i))
	}
	return b
}

// clientKind is an MQTT client of somebody's.
type clientKind interface {
	// listen subscribes and returns a function that waits for n messages.
	listen(t *testing.T, c *cell, n int) (take func() []string)
	// publish sends the kind's message, retained, and returns when it is done.
	publish(t *testing.T, c *cell, topic string, payload []byte)
	// can reports whether the kind has the transport and the version.
	can(c *cell) bool
}

// runMatrix lets every kind publish and every kind receive, live and retained,
// in every cell of the matrix.
func runMatrix(t *testing.T, kinds map[string]clientKind, wants func(c *cell) bool) {
	w := openWays(t)
	count := 0
	for way := range w.urls {
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			for qos := range mqtt.ExactlyOnce + 1 {
				c := &cell{ways: w, way: way, version: v, qos: qos, id: fmt.Sprint("cell", count)}
				if wants(c) {
					count++
					t.Run(fmt.Sprintf("%s %v q%d", way, v, qos), func(t *testing.T) { c.run(t, kinds) })
				}
			}
		}
	}
	if count == 0 {
		t.Error("the matrix is empty")
	}
}

func (c *cell) run(t *testing.T, kinds map[string]clientKind) {
	t.Parallel()
	var names, live, kept []string
	for name, kind := range kinds {
		if kind.can(c) {
			names = append(names, name)
			topic := c.id + "/" + name
			live = append(live, line(topic, c.qos, false, matrixPayload(name)))
			kept = append(kept, line(topic, c.qos, true, matrixPayload(name)))
		}
	}
	slices.Sort(live)
	slices.Sort(kept)
	takes := map[string]func() []string{}
	for _, name := range names {
		takes[name] = kinds[name].listen(t, c, len(names))
	}
	for _, name := range names {
		kinds[name].publish(t, c, c.id+"/"+name, matrixPayload(name))
	}
	for _, name := range names {
		compare(t, name+" live", takes[name](), live)
		compare(t, name+" retained", kinds[name].listen(t, c, len(names))(), kept)
	}
}

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		short := func(list []string) string {
			var b strings.Builder
			for _, s := range list {
				fmt.Fprintf(&b, "\n  %.60s… (%d)", s, len(s))
			}
			return b.String()
		}
		t.Errorf("%s: got%s, want%s", what, short(got), short(want))
	}
}

// matrixPatience bounds waiting for a message that a broken broker never sends.
const matrixPatience = time.Minute

// gather waits for n lines.
func gather(t *testing.T, lines <-chan string, n int) []string {
	t.Helper()
	stuck := time.After(matrixPatience)
	var out []string
	for len(out) < n {
		select {
		case s := <-lines:
			out = append(out, s)
		case <-stuck:
			t.Errorf("%d of %d messages arrived", len(out), n)
			return out
		}
	}
	return out
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	runMatrix(t, map[string]clientKind{"ours": ourClient{}, "paho": pahoClient{}}, func(*cell) bool { return true })
}
