package cmd

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"mqt/internal/daemon"
)

// announcer says where a broker listens.
type announcer struct {
	env       *Env
	readyFile string
	remove    func() // the ready file
}

// announce writes to standard output and the ready file.
func (a *announcer) announce(said daemon.Announcement) (err error) {
	var urls, text strings.Builder
	for _, u := range said.URLs {
		fmt.Fprintln(&urls, u)
		fmt.Fprintf(&text, "listening on %s\n", u)
	}
	login := ""
	if said.User != "" {
		login = " -u " + said.User + " -P " + said.Password
		fmt.Fprintf(&text, "clients need:%s\n", login)
	}
	if said.CAFile != "" {
		fmt.Fprintf(&text, "over TLS clients need: --cafile %s\n", quoteWord(said.CAFile))
	}
	if at, ok := shortest(said); ok {
		at += login
		fmt.Fprintf(&text, "subscribe: mqt sub%s -t 'hello/#' -v\npublish:   mqt pub%s -t hello/world -m hi\n", at, at)
	}
	if a.readyFile != "" {
		if a.remove, err = writeReady(a.readyFile, urls.String()); err != nil {
			return fmt.Errorf("--ready-file: %w", err)
		}
	}
	_, err = a.env.Stdout.Write([]byte(text.String()))
	return err
}

// shortest returns the flags that connect to the first listener for MQTT, and
// whether there is one.
func shortest(said daemon.Announcement) (string, bool) {
	for _, u := range said.URLs {
		switch u.Scheme {
		case "http", "https":
			continue
		case "mqtts", "wss":
			if said.CAFile != "" {
				return reach(u) + " --cafile " + quoteWord(said.CAFile), true
			}
		}
		return reach(u), true
	}
	return "", false
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
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/.:_-[],@%+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
