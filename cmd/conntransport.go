package cmd

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/pflag"
)

// socketByPort takes -h for the path of a Unix socket when -p is 0, as in
// mosquitto's clients.
func (o *connOptions) socketByPort(f *pflag.FlagSet) error {
	if !f.Changed("port") || o.Port != 0 {
		return nil
	}
	const next = "hint: give -h PATH, or --unix PATH without -p"
	switch {
	case o.URL != "":
		return usagef("-p 0: the broker is named by a URL, not by the path of a Unix socket\n" + next)
	case !f.Changed("host") || o.Host == "":
		return usagef("-p 0: the path of the Unix socket is missing\n" + next)
	case o.WS:
		return usagef("-p 0 and %s cannot be used together", flagName(f.Lookup("ws")))
	}
	o.Unix = o.Host
	return nil
}

// checkTransport refuses flags that nothing would come of.
func (o *connOptions) checkTransport(f *pflag.FlagSet) error {
	if err := o.checkConnectTimeout(f); err != nil {
		return err
	}
	if err := o.checkHost(f); err != nil {
		return err
	}
	if err := o.checkSRV(f); err != nil {
		return err
	}
	scheme := strings.ToLower(o.URL)
	for _, name := range []string{"ws-path", "ws-header"} {
		if typed(f, name) && !o.WS && !strings.HasPrefix(scheme, "ws") {
			return usagef("--%s is given, but no WebSocket\nhint: add --ws, or write -L ws://…", name)
		}
	}
	if o.TLS.wanted() || o.TLS.Off || o.Port == 8883 || strings.HasPrefix(scheme, "mqtts:") || strings.HasPrefix(scheme, "wss:") {
		return nil
	}
	for _, name := range []string{"insecure", "tls-version", "ciphers", "tls-alpn", "tls-keylog"} {
		if typed(f, name) {
			return usagef("--%s is given, but the connection is without TLS\nhint: add --tls-use-os-certs, or write -L mqtts://…", name)
		}
	}
	return nil
}

func (o *connOptions) checkConnectTimeout(f *pflag.FlagSet) error {
	if f.Changed("connect-timeout") && o.ConnectTimeout == 0 {
		return usagef("--connect-timeout 0: the time is more than 0")
	}
	return nil
}

// checkHost refuses what is more than a host, or less.
func (o *connOptions) checkHost(f *pflag.FlagSet) error {
	host := strings.TrimSuffix(strings.TrimPrefix(o.Host, "["), "]")
	if _, err := netip.ParseAddr(host); err == nil || o.URL != "" || o.Unix != "" {
		return nil
	}
	what, next := fmt.Sprintf("%s %q", flagName(f.Lookup("host")), o.Host), ""
	name, port, portErr := net.SplitHostPort(o.Host)
	switch {
	case host == "":
		return usagef("%s is no host\nhint: leave it out for this machine", what)
	case strings.Contains(host, "://"):
		next = "give a URL with -L"
	case portErr == nil:
		next = fmt.Sprintf("write -h %s -p %s", name, port)
	case strings.ContainsAny(host, "/\\"):
		next = "the path of a Unix socket goes with --unix, or with -p 0"
	case !strings.ContainsFunc(host, notInHost):
		return nil
	}
	return hint(usagef("%s is not a host name or address", what), next)
}

// notInHost reports whether no host name has the character. Other letters than
// those of ASCII are for the resolver to judge.
func notInHost(r rune) bool {
	return r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._", r)
}

// checkSRV refuses -S where there is no domain to look up.
func (o *connOptions) checkSRV(f *pflag.FlagSet) error {
	if !o.SRV {
		return nil
	}
	srv := flagName(f.Lookup("srv"))
	host := o.Host
	if u, err := url.Parse(o.URL); o.URL != "" && err == nil {
		if u.Scheme != "" && u.Scheme != "mqtt" && u.Scheme != "mqtts" {
			return usagef("%s is for mqtt:// and mqtts://, not for %s://", srv, u.Scheme)
		}
		if u.Port() != "" {
			return usagef("%s takes the port from DNS\nhint: leave it out of -L", srv)
		}
		host = u.Hostname()
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return usagef("%s looks up a domain, and %s is an address", srv, host)
	}
	if strings.HasPrefix(strings.ToLower(o.Proxy), "socks5h:") {
		return usagef("%s and --proxy socks5h:// cannot be used together: that proxy looks up addresses only\nhint: "+
			"write --proxy socks5://… to look up everything here", srv)
	}
	return nil
}
