package transport

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/dnstest"
)

// record returns an SRV record whose target has the port of addr.
func record(t *testing.T, priority uint16, target, addr string) net.SRV {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return net.SRV{Target: target, Port: uint16(n), Priority: priority}
}

// refuse returns an address at which nobody listens.
func refuse(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	return ln.Addr().String()
}

// here has the targets of the tests.
func here() map[string][]netip.Addr {
	local := []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	return map[string][]netip.Addr{"one.example.test.": local, "two.example.test.": local, "localhost.test.": local, "three.elsewhere.test.": local}
}

// The targets are tried by priority until one takes the connection; what is
// not needed is not asked.
func TestSRV(t *testing.T) {
	t.Parallel()
	ln, u := listen(t, "mqtt://127.0.0.1:0", ListenOptions{})
	echo(t, ln)
	r := dnstest.Resolver(t, dnstest.Zone{Addr: here(), SRV: map[string][]net.SRV{"_mqtt._tcp.example.test.": {
		record(t, 30, "unknown.example.test.", refuse(t)),
		record(t, 20, "two.example.test.", u.Host),
		record(t, 10, "one.example.test.", refuse(t)),
		record(t, 5, "unknown.example.test.", u.Host),
	}}})
	nc, err := Dial(t.Context(), &url.URL{Scheme: "mqtt", Host: "example.test"}, Options{SRV: true, Resolver: r})
	if err != nil {
		t.Fatalf("Dial = %v", err)
	}
	roundTrip(t, nc)
	_ = nc.Close()
}

func TestSRVErrors(t *testing.T) {
	t.Parallel()
	dead := refuse(t)
	last := record(t, 2, "two.example.test.", dead)
	r := dnstest.Resolver(t, dnstest.Zone{Addr: here(), SRV: map[string][]net.SRV{
		"_mqtt._tcp.none.test.":           {{Target: "."}},
		"_secure-mqtt._tcp.example.test.": {record(t, 1, "one.example.test.", dead), last},
	}})
	for _, tt := range []struct {
		url  string
		want SRVError
		is   func(error) bool
	}{
		{"mqtt://none.test", SRVError{Name: "_mqtt._tcp.none.test"}, func(err error) bool { return errors.Is(err, ErrNoService) }},
		{"mqtt://example.test", SRVError{Name: "_mqtt._tcp.example.test"}, func(err error) bool {
			var dns *net.DNSError
			return errors.As(err, &dns) && dns.IsNotFound
		}},
		{"mqtts://example.test", SRVError{Name: "_secure-mqtt._tcp.example.test", Target: "two.example.test:" + strconv.Itoa(int(last.Port))},
			func(err error) bool { var op *net.OpError; return errors.As(err, &op) && op.Op == "dial" }},
	} {
		_, err := Dial(t.Context(), mustParse(t, tt.url), Options{SRV: true, Resolver: r})
		var got *SRVError
		if !errors.As(err, &got) || got.Name != tt.want.Name || got.Target != tt.want.Target || !tt.is(got.Err) {
			t.Errorf("Dial(%s) = %v, want one about %+v", tt.url, err, tt.want)
		}
	}
}

// A certificate must be for a target within the domain, or for the domain:
// this one is for localhost.
func TestSRVCertificate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ domain, target, wrong string }{
		{"localhost", "three.elsewhere.test.", ""},
		{"TEST", "LocalHost.test.", "LocalHost.test"},
		{"test", "localhost.test.", "localhost.test"},
		{"ample.test", "one.example.test.", "ample.test"},
	} {
		server, client := certificate(t)
		ln, u := listen(t, "mqtts://127.0.0.1:0", ListenOptions{TLS: server})
		echo(t, ln)
		r := dnstest.Resolver(t, dnstest.Zone{Addr: here(), SRV: map[string][]net.SRV{
			"_secure-mqtt._tcp." + strings.ToLower(tt.domain) + ".": {record(t, 1, tt.target, u.Host)}}})
		nc, err := Dial(t.Context(), &url.URL{Scheme: "mqtts", Host: tt.domain}, Options{SRV: true, Resolver: r, TLS: client})
		var name x509.HostnameError
		if tt.wrong == "" && err != nil || tt.wrong != "" && (!errors.As(err, &name) || name.Host != tt.wrong) {
			t.Errorf("Dial to %s of %s = %v, want a certificate for %q", tt.target, tt.domain, err, tt.wrong)
		}
		if err == nil {
			_ = nc.Close()
		}
	}
}

// Who waits no longer hears which broker did not answer.
func TestSRVInterrupted(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if nc, err := ln.Accept(); err == nil { // and it says nothing of TLS
			defer nc.Close()
		}
		cancel()
	}()
	target := record(t, 1, "one.example.test.", ln.Addr().String())
	r := dnstest.Resolver(t, dnstest.Zone{Addr: here(), SRV: map[string][]net.SRV{"_secure-mqtt._tcp.example.test.": {target}}})
	_, err = Dial(ctx, mustParse(t, "mqtts://example.test"), Options{SRV: true, Resolver: r})
	var got *SRVError
	if !errors.As(err, &got) || !strings.HasPrefix(got.Target, "one.example.test:") {
		t.Errorf("Dial = %v, want one about the target", err)
	}
}

// A target that does not answer leaves time for the others.
func TestShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancel()
		for attempts, want := range map[int]time.Duration{3: 3 * time.Second, 1: 9 * time.Second} {
			limit, cancel := share(ctx, attempts)
			deadline, ok := limit.Deadline()
			if got := time.Until(deadline); got != want || !ok {
				t.Errorf("share of %d = %v, %t, want %v", attempts, got, ok, want)
			}
			cancel()
		}
		limit, cancel := share(t.Context(), 3)
		if _, ok := limit.Deadline(); ok {
			t.Error("no limit has a share")
		}
		cancel()
	})
}
