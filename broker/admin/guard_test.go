package admin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, target string
		ready        func() bool
		want         int
		body         string // its beginning
	}{
		{"alive", "/healthz", nil, 200, "ok\n"},
		{"alive while starting", "/healthz", func() bool { return false }, 200, "ok\n"},
		{"ready", "/readyz", func() bool { return true }, 200, "ready\n"},
		{"always ready", "/readyz", nil, 200, "ready\n"},
		{"starting", "/readyz", func() bool { return false }, 503, `{"title":"Service Unavailable","status":503,`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, Options{Ready: tc.ready, Auth: only("nobody", "")})
			got := f.do(t, request{method: "GET", target: tc.target})
			if got.status != tc.want || !strings.HasPrefix(got.body, tc.body) {
				t.Errorf("GET %s = %d %q, want %d %q", tc.target, got.status, got.body, tc.want, tc.body)
			}
		})
	}
}

// only lets one user in.
func only(user, password string) func(context.Context, Login) error {
	return func(_ context.Context, l Login) error {
		if !l.Given || l.User != user || l.Password != password {
			return errors.New("wrong user name or password")
		}
		return nil
	}
}

// TestRights: who may look may not change, and is told so.
func TestRights(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{Auth: func(_ context.Context, l Login) error {
		if l.Change {
			return ErrForbidden
		}
		return nil
	}})
	reader := [2]string{"Authorization", "Basic YW5uOnA="}
	tests := []struct {
		name string
		rq   request
		want int
	}{
		{"look", request{method: "GET", target: "/api/v1/clients", header: [][2]string{reader}}, 200},
		{"head", request{method: "HEAD", target: "/api/v1/clients", header: [][2]string{reader}}, 200},
		{"publish", request{method: "POST", target: "/api/v1/publish", header: [][2]string{jsonType[0], reader}, body: `{"topic":"a"}`}, 403},
		{"kick", request{method: "DELETE", target: "/api/v1/clients/x", header: [][2]string{reader}}, 403},
		{"look anonymously", request{method: "GET", target: "/api/v1/clients"}, 200},
		{"publish anonymously", request{method: "POST", target: "/api/v1/publish", header: jsonType, body: `{"topic":"a"}`}, 401},
		{"anonymous under another name", request{method: "GET", target: "/api/v1/clients", header: [][2]string{{"Host", "evil.example"}}}, 403},
	}
	for _, tc := range tests {
		if got := f.do(t, tc.rq); got.status != tc.want {
			t.Errorf("%s: %s %s = %d %s, want %d", tc.name, tc.rq.method, tc.rq.target, got.status, got.body, tc.want)
		}
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{Auth: only("ann", "p:w")})
	tests := []struct {
		name, target, user, password string
		want                         int
	}{
		{"right", "/api/v1/version", "ann", "p:w", 200},
		{"wrong password", "/api/v1/version", "ann", "p", 401},
		{"wrong user", "/api/v1/version", "bob", "p:w", 401},
		{"empty", "/api/v1/version", "", "", 401},
		{"metrics", "/metrics", "bob", "", 401},
		{"nothing there", "/x", "bob", "", 401},
		{"nothing there, logged in", "/x", "ann", "p:w", 404},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", tc.target, nil)
			r.SetBasicAuth(tc.user, tc.password)
			got := f.do(t, request{method: "GET", target: tc.target, header: [][2]string{{"Authorization", r.Header.Get("Authorization")}}})
			if got.status != tc.want {
				t.Errorf("GET %s as %q = %d, want %d", tc.target, tc.user, got.status, tc.want)
			}
			challenge := got.header.Get("WWW-Authenticate")
			if want := `Basic realm="mqt", charset="UTF-8"`; got.status == 401 && challenge != want {
				t.Errorf("WWW-Authenticate = %q, want %q", challenge, want)
			}
		})
	}
	for _, rt := range closed {
		if got := f.do(t, request{method: rt.method, target: strings.ReplaceAll(rt.path, "{id}", "x")}); got.status != 401 {
			t.Errorf("%s %s without login = %d, want 401", rt.method, rt.path, got.status)
		}
	}
}

// TestBrowser is about pages in a browser on the same machine.
func TestBrowser(t *testing.T) {
	t.Parallel()
	body := `{"topic":"a","payload":"x"}`
	tests := []struct {
		name   string
		rq     request
		locked bool
		want   int
	}{
		{"program", request{method: "POST", target: "/api/v1/publish", header: jsonType, body: body}, false, 204},
		{"own origin", request{method: "POST", target: "/api/v1/publish", header: [][2]string{jsonType[0], {"Host", "localhost:8080"}, {"Origin", "http://localhost:8080"}}, body: body}, false, 204},
		{"other origin", request{method: "POST", target: "/api/v1/publish", header: [][2]string{jsonType[0], {"Origin", "https://evil.example"}}, body: body}, false, 403},
		{"cross-site fetch", request{method: "DELETE", target: "/api/v1/clients/x", header: [][2]string{{"Sec-Fetch-Site", "cross-site"}}}, false, 403},
		{"cross-site fetch with credentials", request{method: "DELETE", target: "/api/v1/clients/x", header: [][2]string{{"Authorization", "Basic Og=="}, {"Sec-Fetch-Site", "cross-site"}}}, true, 403},
		{"form", request{method: "POST", target: "/api/v1/publish", header: [][2]string{{"Content-Type", "text/plain"}}, body: body}, false, 415},
		{"no type", request{method: "POST", target: "/api/v1/publish", body: body}, false, 415},
		{"charset", request{method: "POST", target: "/api/v1/publish", header: [][2]string{{"Content-Type", "application/json; charset=utf-8"}}, body: body}, false, 204},
		{"rebinding", request{method: "GET", target: "/api/v1/clients", header: [][2]string{{"Host", "evil.example:8080"}}}, false, 403},
		{"rebinding, own origin", request{method: "POST", target: "/api/v1/publish", header: [][2]string{jsonType[0], {"Host", "evil.example"}, {"Origin", "http://evil.example"}}, body: body}, false, 403},
		{"a name behind a login", request{method: "GET", target: "/api/v1/clients", header: [][2]string{{"Authorization", "Basic Og=="}, {"Host", "broker.example"}}}, true, 200},
		{"health by name", request{method: "GET", target: "/healthz", header: [][2]string{{"Host", "broker"}}}, false, 200},
		{"preflight", request{method: "OPTIONS", target: "/api/v1/publish", header: [][2]string{{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "POST"}}}, false, 405},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var o Options
			if tc.locked {
				o.Auth = func(context.Context, Login) error { return nil }
			}
			got := serve(t, o).do(t, tc.rq)
			if got.status != tc.want {
				t.Errorf("%s %s = %d %s, want %d", tc.rq.method, tc.rq.target, got.status, got.body, tc.want)
			}
			for name := range got.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("answer has %s, want no CORS", name)
				}
			}
		})
	}
}

// TestNamesElsewhere: only the loopback interface is picky about names.
func TestNamesElsewhere(t *testing.T) {
	t.Parallel()
	h := New(Options{Server: serve(t, Options{}).srv})
	for ip, want := range map[string]int{"127.0.0.1": 403, "::1": 403, "192.0.2.1": 200} {
		local := &net.TCPAddr{IP: net.ParseIP(ip), Port: 80}
		r := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, local), "GET", "http://broker/metrics", nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("GET http://broker/metrics at %s = %d, want %d", ip, w.Code, want)
		}
	}
}

func TestLocalName(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"": true, "localhost": true, "LOCALHOST:80": true, "localhost.:80": true, "mqt.localhost": true, "127.0.0.1:80": true,
		"[::1]:80": true, "[::1]": true, "192.0.2.1": true,
		"evil.example": false, "localhost.evil.example": false, "evillocalhost": false, "127.0.0.1.evil.example:80": false, "[x]": false,
	} {
		if got := localName(host); got != want {
			t.Errorf("localName(%q) = %v, want %v", host, got, want)
		}
	}
}

func TestMethodsAndPaths(t *testing.T) {
	t.Parallel()
	f := serve(t, Options{})
	tests := []struct {
		method, target string
		want           int
		allow          string
	}{
		{"HEAD", "/api/v1/version", 200, ""},
		{"HEAD", "/healthz", 200, ""},
		{"POST", "/healthz", 405, "GET, HEAD"},
		{"POST", "/metrics", 405, "GET, HEAD"},
		{"PUT", "/api/v1/clients/x", 405, "GET, HEAD, DELETE"},
		{"GET", "/api/v1/publish", 405, "POST"},
		{"PATCH", "/api/v1/retained/message", 405, "GET, HEAD, DELETE"},
		{"BREW", "/api/v1/topics", 405, "GET, HEAD"},
		{"GET", "/", 404, ""},
		{"GET", "/api/v1/clients/", 404, ""},
		{"POST", "/api/v2/publish", 404, ""},
		{"GET", "/api/v1/openapi.json/x", 404, ""},
	}
	for _, tc := range tests {
		got := f.do(t, request{method: tc.method, target: tc.target})
		if got.status != tc.want || got.header.Get("Allow") != tc.allow {
			t.Errorf("%s %s = %d, Allow %q, want %d, %q", tc.method, tc.target, got.status, got.header.Get("Allow"), tc.want, tc.allow)
		}
		if tc.want >= 400 && tc.method != "HEAD" {
			p := decode[problem](t, got.body)
			if p.Status != tc.want || p.Title == "" || p.Detail == "" || p.Hint == "" || got.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s answers %s, want a complete problem", tc.method, tc.target, got.body)
			}
		}
		if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s has headers %v, want nosniff and no-store", tc.method, tc.target, got.header)
		}
	}
}
