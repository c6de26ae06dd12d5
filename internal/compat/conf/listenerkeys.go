package conf

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// newListener reads listener PORT [ADDRESS | PATH].
func (r *reader) newListener(value string) error {
	n, err := r.parseNumber(&key{name: "listener", max: 65535}, value)
	if err != nil {
		return err
	}
	_, rest := word(value)
	at, _ := word(rest)
	if strings.HasPrefix(at, "#") {
		at = ""
	}
	e := &endpoint{at: r.at, port: int(n)}
	switch {
	case n > 0:
		e.host = at
	case at == "":
		return r.at.errorf("listener 0 needs the path of a Unix socket", "write listener 0 /path/to/socket")
	case strings.HasPrefix(at, "/"):
		e.path = at
	default: // a URL has no relative path
		if e.path, err = filepath.Abs(at); err != nil {
			return r.at.errorf("listener: "+err.Error(), "")
		}
	}
	if !isHost(e.host) {
		return r.at.errorf(fmt.Sprintf("listener: %q is neither an address nor a host name", at), "")
	}
	r.listening, r.listener = true, e
	r.endpoints = append(r.endpoints, e)
	return nil
}

func (r *reader) port(value string) error {
	n, err := r.parseNumber(&key{name: "port", min: 1, max: 65535}, value)
	if err != nil {
		return err
	}
	r.listening, r.listener = true, r.ensureDefault()
	r.listener.port = int(n)
	return nil
}

func (r *reader) bindAddress(value string) error {
	host, err := r.parseText("bind_address", value)
	if err != nil {
		return err
	}
	e := r.ensureDefault()
	if e.host != "" {
		return r.at.errorf("bind_address was given before", "remove one of the lines")
	}
	if !isHost(host) {
		return r.at.errorf(fmt.Sprintf("bind_address: %q is neither an address nor a host name", host), "")
	}
	r.listening, r.listener, e.host = true, e, host
	return nil
}

// isHost reports whether s may be a host name, an IP address, or nothing.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	for _, c := range s {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c > 127 && unicode.IsLetter(c)
		if !letter && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}

// choose reads one word of a list; values are what they stand for.
func (r *reader) choose(name, value string, words map[string]string) (string, error) {
	w, _, err := r.parseWord(name, value)
	if err != nil {
		return "", err
	}
	v, ok := words[w]
	if !ok {
		return "", r.at.errorf(fmt.Sprintf("%s: %q is not a value of it", name, w), "use "+choices(words))
	}
	return v, nil
}

func (r *reader) protocol(value string) (err error) {
	r.listener.protocol, err = r.choose("protocol", value, map[string]string{"mqtt": "mqtt", "websockets": "websockets", "http_api": "http_api"})
	return err
}

func (r *reader) socketDomain(value string) (err error) {
	r.listener.Family, err = r.choose("socket_domain", value, map[string]string{"ipv4": "ipv4", "ipv6": "ipv6"})
	return err
}

// protocolVersions reads a list with commas, spaces and tabs between.
func (r *reader) protocolVersions(value string) error {
	list := strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' })
	if len(list) == 0 {
		return r.at.errorf("accept_protocol_versions has no value", "")
	}
	r.listener.Versions = nil
	for _, w := range list {
		if w != "3" && w != "4" && w != "5" {
			return r.at.errorf(fmt.Sprintf("accept_protocol_versions: %q is not a version", w), "use 3 for MQTT 3.1, 4 for 3.1.1, 5 for 5.0")
		}
		n, _ := strconv.Atoi(w)
		r.listener.Versions = append(r.listener.Versions, n)
	}
	return nil
}

func (r *reader) tlsVersion(value string) error {
	return r.minVersion("tls_version", value, &r.listener.TLS.MinVersion)
}

func (r *reader) minVersion(name, value string, to *string) error {
	if *to != "" {
		return r.at.errorf(name+" was given before", "remove one of the lines")
	}
	v, err := r.choose(name, value, map[string]string{"tlsv1.1": "1.1", "tlsv1.2": "1.2", "tlsv1.3": "1.3"})
	if v == "1.1" {
		r.warn(name+" tlsv1.1", "the oldest version is TLS 1.2")
		v = "1.2"
	}
	*to = v
	return err
}
