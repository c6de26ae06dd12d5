package transport

import "net"

// ActivatedSocket is a socket that the service manager has opened for this process.
type ActivatedSocket struct {
	// Name is the socket unit's FileDescriptorName; empty when it is not said.
	Name string
	// Listener is a *net.TCPListener or a *net.UnixListener; see Wrap.
	Listener net.Listener
}
