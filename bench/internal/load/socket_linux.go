package load

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// target is the address of a broker.
type target struct {
	addr   unix.Sockaddr
	family int
}

// resolve looks the brokers up, once for all clients.
func resolve(servers []*url.URL) ([]target, error) {
	var out []target
	for _, u := range servers {
		a, err := net.ResolveTCPAddr("tcp", u.Host)
		if err != nil {
			return nil, err
		}
		ip, ok := netip.AddrFromSlice(a.IP)
		if !ok {
			ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		sa, family := sockaddr(ip.Unmap(), a.Port)
		out = append(out, target{sa, family})
	}
	return out, nil
}

// addresses returns the local addresses to connect from, with any port.
func addresses(sources []string) ([]unix.Sockaddr, error) {
	var out []unix.Sockaddr
	for _, s := range sources {
		ip, err := netip.ParseAddr(s)
		if err != nil {
			return nil, fmt.Errorf("source address: %w", err)
		}
		sa, _ := sockaddr(ip.Unmap(), 0)
		out = append(out, sa)
	}
	return out, nil
}

func sockaddr(ip netip.Addr, port int) (unix.Sockaddr, int) {
	if ip.Is4() {
		return &unix.SockaddrInet4{Port: port, Addr: ip.As4()}, unix.AF_INET
	}
	return &unix.SockaddrInet6{Port: port, Addr: ip.As16()}, unix.AF_INET6
}

// dial opens the socket of c.
func (e *loop) dial(c *client) {
	s := &e.socks[c.index]
	to := e.targets[c.index%len(e.targets)]
	fd, err := unix.Socket(to.family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		e.drop(s, fmt.Errorf("connect: %w", os.NewSyscallError("socket", err)))
		return
	}
	s.fd, s.blocked = fd, true
	for len(e.byFD) <= fd {
		e.byFD = append(e.byFD, nil)
	}
	e.byFD[fd] = s
	err = e.configure(s)
	if err == nil {
		if err = unix.Connect(fd, to.addr); err == unix.EINPROGRESS {
			err = nil
		}
	}
	if err == nil {
		err = e.poll.add(fd)
	}
	if err != nil {
		e.drop(s, fmt.Errorf("connect: %w", err))
	}
}

func (e *loop) configure(s *sock) error {
	if !e.load.plan.Nagle {
		// Acknowledgements and single messages must not wait for each other.
		if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
			return err
		}
	}
	if len(e.sources) == 0 {
		return nil
	}
	// The port is chosen when the socket connects: the same one serves many
	// remote addresses.
	if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
		return err
	}
	return unix.Bind(s.fd, e.sources[s.c.index%len(e.sources)])
}

// opened begins the protocol when the socket is connected.
func (e *loop) opened(s *sock) error {
	code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return err
	}
	if code != 0 {
		return unix.Errno(code)
	}
	return s.c.start(e.load.time())
}

// rawRead and rawWrite skip the scheduler's bookkeeping: these calls never
// block. The buffers are not empty.
func rawRead(fd int, b []byte) (int, error) {
	return rawIO(unix.SYS_READ, fd, b)
}

func rawWrite(fd int, b []byte) (int, error) {
	return rawIO(unix.SYS_WRITE, fd, b)
}

func rawIO(call uintptr, fd int, b []byte) (int, error) {
	n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
