package daemon

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"

	"mqt/internal/compat/conf"
	"mqt/internal/transport"
)

// certificates are the TLS files in use, each set once.
type certificates struct {
	log    *slog.Logger
	loaded map[conf.TLS]*transport.TLSFiles
	dev    *transport.ServerTLS // made for development; nil: not yet
}

// openDev makes the certificates for development, for the hosts of all
// listeners.
func (d *daemon) openDev() error {
	var hosts []string
	for _, l := range d.c.Listeners {
		if u, err := url.Parse(l.URL); err == nil && u.Hostname() != "" {
			hosts = append(hosts, u.Hostname())
		}
	}
	s, ca, err := transport.DevTLS(d.o.DevDir, hosts)
	if err != nil {
		return err
	}
	d.secrets.dev, d.said.CAFile = &s, ca
	return nil
}

// config returns the TLS configuration of a listener, nil when it has no
// certificate.
func (c *certificates) config(t conf.TLS) (*tls.Config, error) {
	if t.Cert == "" && c.dev == nil {
		return nil, nil
	}
	files, err := c.files(t)
	if err != nil {
		return nil, err
	}
	return files.Config(), nil
}

func (c *certificates) files(t conf.TLS) (*transport.TLSFiles, error) {
	t.UseIdentityAsUsername, t.UseSubjectAsUsername = false, false // concern others
	if f := c.loaded[t]; f != nil {
		return f, nil
	}
	s := transport.ServerTLS{CertFile: t.Cert, KeyFile: t.Key, CAFile: t.CAFile}
	if t.Cert == "" {
		s = *c.dev
		if t.CAFile != "" {
			s.CAFile = t.CAFile
		}
	}
	s.CRLFile, s.RequireClientCert, s.Logger = t.CRLFile, t.RequireCertificate, c.log
	if t.MinVersion == "1.3" {
		s.MinVersion = tls.VersionTLS13
	}
	if t.Ciphers != "" {
		ids, err := transport.CipherSuites(t.Ciphers)
		if err != nil {
			return nil, err
		}
		s.CipherSuites = ids
	}
	f, err := transport.LoadTLS(s)
	if err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	c.loaded[t] = f
	return f, nil
}

// reload reads all files again; the old ones stay where that fails.
func (c *certificates) reload() error {
	var errs []error
	for _, f := range c.loaded {
		errs = append(errs, f.Reload())
	}
	return errors.Join(errs...)
}
