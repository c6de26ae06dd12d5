package broker

import (
	"fmt"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestNoDelay looks at the sockets of each engine.
func TestNoDelay(t *testing.T) {
	t.Parallel()
	on, off := true, false
	for _, option := range []*bool{nil, &on, &off} {
		for engine, wrap := range map[string]func(net.Listener) net.Listener{
			"loop":      func(ln net.Listener) net.Listener { return ln },
			"bare":      func(ln net.Listener) net.Listener { return bareWrap{ln} },
			"goroutine": func(ln net.Listener) net.Listener { return netConnWrap{ln} },
		} {
			name := "unset"
			if option != nil {
				name = fmt.Sprint(*option)
			}
			t.Run(engine+" "+name, func(t *testing.T) {
				t.Parallel()
				if got, want := noDelayOf(t, wrap, option), option == nil || *option; got != want {
					t.Errorf("TCP_NODELAY = %v, want %v", got, want)
				}
			})
		}
	}
}

type bareWrap struct{ net.Listener }

func (bareWrap) Bare() bool { return true }

// netConnWrap accepts connections that wrap others, as TLS does.
type netConnWrap struct{ net.Listener }

func (l netConnWrap) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return wrappedConn{nc}, nil
}

type wrappedConn struct{ net.Conn }

func (c wrappedConn) NetConn() net.Conn { return c.Conn }

// noDelayOf connects a client and returns how the server's socket is set.
func noDelayOf(t *testing.T, wrap func(net.Listener) net.Listener, option *bool) bool {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &Server{SysInterval: -1}
	done := make(chan error, 1)
	go func() { done <- srv.ServeListener(wrap(ln), ListenerOptions{NoDelay: option}) }()
	defer func() { srv.Close(); <-done }()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.Write(frames(t, mqtt.V5, &wire.Connect{Version: mqtt.V5, CleanStart: true, ClientID: "c"}))
	if _, err := nc.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	value := 0
	for _, c := range srv.snapshotConns() {
		switch l := c.lk.(type) {
		case *sock:
			value, err = unix.GetsockoptInt(l.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY)
		case *netLink:
			rc, rerr := l.nc.(wrappedConn).NetConn().(*net.TCPConn).SyscallConn()
			if rerr != nil {
				t.Fatal(rerr)
			}
			rc.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY) })
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return value != 0
}
