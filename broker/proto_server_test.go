package broker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// start calls Serve and returns its result.
func start(srv *broker.Server, ln net.Listener) <-chan error {
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	return done
}

// result waits for Serve to return.
func result(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatal("Serve does not return")
		return nil
	}
}

// eachListener runs test for a listener of each engine, and a Unix socket.
func eachListener(t *testing.T, test func(t *testing.T, listen func(*testing.T) net.Listener)) {
	t.Parallel()
	all := engines()
	all["unix"] = listenUnix
	for engine, listen := range all {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, listen)
		})
	}
}

func TestServeOnUnixSocket(t *testing.T) {
	t.Parallel()
	b := serve(t, &broker.Server{}, listenUnix(t))
	s, p := b.connect(t, mqtt.V5, "s"), b.connect(t, mqtt.V311, "p")
	s.subscribe("t 2")
	for q := range mqtt.QoS(3) {
		p.publish(message{topic: "t", payload: "x", q: q})
		s.take(fmt.Sprintf(`t "x" q%d`, q))
	}
	s.bye()
	p.vanish()
}

func TestZeroServerCloses(t *testing.T) {
	t.Parallel()
	var closed, shut broker.Server
	if err := closed.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	if err := closed.Close(); err != nil {
		t.Errorf("second Close() = %v, want nil", err)
	}
	if err := shut.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown() = %v, want nil", err)
	}
}

// TestServeAfterClose returns at once and closes the listener.
func TestServeAfterClose(t *testing.T) {
	eachListener(t, func(t *testing.T, listen func(*testing.T) net.Listener) {
		for name, end := range map[string]func(*broker.Server) error{
			"Close":    (*broker.Server).Close,
			"Shutdown": func(s *broker.Server) error { return s.Shutdown(t.Context()) },
		} {
			srv := &broker.Server{}
			if err := end(srv); err != nil {
				t.Errorf("%s() = %v, want nil", name, err)
			}
			ln := listen(t)
			if err := result(t, start(srv, ln)); !errors.Is(err, broker.ErrServerClosed) {
				t.Errorf("Serve() after %s = %v, want ErrServerClosed", name, err)
			}
			if _, err := ln.Accept(); err == nil {
				t.Errorf("the listener is open after Serve returned")
			}
		}
	})
}

// TestShutdownSaysGoodbye: 0x8B to MQTT 5 clients, everything pending before
// it, and nothing is left.
func TestShutdownSaysGoodbye(t *testing.T) {
	eachListener(t, func(t *testing.T, listen func(*testing.T) net.Listener) {
		srv := &broker.Server{}
		b := &fixture{srv: srv}
		ln := listen(t)
		b.addr = ln.Addr()
		done := start(srv, ln)
		five, old, idle := b.connect(t, mqtt.V5, "five"), b.connect(t, mqtt.V311, "old"), b.dial(t)
		five.subscribe("t 0")
		old.subscribe("t 0")
		p := b.connect(t, mqtt.V5, "p")
		p.publish(message{topic: "t", payload: "last"})
		ended := make(chan error, 1)
		go func() { ended <- srv.Shutdown(t.Context()) }()
		five.ended(`PUBLISH t "last" q0`, "DISCONNECT 8b")
		old.ended(`PUBLISH t "last" q0`)
		p.ended("DISCONNECT 8b")
		idle.ended()
		if err := result(t, done); !errors.Is(err, broker.ErrServerClosed) {
			t.Errorf("Serve() = %v, want ErrServerClosed", err)
		}
		if err := result(t, ended); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		if nc, err := net.Dial(b.addr.Network(), b.addr.String()); err == nil {
			nc.Close()
			t.Error("the address still accepts connections")
		}
	})
}

// TestShutdownIsBounded by its context, although a client does not close.
func TestShutdownIsBounded(t *testing.T) {
	eachListener(t, func(t *testing.T, listen func(*testing.T) net.Listener) {
		srv := &broker.Server{}
		ln := listen(t)
		b := &fixture{srv: srv, addr: ln.Addr()}
		done := start(srv, ln)
		b.connect(t, mqtt.V5, "deaf") // reads nothing, closes nothing
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := srv.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Shutdown() = %v, want nil or the context's error", err)
		}
		if err := result(t, done); !errors.Is(err, broker.ErrServerClosed) {
			t.Errorf("Serve() = %v, want ErrServerClosed", err)
		}
	})
}

// TestCloseFromAnywhere: from several goroutines at once, with clients that
// are busy, several listeners of several kinds.
func TestCloseFromAnywhere(t *testing.T) {
	t.Parallel()
	srv := &broker.Server{}
	var dones []<-chan error
	var clients []*client
	for _, listen := range []func(*testing.T) net.Listener{listenTCP, listenTCP, listenUnix, engines()["goroutine"]} {
		ln := listen(t)
		dones = append(dones, start(srv, ln))
		b := &fixture{srv: srv, addr: ln.Addr()}
		c := b.connect(t, mqtt.V5, fmt.Sprint("c", len(clients)))
		c.subscribe("t 1")
		clients = append(clients, c)
	}
	for i, c := range clients { // every listener serves the same broker
		c.send(message{topic: "t", payload: fmt.Sprint(i), q: 0}.packet(0))
		for _, other := range clients {
			other.take(fmt.Sprintf(`t "%d" q0`, i))
		}
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { srv.Close() })
	}
	for _, done := range dones {
		if err := result(t, done); !errors.Is(err, broker.ErrServerClosed) {
			t.Errorf("Serve() = %v, want ErrServerClosed", err)
		}
	}
	wg.Wait()
	for _, c := range clients {
		for {
			if p, err := c.next(); gone(err) {
				break
			} else if err != nil {
				t.Fatalf("after Close the client has %s, %v, want a closed connection", show(p), err)
			}
		}
	}
}

// TestServeEndsWithItsListener: an error of its own, like net/http's, and the
// clients stay until the server is closed.
func TestServeEndsWithItsListener(t *testing.T) {
	eachListener(t, func(t *testing.T, listen func(*testing.T) net.Listener) {
		srv := &broker.Server{}
		ln, second := listen(t), listen(t)
		b, b2 := &fixture{srv: srv, addr: ln.Addr()}, &fixture{srv: srv, addr: second.Addr()}
		done, done2 := start(srv, ln), start(srv, second)
		c := b.connect(t, mqtt.V5, "c")
		ln.Close()
		if err := result(t, done); err == nil || errors.Is(err, broker.ErrServerClosed) {
			t.Errorf("Serve() = %v, want the listener's error", err)
		}
		c.fence()
		b2.connect(t, mqtt.V5, "d").fence()
		srv.Close()
		if err := result(t, done2); !errors.Is(err, broker.ErrServerClosed) {
			t.Errorf("Serve() of the other listener = %v, want ErrServerClosed", err)
		}
	})
}

// TestShutdownWithWillsAndSessions: no wills are published, and they do not hang it
// either.
func TestShutdownWithWillsAndSessions(t *testing.T) {
	eachListener(t, func(t *testing.T, listen func(*testing.T) net.Listener) {
		srv := &broker.Server{}
		ln := listen(t)
		b := &fixture{srv: srv, addr: ln.Addr()}
		done := start(srv, ln)
		w := b.watch(t, mqtt.V5)
		c := b.connect(t, mqtt.V5, "c", keep, wills(1))
		b.connect(t, mqtt.V5, "d", keep, wills(3600)).vanish()
		if err := shutdownWhile(t, srv, func() { w.ended("DISCONNECT 8b"); c.ended("DISCONNECT 8b") }); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		result(t, done)
	})
}

func shutdownWhile(t *testing.T, srv *broker.Server, do func()) error {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- srv.Shutdown(t.Context()) }()
	do()
	return result(t, ended)
}

// TestConnectDuringClose: connections that arrive while the server closes are
// closed, never left.
func TestConnectDuringClose(t *testing.T) {
	eachListener(t, func(t *testing.T, listen func(*testing.T) net.Listener) {
		for range 20 {
			srv := &broker.Server{}
			ln := listen(t)
			done := start(srv, ln)
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					nc, err := net.Dial(ln.Addr().Network(), ln.Addr().String())
					if err != nil {
						return
					}
					defer nc.Close()
					nc.SetDeadline(time.Now().Add(patience))
					b, _ := (&wire.Connect{Version: mqtt.V5, ClientID: fmt.Sprint(i), CleanStart: true}).Append(nil, 0)
					nc.Write(b)
					for buf := make([]byte, 100); ; {
						if _, err := nc.Read(buf); err != nil {
							if !gone(err) {
								t.Errorf("read = %v, want the end of the connection", err)
							}
							return
						}
					}
				})
			}
			srv.Close()
			result(t, done)
			wg.Wait()
		}
	})
}
