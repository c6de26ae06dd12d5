package transport

import (
	"net/url"
	"slices"
	"testing"

	"mqt/internal/sockstest"
)

func TestProxy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, scheme, url, want string
		user                    *url.Userinfo
	}{
		{"remote names", "socks5h", "mqtt://broker.invalid:7", "3 broker.invalid:7 ", nil},
		{"with a login", "socks5h", "mqtt://broker.invalid:7", "3 broker.invalid:7 u:p", url.UserPassword("u", "p")},
		{"local names", "socks5", "mqtt://127.0.0.1:7", "1 127.0.0.1:7 ", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ln, u := listen(t, "mqtt://127.0.0.1:0", ListenOptions{})
			echo(t, ln)
			proxy := sockstest.Start(t, u.Host)
			nc, err := Dial(t.Context(), mustParse(t, tt.url), Options{
				Proxy: &url.URL{Scheme: tt.scheme, Host: proxy.Addr, User: tt.user}})
			if err != nil {
				t.Fatalf("Dial = %v", err)
			}
			if got := proxy.Asked(); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("the proxy was asked for %q, want %q", got, tt.want)
			}
			roundTrip(t, nc)
			_ = nc.Close()
		})
	}
	if _, err := Dial(t.Context(), mustParse(t, "mqtt://h"), Options{Proxy: &url.URL{Scheme: "http", Host: "h:1"}}); err == nil {
		t.Error("Dial through an HTTP proxy = nil error")
	}
}
