package daemon

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"mqt/broker"
	"mqt/internal/compat/conf"
)

// status asks the HTTP listener; 0 is no answer.
func status(t *testing.T, d *daemon, path string) int {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+d.listeners[0].Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Close = true
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// stuck connects a client that has more to receive than it takes.
func stuck(t *testing.T, d *daemon) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", d.listeners[1].Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(nc, "\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00\x82\x06\x00\x01\x00\x01#\x00")
	answers := make([]byte, 4+5) // CONNACK and SUBACK
	if _, err := io.ReadFull(nc, answers); err != nil {
		t.Fatal(err)
	}
	for range 16 {
		if err := d.srv.Publish(broker.Message{Topic: "a", Payload: make([]byte, 1<<20)}); err != nil {
			t.Fatal(err)
		}
	}
	return nc
}

// The process is alive from the first listener to the last client, and ready
// only between.
func TestReadiness(t *testing.T) {
	t.Parallel()
	c := conf.Config{Listeners: []conf.Listener{{URL: "http://127.0.0.1:0"}, {URL: "mqtt://127.0.0.1:0"}}, SysInterval: -1}
	c.Auth.AllowAnonymous = new(true)
	announced := make(chan Announcement, 1)
	d := &daemon{c: c, o: Options{Stdout: io.Discard, Stderr: io.Discard, Ready: func(a Announcement) error { announced <- a; return nil }}}
	var err error
	if d.log, err = openLog(c.Log, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func(context.Context) error{d.openGate, d.openServer, d.listen} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	check := func(when string, ready int) {
		t.Helper()
		if live, got := status(t, d, "/healthz"), status(t, d, "/readyz"); live != http.StatusOK || got != ready {
			t.Errorf("%s: healthz %d, readyz %d, want 200 and %d", when, live, got, ready)
		}
	}
	check("starting", http.StatusServiceUnavailable)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- d.serve(ctx) }()
	<-announced
	check("serving", http.StatusOK)
	nc := stuck(t, d)
	defer nc.Close()
	cancel()
	for status(t, d, "/readyz") == http.StatusOK { // until it has noticed
	}
	check("shutting down", http.StatusServiceUnavailable)
	nc.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
	if got := status(t, d, "/healthz"); got != 0 {
		t.Errorf("afterwards: healthz %d, want no answer", got)
	}
}

// Every error that a user can cause has a next step.
func TestAdvice(t *testing.T) {
	t.Parallel()
	err := advise(&socketError{text: "x: cannot assign requested address", err: net.ErrClosed})
	if want := "x: cannot assign requested address\nhint: this machine does not have that address; 0.0.0.0 is all that it has"; err.Error() != want {
		t.Errorf("advise = %q, want %q", err, want)
	}
	if again := advise(err); again != err {
		t.Errorf("advise of what has a hint = %q", again)
	}
	if advise(nil) != nil {
		t.Error("advise(nil) is an error")
	}
}
