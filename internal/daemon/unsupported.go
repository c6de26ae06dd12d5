package daemon

import (
	"fmt"
	"slices"

	"mqt/internal/compat/conf"
)

// Unsupported names the keys of a configuration that Run does nothing about,
// each with what happens instead.
func Unsupported(c conf.Config) []string {
	var out []string
	add := func(key, instead string) { out = append(out, fmt.Sprintf("%s is not supported: %s", key, instead)) }
	for _, b := range c.Bridges {
		add("bridges ("+b.Name+")", "nothing is copied to or from the other broker")
	}
	if slices.Contains(c.Log.Destinations, "topic") {
		add("log.destinations topic", "the log is not published")
	}
	for _, l := range c.Listeners {
		if l.TLS.CAPath != "" {
			add("listeners.tls.ca_path", "client certificates are checked with the authorities in one file (listeners.tls.ca)")
		}
		if l.ProxyProtocol > 0 && l.TLS.RequireCertificate && l.TLS.Cert == "" {
			add("listeners.tls.require_client_cert", "what the proxy says about the client's certificate is not read; let it refuse clients without one")
		}
	}
	return out
}
