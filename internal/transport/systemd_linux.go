package transport

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// firstActivated is the first file descriptor that is passed, as sd_listen_fds(3) says.
const firstActivated = 3

// maxActivated limits how many are believed.
const maxActivated = 1024

// Activated returns the listening sockets that systemd passed to this process
// (LISTEN_FDS and LISTEN_FDNAMES, when LISTEN_PID is ours), in their order, or
// nil. It removes the variables, so that children and later calls find
// nothing. On an error no socket stays open. Elsewhere than on Linux it
// returns nil.
func Activated() ([]ActivatedSocket, error) {
	names, parseErr := activatedNames(os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES"))
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		if err := os.Unsetenv(name); err != nil {
			return nil, err
		}
	}
	if parseErr != nil {
		return nil, parseErr
	}
	var out []ActivatedSocket
	var failed error
	for i, name := range names {
		s := ActivatedSocket{Name: name}
		var err error
		if s.Listener, err = activatedListener(firstActivated + i); err != nil {
			failed = errors.Join(failed, fmt.Errorf("socket activation: file descriptor %d %s: %w", firstActivated+i, s.Name, err))
			continue
		}
		out = append(out, s)
	}
	if failed != nil {
		for _, s := range out {
			_ = s.Listener.Close() // nobody has connected yet
		}
		return nil, failed
	}
	return out, nil
}

// activatedNames returns the names of the sockets that the variables speak of,
// none when they are meant for another process, or for none. Sockets without a
// name have an empty one.
func activatedNames(pid, fds, names string) ([]string, error) {
	if pid == "" || fds == "" || pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	n, err := strconv.Atoi(fds)
	if err != nil || n < 0 || n > maxActivated {
		return nil, fmt.Errorf("socket activation: LISTEN_FDS is %q", fds)
	}
	out := make([]string, n)
	copy(out, strings.Split(names, ":"))
	return out, nil
}

// activatedListener takes over a file descriptor, also when it fails.
func activatedListener(fd int) (net.Listener, error) {
	unix.CloseOnExec(fd)
	f := os.NewFile(uintptr(fd), "socket")
	if f == nil {
		return nil, unix.EBADF
	}
	defer f.Close() // the listener has a copy
	if listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || listening == 0 {
		return nil, errors.Join(err, errors.New("is not a listening stream socket (Accept=no, ListenStream=)"))
	}
	ln, err := net.FileListener(f)
	if u, ok := ln.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // the path is the service manager's
	}
	return ln, err
}

// Notify tells the service manager the state, such as "READY=1", "STOPPING=1"
// or "RELOADING=1", several separated by newlines. It does nothing when nobody
// asks for it (NOTIFY_SOCKET), and elsewhere than on Linux.
func Notify(state string) error {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil
	}
	if name[0] != '/' && name[0] != '@' {
		return fmt.Errorf("notify the service manager: NOTIFY_SOCKET is %q", name)
	}
	nc, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"}) // '@' is for abstract names there too
	if err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	_, err = nc.Write([]byte(state))
	if err = errors.Join(err, nc.Close()); err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	return nil
}
