package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"mqt/broker"
	"mqt/internal/compat/conf"
	"mqt/internal/transport"
)

// listener is a listening socket with the URL to reach it.
type listener struct {
	net.Listener
	options broker.ListenerOptions
	url     *url.URL
	web     bool // it serves HTTP only
}

// listenerName is what the log, the rules and the counters call a listener: its
// URL as it is configured, numbered from the second one with the same URL.
func listenerName(c *conf.Config, i int) string {
	name, same := c.Listeners[i].URL, 1
	for _, l := range c.Listeners[:i] {
		if l.URL == name {
			same++
		}
	}
	if same > 1 {
		return fmt.Sprintf("%s (%d)", name, same)
	}
	return name
}

// listen opens all listeners. What the first ones accept waits until the broker
// serves.
func (d *daemon) listen(ctx context.Context) error {
	d.secrets = &certificates{log: d.log.Logger, loaded: make(map[conf.TLS]*transport.TLSFiles)}
	if d.c.TLSDev {
		if err := d.openDev(); err != nil {
			return err
		}
	}
	inherited := len(d.c.Listeners) - len(d.o.Sockets)
	for i := range d.c.Listeners {
		var socket net.Listener
		if i >= inherited {
			socket = d.o.Sockets[i-inherited]
		}
		ln, err := d.listenOne(ctx, i, socket)
		if err != nil {
			return err
		}
		d.listeners = append(d.listeners, ln)
		d.cleanup = append(d.cleanup, func() error { _ = ln.Close(); return nil }) // closed already, as a rule
	}
	return nil
}

// listenOne opens one listener, or takes over a socket.
func (d *daemon) listenOne(ctx context.Context, i int, socket net.Listener) (*listener, error) {
	l := &d.c.Listeners[i]
	u, err := ParseListen(l.URL)
	if err != nil {
		return nil, err
	}
	ln := &listener{options: serverOptions(&d.c, i), web: u.Scheme == "http" || u.Scheme == "https"}
	o, err := d.listenOptions(l, ln.options.Name)
	if err != nil {
		return nil, fmt.Errorf("listen %s: %w", u, err)
	}
	if socket != nil {
		ln.Listener, err = transport.Wrap(socket, u, o)
	} else {
		ln.Listener, err = transport.Listen(ctx, u, o)
	}
	if err != nil {
		return nil, listenError(u, err)
	}
	ln.url = reachable(u, ln.Addr())
	return ln, nil
}

// ParseListen reads the URL of a listener, as transport.ParseListen does, whose
// host may be empty: every address of the machine.
func ParseListen(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err == nil && u.Host != "" && u.Hostname() == "" {
		u.Host = "localhost" + u.Host
		if u, err = transport.ParseListen(u.String()); err == nil {
			u.Host = ":" + u.Port()
		}
	} else {
		u, err = transport.ParseListen(text)
	}
	if err == nil && u.User != nil {
		return nil, fmt.Errorf("URL %q: a listener has no user name\nhint: users are in the file of --password-file", transport.Redact(text))
	}
	return u, err
}

func (d *daemon) listenOptions(l *conf.Listener, name string) (transport.ListenOptions, error) {
	o := transport.ListenOptions{WSPath: l.WSPath, Origins: l.Origins, Refused: d.refused(name)}
	var err error
	if o.Handler, err = d.web(l, name); err != nil {
		return o, err
	}
	switch l.Family {
	case "ipv4":
		o.Network = "tcp4"
	case "ipv6":
		o.Network = "tcp6"
	}
	if l.ProxyProtocol > 0 {
		trusted, err := prefixes(l.ProxyTrusted)
		if err != nil {
			return o, err
		}
		o.ProxyFrom = trusted
	}
	o.TLS, err = d.secrets.config(l.TLS)
	return o, err
}

// prefixes reads addresses and networks; none are all.
func prefixes(list []string) ([]netip.Prefix, error) {
	if len(list) == 0 {
		list = []string{"0.0.0.0/0", "::/0"}
	}
	var out []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if a, aerr := netip.ParseAddr(s); err != nil && aerr == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no IP address and no network", s)
		}
		out = append(out, p)
	}
	return out, nil
}

// refused logs connections that were turned away before they spoke MQTT.
func (d *daemon) refused(name string) func(net.Addr, error) {
	return func(remote net.Addr, err error) {
		if errors.Is(err, io.EOF) {
			return // a port check
		}
		d.log.Info("connection refused", "remote", remote.String(), "listener", name, "reason", err.Error())
	}
}

// serve runs the broker on the listener.
func (ln *listener) serve(srv *broker.Server) error {
	err := srv.ServeListener(ln.Listener, ln.options)
	if errors.Is(err, broker.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("serve %s: %w", ln.url, err)
}

// reachable returns the URL with the port that was chosen, and a scheme that
// clients know.
func reachable(u *url.URL, at net.Addr) *url.URL {
	real := *u
	if real.Scheme == "any" {
		real.Scheme = "mqtt" // how most clients reach it
	}
	if addr, ok := at.(*net.TCPAddr); ok {
		real.Host = net.JoinHostPort(cmp.Or(u.Hostname(), "::"), strconv.Itoa(addr.Port))
	}
	return &real
}

func listenError(u *url.URL, err error) error {
	what, next := err.Error(), ""
	var op *net.OpError
	var sys *os.SyscallError
	switch {
	case errors.As(err, &sys):
		what = sys.Err.Error()
	case errors.As(err, &op):
		what = op.Err.Error()
	}
	switch {
	case inUse(err):
		what, next = "address already in use", "another broker may be running; choose another port with -p PORT, 0 for any free one"
		if u.Scheme == "unix" {
			next = "another broker is running there; choose another path"
		}
	case errors.Is(err, os.ErrPermission):
		next = "ports below 1024 and other people's directories need more rights; choose another with --listen URL"
	}
	if next != "" {
		what += "\nhint: " + next
	}
	return &socketError{fmt.Sprintf("listen %s: %s", reachable(u, nil), what), err}
}

func inUse(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || slices.ContainsFunc(
		[]string{"Only one usage of each socket address", "already in use"}, // Windows, and our own word for Unix sockets
		func(s string) bool { return strings.Contains(err.Error(), s) })
}

// socketError is an error of the network in fewer words.
type socketError struct {
	text string
	err  error
}

// Error returns the few words.
func (e *socketError) Error() string { return e.text }

// Unwrap returns the whole error.
func (e *socketError) Unwrap() error { return e.err }
