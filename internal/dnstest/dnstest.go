// Package dnstest answers questions to the Domain Name System in tests, with
// records that the test makes up. Only tests import it.
package dnstest

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Zone holds the records there are. Names are in lower case and end with a dot.
type Zone struct {
	SRV  map[string][]net.SRV
	Addr map[string][]netip.Addr
}

// Resolver returns a resolver that asks a server on this machine, which knows
// the zone and denies every other name. The server ends with the test.
func Resolver(t testing.TB, z Zone) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		z.serve(pc)
	}()
	t.Cleanup(func() { _ = pc.Close(); <-done })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

// serve answers until pc is closed.
func (z Zone) serve(pc net.PacketConn) {
	b := make([]byte, 1500)
	for {
		n, from, err := pc.ReadFrom(b)
		if err != nil {
			return
		}
		if answer, err := z.answer(b[:n]); err == nil {
			_, _ = pc.WriteTo(answer, from) // who does not get it asks again
		}
	}
}

func (z Zone) answer(request []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(request); err != nil {
		return nil, err
	}
	m.Response, m.Additionals = true, nil
	for _, q := range m.Questions {
		for _, body := range z.find(q) {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: body})
		}
		if name := strings.ToLower(q.Name.String()); len(z.SRV[name])+len(z.Addr[name]) == 0 {
			m.RCode = dnsmessage.RCodeNameError
		}
	}
	return m.Pack()
}

func (z Zone) find(q dnsmessage.Question) []dnsmessage.ResourceBody {
	var all []dnsmessage.ResourceBody
	name := strings.ToLower(q.Name.String())
	switch q.Type {
	case dnsmessage.TypeSRV:
		for _, r := range z.SRV[name] {
			all = append(all, &dnsmessage.SRVResource{Priority: r.Priority, Weight: r.Weight, Port: r.Port,
				Target: dnsmessage.MustNewName(r.Target)})
		}
	case dnsmessage.TypeA:
		for _, a := range z.Addr[name] {
			if a.Is4() {
				all = append(all, &dnsmessage.AResource{A: a.As4()})
			}
		}
	case dnsmessage.TypeAAAA:
		for _, a := range z.Addr[name] {
			if a.Is6() {
				all = append(all, &dnsmessage.AAAAResource{AAAA: a.As16()})
			}
		}
	}
	return all
}
