package broker_test

import (
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"mqt/broker"
)

// exhausted is a listener of a process without file descriptors.
type exhausted struct {
	pipes
	asked int
}

func (l *exhausted) Accept() (net.Conn, error) {
	select {
	case <-l.done:
		return nil, net.ErrClosed
	default:
	}
	l.asked++
	return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
}

// TestAcceptBacksOff: without file descriptors the server asks again a few
// times a second, and not as fast as it can.
func TestAcceptBacksOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ln := &exhausted{pipes: pipes{done: make(chan struct{})}}
		srv := &broker.Server{SysInterval: -1}
		done := make(chan error, 1)
		go func() { done <- srv.Serve(ln) }()
		time.Sleep(10 * time.Second)
		srv.Close()
		if err := <-done; err != broker.ErrServerClosed {
			t.Errorf("Serve() = %v, want ErrServerClosed", err)
		}
		if ln.asked < 10 || ln.asked > 200 {
			t.Errorf("accepted %d times in ten seconds, want a few each second", ln.asked)
		}
	})
}
