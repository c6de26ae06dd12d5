package broker

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A connection that moves to another loop keeps what has arrived of a packet,
// and the other loop answers.
func TestMovedConnectionCarriesOn(t *testing.T) {
	t.Parallel()
	srv := &Server{SysInterval: -1}
	srv.init()
	t.Cleanup(func() { srv.Close() })
	var loops [2]*loop
	for i := range loops {
		l, err := newLoop(srv)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.closeFDs)
		loops[i] = l
	}
	from, to := loops[0], loops[1]
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fds[1]) })
	c := srv.admit(&sock{loop: from, fd: fds[0], peer: "unix"}, "unix", srv.listenerOf("unix", ListenerOptions{}))
	from.take(c)
	from.takeInbox()
	connect := []byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'a'}
	unix.Write(fds[1], connect[:9])
	from.readable(c)
	from.move(to, 1)
	unix.Write(fds[1], connect[9:])
	to.takeInbox()
	if n := to.wait(false); n == 0 {
		t.Error("the new loop hears nothing of the connection")
	}
	to.readable(c)
	to.batch.flush()
	buf := make([]byte, 8)
	if n, err := unix.Read(fds[1], buf); err != nil || string(buf[:n]) != "\x20\x02\x00\x00" {
		t.Errorf("answer to CONNECT = %x, %v, want CONNACK", buf[:max(n, 0)], err)
	}
	to.drop(c, errLost)
	if len(from.conns)+len(to.conns) != 0 {
		t.Errorf("%d connections are left", len(from.conns)+len(to.conns))
	}
}

func TestMeterMeasuresLoad(t *testing.T) {
	t.Parallel()
	ms := func(n int) int64 { return int64(n) * int64(time.Millisecond) }
	var m meter
	for i := range 4 { // 25 ms of every 50 at work
		m.rest(ms(50*i + 25))
		m.work(ms(50 * (i + 1)))
	}
	if got := m.percent(ms(200)); got != 50 {
		t.Errorf("percent() = %d, want 50", got)
	}
	m.rest(ms(200))
	if got := m.percent(ms(400)); got != 0 {
		t.Errorf("percent() of a loop that has been waiting = %d, want 0", got)
	}
}
