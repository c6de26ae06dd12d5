package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mqt/broker"
	"mqt/internal/client"
	"mqt/internal/mqtt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a running broker with its HTTP side.
type fixture struct {
	srv  *broker.Server
	addr string // where clients connect to
	web  *httptest.Server
	log  *lockedBuffer
}

// serve runs a broker, that of o if there is one, and a handler with options o until the test ends.
func serve(t testing.TB, o Options) *fixture {
	t.Helper()
	f := &fixture{srv: o.Server, log: &lockedBuffer{}}
	if f.srv == nil {
		f.srv = &broker.Server{SysInterval: -1}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.addr = ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- f.srv.Serve(ln) }()
	t.Cleanup(func() {
		f.srv.Close()
		if err := <-served; !errors.Is(err, broker.ErrServerClosed) {
			t.Errorf("Serve = %v, want ErrServerClosed", err)
		}
	})
	o.Server, o.Logger = f.srv, newTestLogger(f.log)
	f.web = httptest.NewServer(New(o))
	t.Cleanup(f.web.Close)
	return f
}

// request is an HTTP request and what to expect.
type request struct {
	method, target string
	header         [][2]string
	body           string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (f *fixture) do(t testing.TB, rq request) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), rq.method, f.web.URL+rq.target, strings.NewReader(rq.body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range rq.header {
		if h[0] == "Host" {
			r.Host = h[1]
		}
		r.Header.Add(h[0], h[1])
	}
	res, err := f.web.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

// get returns the body of an answer that must be 200.
func (f *fixture) get(t testing.TB, target string) string {
	t.Helper()
	a := f.do(t, request{method: "GET", target: target})
	if a.status != http.StatusOK {
		t.Fatalf("GET %s = %d %s, want 200", target, a.status, a.body)
	}
	return a.body
}

// decode reads JSON, refusing what v does not know.
func decode[T any](t testing.TB, body string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decode %s: %v", body, err)
	}
	return v
}

var jsonType = [][2]string{{"Content-Type", "application/json"}}

// connect connects a client that is disconnected when the test ends.
func (f *fixture) connect(t testing.TB, o client.Options, filters ...string) *client.Client {
	t.Helper()
	o.NoReconnect = true
	o.Dial = func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", f.addr)
	}
	c, err := client.Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	var subs []mqtt.Subscription
	for _, s := range filters {
		subs = append(subs, mqtt.Subscription{Filter: filter(t, s), QoS: 1})
	}
	if len(subs) > 0 {
		if _, err := c.Subscribe(t.Context(), subs, func(mqtt.Message) {}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// away leaves a session behind.
func (f *fixture) away(t testing.TB, id string, filters ...string) {
	t.Helper()
	c := f.connect(t, client.Options{ClientID: id, KeepSession: true}, filters...)
	if err := c.Disconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.until(t, id+" has gone", func() bool { info, ok := f.srv.Client(id); return ok && !info.Connected })
}

func (f *fixture) until(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("waited in vain until " + what)
		}
	}
}

func (f *fixture) retain(t testing.TB, topic, payload string) {
	t.Helper()
	if err := f.srv.Publish(mqtt.Message{Topic: topic, Payload: []byte(payload), Retain: true}); err != nil {
		t.Fatal(err)
	}
}

// retained returns topic=payload of everything that is retained.
func (f *fixture) retained(t testing.TB) string {
	t.Helper()
	var out []string
	for _, m := range f.srv.Retained(filter(t, "#")) {
		out = append(out, fmt.Sprintf("%s=%s", m.Topic, m.Payload))
	}
	return strings.Join(out, " ")
}

func filter(t testing.TB, s string) mqtt.Filter {
	t.Helper()
	f, err := mqtt.ParseFilter(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func compact(t testing.TB, s string) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(s)); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return out.String()
}
