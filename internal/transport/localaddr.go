package transport

import (
	"context"
	"fmt"
	"net"
	"strconv"
)

// LocalAddrError says that what was given as the local address is none, nor
// the name of one.
type LocalAddrError struct {
	Addr string // as given
	Err  error
}

// Error tells all of it.
func (e *LocalAddrError) Error() string { return fmt.Sprintf("local address %q: %v", e.Addr, e.Err) }

// Unwrap returns Err.
func (e *LocalAddrError) Unwrap() error { return e.Err }

// localAddrs returns the addresses to dial from, at least one.
func localAddrs(ctx context.Context, o Options) ([]net.Addr, error) {
	host, port, err := net.SplitHostPort(o.LocalAddr)
	if err != nil {
		host, port = o.LocalAddr, "0"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, &LocalAddrError{o.LocalAddr, fmt.Errorf("port %s is not a number from 0 to 65535", port)}
	}
	ips, err := o.Resolver.LookupIPAddr(ctx, host)
	if err != nil {
		return nil, &LocalAddrError{o.LocalAddr, err}
	}
	addrs := make([]net.Addr, len(ips))
	for i, ip := range ips {
		addrs[i] = &net.TCPAddr{IP: ip.IP, Zone: ip.Zone, Port: int(n)}
	}
	return addrs, nil
}
