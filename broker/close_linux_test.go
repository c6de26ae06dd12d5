package broker_test

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"mqt/broker"
)

// A second Close must not write to file descriptors that are no longer the
// server's: here, to pipes that got their numbers.
func TestSecondCloseTouchesNoForeignFile(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &broker.Server{SysInterval: -1}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	nc, err := net.Dial("tcp", ln.Addr().String()) // so that the loops run
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	srv.Close()
	<-done
	var ends [][2]int
	for range 32 {
		p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(p[0])
		defer unix.Close(p[1])
		ends = append(ends, p)
	}
	srv.Close()
	for _, p := range ends {
		for _, fd := range p {
			if n, err := unix.Read(fd, make([]byte, 8)); err != unix.EAGAIN {
				t.Errorf("a foreign socket got %d bytes (error %v) from the second Close", n, err)
			}
		}
	}
}
