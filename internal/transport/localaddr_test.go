package transport

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"mqt/internal/dnstest"
)

// A local address may be a name; one of its addresses reaches the broker.
func TestLocalName(t *testing.T) {
	t.Parallel()
	r := dnstest.Resolver(t, dnstest.Zone{Addr: map[string][]netip.Addr{
		"both.test.": {netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1")},
		"six.test.":  {netip.MustParseAddr("::1")},
	}})
	for name, ok := range map[string]bool{"both.test": true, "both.test:0": true, "six.test": false, "127.0.0.1": true} {
		ln, u := listen(t, "mqtt://127.0.0.1:0", ListenOptions{})
		echo(t, ln)
		nc, err := Dial(t.Context(), u, Options{LocalAddr: name, Resolver: r})
		if (err == nil) != ok {
			t.Errorf("Dial from %s = %v, want success: %t", name, err, ok)
		}
		if err == nil {
			_ = nc.Close()
		}
	}
	for _, name := range []string{"nowhere.test", "127.0.0.1:x"} {
		_, err := Dial(t.Context(), mustParse(t, "mqtt://127.0.0.1:1"), Options{LocalAddr: name, Resolver: r})
		var local *LocalAddrError
		var dns *net.DNSError
		if !errors.As(err, &local) || local.Addr != name || errors.As(err, &dns) != (name == "nowhere.test") {
			t.Errorf("Dial from %s = %v, want an error about that", name, err)
		}
	}
}
