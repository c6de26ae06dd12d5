package load

import (
	"crypto/tls"
	"errors"
	"net/url"
	"testing"
)

// Clients take brokers, local addresses and certificates in turn, and share
// the rest.
func TestTransport(t *testing.T) {
	t.Parallel()
	p := plan("127.0.0.1:1", topics(4), nil)
	p.Servers = append(p.Servers, &url.URL{Scheme: "mqtts", Host: "127.0.0.1:2"})
	p.Sources = []string{"127.0.0.2", "127.0.0.3", "127.0.0.4"}
	p.Proxy, p.TLS = &url.URL{Scheme: "socks5h", Host: "h"}, &tls.Config{ServerName: "name"}
	refused := errors.New("no certificate")
	p.Certificate = func(n int) (*tls.Certificate, error) {
		if n == 3 {
			return nil, refused
		}
		return &tls.Certificate{OCSPStaple: []byte{byte(n)}}, nil
	}
	for i, want := range []struct{ server, source string }{
		{"127.0.0.1:1", "127.0.0.2"}, {"127.0.0.1:2", "127.0.0.3"}, {"127.0.0.1:1", "127.0.0.4"},
	} {
		o, err := p.Transport(i)
		if err != nil || p.Server(i).Host != want.server || o.LocalAddr != want.source || o.Proxy != p.Proxy || !o.NoDelay {
			t.Errorf("client %d connects to %v with %+v, %v, want %+v", i, p.Server(i), o, err, want)
		}
		if c := o.TLS; c.ServerName != "name" || len(c.Certificates) != 1 || c.Certificates[0].OCSPStaple[0] != byte(i) {
			t.Errorf("client %d has the certificates %v, want its own", i, c.Certificates)
		}
	}
	if _, err := p.Transport(3); !errors.Is(err, refused) {
		t.Errorf("a client without a certificate: %v", err)
	}
	if len(p.TLS.Certificates) != 0 {
		t.Error("the common configuration has a client's certificate")
	}
}
