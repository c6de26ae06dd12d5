package cmd

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// hangup is closed when nobody reads w any more, if w is a pipe or a socket:
// then there is nothing to write for. The function returned ends the watch and
// waits for it.
func hangup(w io.Writer) (gone <-chan struct{}, stop func()) {
	f, ok := w.(*os.File)
	if !ok {
		return nil, func() {}
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return nil, func() {}
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return nil, func() {} // the next write will tell
	}
	closed, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		// An error is reported whether or not it is asked for; to ask for
		// nothing else leaves out that there is room.
		fds := []unix.PollFd{{Fd: int32(f.Fd())}, {Fd: int32(wake), Events: unix.POLLIN}}
		for {
			_, err := unix.Poll(fds, -1)
			switch {
			case errors.Is(err, unix.EINTR):
				continue
			case err == nil && fds[1].Revents == 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0:
				close(closed)
			}
			return
		}
	}()
	return closed, func() {
		_, _ = unix.Write(wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
		<-ended
		_ = unix.Close(wake)
	}
}
