package compat

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// setURL is -L: scheme://[user[:password]@]host[:port]/topic. User, password
// and topic are percent-decoded where that is possible; ? and # are part of
// the topic.
func (p *parser) setURL(s string) error {
	scheme, rest, _ := strings.Cut(s, "://")
	o := p.o
	switch strings.ToLower(scheme) {
	case "mqtt":
		o.Port = plainPort
	case "mqtts":
		o.Port, o.OSCerts = securePort, true
	case "ws":
		o.Port, o.WS = 80, true
	case "wss":
		o.Port, o.WS, o.OSCerts = 443, true, true
	default:
		return mistakeGap("Unsupported URL scheme.")
	}
	o.HasPort = true
	authority, topic, ok := strings.Cut(rest, "/")
	if !ok {
		return mistake("Invalid URL for -L argument specified - topic missing.")
	}
	if err := p.addTopic(decoded(topic), "-L topic"); err != nil {
		return err
	}
	if user, host, ok := strings.Cut(authority, "@"); ok {
		authority = host
		name, password, ok := strings.Cut(user, ":")
		o.Username, o.HasUsername = decoded(name), true
		if ok {
			o.Password, o.HasPassword = decoded(password), true
		}
	}
	o.Host = authority
	if strings.HasPrefix(authority, "[") {
		if host, port, err := net.SplitHostPort(authority); err == nil {
			o.Host, o.Port = host, atoi(port)
		} else {
			o.Host = strings.Trim(authority, "[]")
		}
		return nil
	}
	if host, port, ok := strings.Cut(authority, ":"); ok {
		o.Host, o.Port = host, atoi(port)
	}
	return nil
}

func decoded(s string) string {
	if d, err := url.PathUnescape(s); err == nil {
		return d
	}
	return s
}

const socksPort = 1080

// setProxy is --proxy: socks5h://[user[:password]@]host[:port].
func (p *parser) setProxy(s string) error {
	rest, ok := strings.CutPrefix(s, "socks5h://")
	if !ok {
		return mistake("Unsupported proxy protocol: %s", s)
	}
	var user *url.Userinfo
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		name, password, ok := strings.Cut(rest[:i], ":")
		user = url.User(decoded(name))
		if ok {
			user = url.UserPassword(decoded(name), decoded(password))
		}
		rest = rest[i+1:]
	}
	host, port := rest, socksPort
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.HasSuffix(rest, "]") {
		host, port = rest[:i], atoi(rest[i+1:])
	}
	host = strings.Trim(host, "[]")
	switch {
	case host == "":
		return mistake("Invalid proxy.")
	case port < 1 || port > 65535:
		return mistake("Invalid proxy port %d", port)
	}
	u := url.URL{Scheme: "socks5h", User: user, Host: net.JoinHostPort(host, strconv.Itoa(port))}
	p.o.Proxy = u.String()
	return nil
}
