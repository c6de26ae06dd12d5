package cmd

import (
	"fmt"
	"net/url"

	"mqt/bench"
)

// machine is what of this machine limits the number of connections.
type machine struct {
	// descriptors is how many files this process may have open, 0 is unknown.
	descriptors uint64
	// ports is how many local ports an address has for connections, 0 is
	// unknown.
	ports int
}

// spareDescriptors are for what is no client: standard streams, files, the
// event loops, the canary.
const spareDescriptors = 64

// check says before a load what would make its connections fail, and what to
// do about it.
func (m machine) check(c bench.Config) error {
	clients := c.Clients.Publishers + c.Clients.Subscribers + c.Clients.Idle
	if s := c.Segment; s != nil {
		clients = (clients + s.Of - 1) / s.Of
	}
	if need := uint64(clients + spareDescriptors); m.descriptors > 0 && m.descriptors < need {
		return hint(fmt.Errorf("bench: %d clients need %d open files, and this process may have %d", clients, need, m.descriptors),
			fmt.Sprintf(`allow more: "ulimit -Hn %d" as root, then start mqt from there; for good, "nofile" in /etc/security/limits.conf`, need))
	}
	targets := map[string]bool{}
	for _, text := range c.Target.URLs {
		u, err := url.Parse(text)
		if err != nil || u.Scheme == "unix" {
			return nil // no ports are in use
		}
		targets[u.Host] = true
	}
	if p := c.Target.Proxy; p != nil {
		targets = map[string]bool{p.Host: true}
	}
	sources := max(1, len(c.Target.Sources))
	if room := m.ports * sources * len(targets); m.ports > 0 && room < clients {
		more := (clients + m.ports*len(targets) - 1) / (m.ports * len(targets))
		return hint(fmt.Errorf("bench: %d clients need as many local ports, and there are %d", clients, room),
			fmt.Sprintf("give %d source addresses, as in --ifaddr 127.0.0.1,127.0.0.2, or widen the range: "+
				`"sysctl -w net.ipv4.ip_local_port_range='1024 65535'"`, max(2, more)))
	}
	return nil
}
