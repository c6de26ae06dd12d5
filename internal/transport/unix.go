package transport

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"
)

// listenUnix listens on a socket at path and clears a stale one out of the way.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "unix", path)
	if err == nil {
		return ln, nil
	}
	info, statErr := os.Lstat(path)
	if statErr != nil {
		return nil, err // not there: the error is about something else
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return nil, fmt.Errorf("listen unix %s: a file that is not a socket is in the way", path)
	}
	if busy, probeErr := served(ctx, path); probeErr != nil {
		return nil, fmt.Errorf("listen unix %s: %w", path, probeErr)
	} else if busy {
		return nil, fmt.Errorf("listen unix %s: %w", path, errInUse)
	}
	if err := os.Remove(path); err != nil {
		return nil, fmt.Errorf("listen unix %s: stale socket: %w", path, err)
	}
	return lc.Listen(ctx, "unix", path)
}

// served reports whether somebody accepts connections on the socket. Only a
// refused connection proves that nobody does.
func served(ctx context.Context, path string) (bool, error) {
	d := net.Dialer{Timeout: time.Second}
	nc, err := d.DialContext(ctx, "unix", path)
	if err == nil {
		return true, nc.Close()
	}
	var ne net.Error
	switch {
	case errors.Is(err, fs.ErrPermission):
		return false, err
	case errors.As(err, &ne) && ne.Timeout():
		return true, nil // the backlog is full: somebody holds it
	}
	return false, nil
}
