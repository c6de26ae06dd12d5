package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"golang.org/x/net/proxy"
)

// dialProxy connects to addr through the SOCKS5 proxy at p, which d reaches.
func dialProxy(ctx context.Context, addr string, p *url.URL, d *net.Dialer) (net.Conn, error) {
	switch p.Scheme {
	case "socks5h":
	case "socks5":
		resolved, err := resolve(ctx, addr, d.Resolver)
		if err != nil {
			return nil, err
		}
		addr = resolved
	default:
		return nil, fmt.Errorf("proxy scheme %q is not supported, use socks5h or socks5", p.Scheme)
	}
	return dialSOCKS(ctx, addr, p, d)
}

// dialSOCKS has the proxy connect to addr, in which a name is for it to look up.
func dialSOCKS(ctx context.Context, addr string, p *url.URL, d proxy.Dialer) (net.Conn, error) {
	host := p.Host
	if p.Port() == "" {
		host = net.JoinHostPort(p.Hostname(), "1080")
	}
	var auth *proxy.Auth
	if p.User != nil {
		password, _ := p.User.Password()
		auth = &proxy.Auth{User: p.User.Username(), Password: password}
	}
	s, err := proxy.SOCKS5("tcp", host, auth, d)
	if err != nil {
		return nil, fmt.Errorf("proxy %s: %w", host, err)
	}
	cd, ok := s.(proxy.ContextDialer)
	if !ok {
		return nil, errors.New("proxy dialer takes no context")
	}
	nc, err := cd.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("proxy %s: %w", host, err)
	}
	return nc, nil
}

// resolve replaces the host in addr with its first IP address.
func resolve(ctx context.Context, addr string, r *net.Resolver) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	ips, err := r.LookupIPAddr(ctx, host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(ips[0].String(), port), nil
}
