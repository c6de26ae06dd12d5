package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

type scheme struct {
	name string
	port string // default port; empty when the scheme has no port
	tls  bool
	ws   bool
	any  bool // several protocols on one port
	http bool // HTTP and no MQTT
}

// listenOnly reports whether nobody can dial the scheme.
func (s scheme) listenOnly() bool { return s.any || s.http }

// schemes is the table everything about schemes follows from.
var schemes = [...]scheme{
	{name: "mqtt", port: "1883"},
	{name: "mqtts", port: "8883", tls: true},
	{name: "ws", port: "80", ws: true},
	{name: "wss", port: "443", tls: true, ws: true},
	{name: "unix"},
	{name: "any", port: "1883", any: true},
	{name: "http", port: "80", http: true},
	{name: "https", port: "443", tls: true, http: true},
}

// Schemes returns the URL schemes that can be dialled. Listeners know them too.
func Schemes() []string { return names(false) }

// ListenSchemes returns the URL schemes of listeners.
func ListenSchemes() []string { return names(true) }

func names(listen bool) []string {
	var out []string
	for _, s := range schemes {
		if listen || !s.listenOnly() {
			out = append(out, s.name)
		}
	}
	return out
}

func findScheme(name string) (scheme, bool) {
	for _, s := range schemes {
		if s.name == name {
			return s, true
		}
	}
	return scheme{}, false
}

// alias names the scheme that other programs' spellings stand for.
func alias(name string) string {
	switch name {
	case "tcp", "mqtt-tcp", "http", "any":
		return "mqtt"
	case "ssl", "tls", "mqtt+ssl", "mqtt+tls", "tcps", "https":
		return "mqtts"
	}
	return ""
}

// ParseURL parses the URL of a broker. The result's Host always carries a port
// (1883, 8883, 80 or 443 by default), User holds the percent-decoded name and
// password, and for unix Path is the socket's path. An error names the input,
// its password left out, and says what is wrong.
func ParseURL(s string) (*url.URL, error) { return parseURL(s, false) }

// ParseListen is ParseURL for the URL of a listener, which may have one of
// ListenSchemes.
func ParseListen(s string) (*url.URL, error) { return parseURL(s, true) }

func parseURL(s string, listen bool) (*url.URL, error) {
	if !strings.Contains(s, ":") {
		return nil, fmt.Errorf("URL %q has no scheme%s", Redact(s), hint("mqtt://"+s))
	}
	u, err := url.Parse(s)
	if err != nil {
		if name, rest, ok := strings.Cut(s, ":"); ok && !strings.HasPrefix(rest, "//") && !strings.Contains(name, "/") {
			return nil, fmt.Errorf("URL %q has no scheme%s", Redact(s), hint("mqtt://"+s))
		}
		// What is wrong with a password is not told: it would show it.
		_, err = url.Parse(withoutPassword(s))
		if err == nil {
			return nil, fmt.Errorf("URL %q: the password holds a character that must be encoded"+
				"\nhint: write %% / ? # @ and space in it as %%25 %%2F %%3F %%23 %%40 %%20, or give it with --password-file", Redact(s))
		}
		return nil, fmt.Errorf("URL %q: %s", Redact(s), strings.TrimPrefix(cause(err).Error(), "net/url: "))
	}
	sc, ok := findScheme(u.Scheme)
	if !ok || sc.listenOnly() && !listen {
		return nil, unknownScheme(s, u, names(listen))
	}
	if sc.name == "unix" {
		return parseUnix(s, u)
	}
	return parseHost(s, u, sc)
}

func unknownScheme(s string, u *url.URL, known []string) error {
	next := ""
	if a := alias(u.Scheme); a != "" {
		next = "\nhint: write " + a + ":// instead"
	} else if u.Opaque != "" {
		next = hint("mqtt://" + s)
	}
	return fmt.Errorf("URL %q: unknown scheme %q, supported are %s%s",
		Redact(s), u.Scheme, strings.Join(known, ", "), next)
}

func parseUnix(s string, u *url.URL) (*url.URL, error) {
	if u.Host != "" && Redact(s) == s {
		return nil, fmt.Errorf("URL %q: a socket path begins with a slash%s", s, hint("unix:///"+u.Host+u.Path))
	}
	if u.Host != "" || u.Path == "" || u.Path == "/" {
		return nil, fmt.Errorf("URL %q: missing socket path\nhint: write unix:///path/to/socket", Redact(s))
	}
	return u, nil
}

func parseHost(s string, u *url.URL, sc scheme) (*url.URL, error) {
	host, port := u.Hostname(), u.Port() // not for errors: they may be parts of a password with a slash
	if host == "" {
		return nil, fmt.Errorf("URL %q: missing host\nhint: write %s://localhost", Redact(s), sc.name)
	}
	if _, err := netip.ParseAddr(host); strings.Contains(host, ":") && (err != nil || u.Host[0] != '[') {
		return nil, fmt.Errorf("URL %q: the host is not an IPv6 address in brackets", Redact(s))
	}
	if port == "" {
		port = sc.port
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, fmt.Errorf("URL %q: the port is not a number from 0 to 65535", Redact(s))
	} else {
		port = strconv.FormatUint(n, 10)
	}
	u.Host = net.JoinHostPort(host, port)
	return u, nil
}

// hint returns the line that proposes the URL s, nothing when s cannot stand
// in one line as it is.
func hint(s string) string {
	s = Redact(s)
	if strconv.Quote(s) != `"`+s+`"` {
		return ""
	}
	return "\nhint: write " + s
}

// withoutPassword returns s with another password, if it has one.
func withoutPassword(s string) string { return strings.Replace(Redact(s), ":…@", ":x@", 1) }

// cause returns err without the URL in it.
func cause(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return ue.Err
	}
	return err
}

// Redact removes the password from what may or may not be a URL, so that it can
// be shown.
func Redact(s string) string {
	start := 0
	if i := strings.Index(s, "//"); i == 0 || i > 0 && strings.IndexByte(s, ':') == i-1 {
		start = i + 2 // otherwise the slashes are the password's
	}
	at := strings.LastIndexByte(s, '@')
	if at < start {
		return s
	}
	user, _, ok := strings.Cut(s[start:at], ":")
	if !ok {
		return s
	}
	return s[:start] + user + ":…" + s[at:]
}
