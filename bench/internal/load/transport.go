package load

import (
	"crypto/tls"
	"net/url"

	"mqt/internal/transport"
)

// Server returns where the client at that place of Clients connects.
func (p *Plan) Server(i int) *url.URL { return p.Servers[i%len(p.Servers)] }

// Transport returns how it does. The error is that of Certificate.
func (p *Plan) Transport(i int) (transport.Options, error) {
	o := transport.Options{TLS: p.TLS, WSHeader: p.WSHeader, Proxy: p.Proxy, NoDelay: !p.Nagle}
	if len(p.Sources) > 0 {
		o.LocalAddr = p.Sources[i%len(p.Sources)]
	}
	if p.Certificate == nil {
		return o, nil
	}
	cert, err := p.Certificate(p.Clients[i].Number)
	if err != nil {
		return o, err
	}
	if cert != nil {
		o.TLS = withCertificate(o.TLS, cert)
	}
	return o, nil
}

func withCertificate(c *tls.Config, cert *tls.Certificate) *tls.Config {
	if c == nil {
		c = &tls.Config{}
	}
	c = c.Clone()
	c.Certificates, c.GetClientCertificate = []tls.Certificate{*cert}, nil
	return c
}
