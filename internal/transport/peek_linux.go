package transport

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// peek waits for the first byte under nc's deadline and leaves it in the
// socket. It reports false, and has done nothing, when nc is no socket.
func peek(nc net.Conn) (first byte, ok bool, err error) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return 0, false, nil
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return 0, false, nil // not a socket after all: Read explains why
	}
	var b [1]byte
	var n int
	var rerr error
	err = rc.Read(func(fd uintptr) bool {
		for {
			n, _, rerr = unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK)
			if rerr != unix.EINTR {
				return rerr != unix.EAGAIN
			}
		}
	})
	switch {
	case err != nil:
		return 0, true, err
	case rerr != nil:
		return 0, true, fmt.Errorf("peek: %w", os.NewSyscallError("recvfrom", rerr))
	case n == 0:
		return 0, true, io.EOF
	}
	return b[0], true, nil
}
