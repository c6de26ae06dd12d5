package cmd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mqt/internal/transport"
)

// listener is a listening socket with the URL to reach it.
type listener struct {
	net.Listener
	url *url.URL
}

// listen opens all listeners, or none.
func (o *serveOptions) listen(ctx context.Context) ([]listener, error) {
	var lo transport.ListenOptions
	if o.Cert != "" {
		pair, err := loadPair(o.Cert, o.Key)
		if err != nil {
			return nil, fmt.Errorf("serve: %w", err)
		}
		lo.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	var all []listener
	for _, text := range o.Listen {
		ln, err := listenOne(ctx, text, lo)
		if err != nil {
			for _, open := range all {
				_ = open.Close() // nobody has connected yet
			}
			return nil, err
		}
		all = append(all, ln)
	}
	return all, nil
}

func listenOne(ctx context.Context, text string, lo transport.ListenOptions) (listener, error) {
	u, err := transport.ParseListen(text)
	if err != nil {
		return listener{}, usagef("serve: --listen: %w", err)
	}
	if (u.Scheme == "mqtts" || u.Scheme == "wss") && lo.TLS == nil {
		return listener{}, usagef("serve: --listen %s needs a certificate\nhint: give --cert FILE --key FILE", text)
	}
	ln, err := transport.Listen(ctx, u, lo)
	if err != nil {
		return listener{}, listenError(u, err)
	}
	real := *u
	if real.Scheme == "any" {
		real.Scheme = "mqtt" // how most clients reach it
	}
	if addr, ok := ln.Addr().(*net.TCPAddr); ok {
		real.Host = net.JoinHostPort(u.Hostname(), strconv.Itoa(addr.Port))
	}
	return listener{ln, &real}, nil
}

func listenError(u *url.URL, err error) error {
	next := ""
	switch {
	case errors.Is(err, syscall.EADDRINUSE), strings.Contains(err.Error(), "Only one usage of each socket address"),
		strings.Contains(err.Error(), "already in use"):
		next = "another broker may be running; choose another port with -p PORT, 0 for any free one"
		if u.Scheme == "unix" {
			next = "another broker is running there; choose another path"
		}
	case errors.Is(err, os.ErrPermission):
		next = "ports below 1024 and other people's directories need more rights; choose another with --listen URL"
	}
	return hint(fmt.Errorf("listen %s: %w", u, &brief{cause(err), err}), next)
}

// announce says where the broker listens, on standard output and in the ready
// file. The function it returns, never nil, removes the file.
func (o *serveOptions) announce(env *Env, all []listener) (remove func(), err error) {
	remove = func() {}
	var urls, text strings.Builder
	for _, ln := range all {
		fmt.Fprintln(&urls, ln.url)
		fmt.Fprintf(&text, "listening on %s\n", ln.url)
	}
	at := reach(all[0].url)
	fmt.Fprintf(&text, "subscribe: mqt sub%s -t 'hello/#' -v\npublish:   mqt pub%s -t hello/world -m hi\n", at, at)
	if o.ReadyFile != "" {
		if remove, err = writeReady(o.ReadyFile, urls.String()); err != nil {
			return remove, fmt.Errorf("--ready-file: %w", err)
		}
	}
	_, err = env.Stdout.Write([]byte(text.String()))
	return remove, err
}

// reach returns the flags that connect to the listener, with a space in front.
func reach(u *url.URL) string {
	host, port := u.Hostname(), u.Port()
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	switch {
	case u.Scheme == "unix":
		return " --unix " + quoteWord(u.Path)
	case u.Scheme == "mqtt" && port == "1883" && (host == "127.0.0.1" || host == "localhost"):
		return ""
	case u.Scheme == "mqtt" && (host == "127.0.0.1" || host == "localhost"):
		return " -p " + port
	}
	at := *u
	at.Host = net.JoinHostPort(host, port)
	return " -L " + quoteWord(at.String())
}

// quoteWord quotes s for a POSIX shell where that is needed.
func quoteWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/.:_-[]", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// limitSeconds is a duration flag in which -1 is no limit.
type limitSeconds time.Duration

// String returns the duration with its unit.
func (l *limitSeconds) String() string {
	if *l < 0 {
		return "-1"
	}
	return (*seconds)(l).String()
}

// Type names the value in help texts.
func (l *limitSeconds) Type() string { return "seconds" }

// Set parses a value.
func (l *limitSeconds) Set(s string) error {
	if s == "-1" {
		*l = -1
		return nil
	}
	return (*seconds)(l).Set(s)
}

// limitNumber is a number flag in which -1 is no limit.
type limitNumber int

// String returns the digits, empty for the default.
func (l *limitNumber) String() string {
	if *l == 0 {
		return ""
	}
	return strconv.Itoa(int(*l))
}

// Type names the value in help texts.
func (l *limitNumber) Type() string { return "n" }

// Set parses a value.
func (l *limitNumber) Set(s string) error {
	n, err := strconv.ParseInt(s, 10, 0)
	if err != nil || n < -1 {
		return errors.New("is not a number from 0, or -1")
	}
	*l = limitNumber(n)
	return nil
}
