package cmd

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// With users and rules the HTTP side asks for the same users, and for rights at
// the control topic.
func TestServeWebRights(t *testing.T) {
	t.Parallel()
	acl := write(t, t.TempDir(), "acl", "user look\ntopic read $CONTROL/mqt/v1\nuser change\ntopic readwrite $CONTROL/mqt/v1\nuser other\ntopic readwrite #\n")
	s := startServe(t, "--listen", "http://127.0.0.1:0", "--listen", "any://127.0.0.1:0", "--password-file", users(t, "look", "change", "other"), "--acl-file", acl)
	const publish = `{"topic":"a","payload":"x","retain":true}`
	for _, tt := range []struct {
		method, path, user string
		want               int
	}{
		{"GET", "/healthz", "", 200}, {"GET", "/readyz", "", 200},
		{"GET", "/metrics", "", 401}, {"GET", "/api/v1/clients", "", 401}, {"GET", "/api/v1/config", "nobody", 401}, {"GET", "/nowhere", "", 401},
		{"GET", "/metrics", "look", 200}, {"GET", "/api/v1/config", "look", 200}, {"POST", "/api/v1/publish", "look", 403}, {"DELETE", "/api/v1/retained/message?topic=a", "look", 403},
		{"GET", "/metrics", "other", 403}, {"POST", "/api/v1/publish", "other", 403},
		{"POST", "/api/v1/publish", "change", 204}, {"DELETE", "/api/v1/retained/message?topic=a", "change", 204}, {"POST", "/api/v1/publish", "", 401},
	} {
		for i := range s.urls {
			r := request{method: tt.method, url: s.web(i) + tt.path, user: tt.user, header: map[string]string{"Content-Type": "application/json"}}
			if tt.method == "POST" {
				r.body = publish
			}
			if tt.path == "/api/v1/retained/message?topic=a" && tt.want < 300 { // so that there is one
				again := r
				again.method, again.url, again.body = "POST", s.web(i)+"/api/v1/publish", publish
				again.do(t)
			}
			if code, body := r.do(t); code != tt.want && (tt.want >= 300 || code >= 300) {
				t.Errorf("%s %s of %q = %d, %q, want %d", tt.method, tt.path, tt.user, code, body, tt.want)
			}
		}
	}
	if log := s.log.String(); strings.Contains(log, "-pw") {
		t.Errorf("a password is in the log:\n%s", log)
	}
}

// A broker that asks nobody for a password shows itself to this machine's
// programs, and not to web pages.
func TestServeWebPages(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--listen", "any://127.0.0.1:0")
	for _, tt := range []struct {
		name string
		r    request
		ok   bool
	}{
		{"a program", request{}, true},
		{"localhost", request{host: "localhost:1883"}, true},
		{"a rebound name", request{host: "evil.example.com"}, false},
		{"its own page", request{method: "POST", header: map[string]string{"Origin": s.web(0)}}, true},
		{"a foreign page", request{method: "POST", header: map[string]string{"Origin": "https://evil.example.com"}}, false},
		{"a foreign page that says so", request{method: "POST", header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, false},
	} {
		tt.r.url = s.web(0) + "/api/v1/clients"
		if tt.r.method == "POST" {
			tt.r.url, tt.r.body = s.web(0)+"/api/v1/publish", `{"topic":"a","payload":"x"}`
			tt.r.header["Content-Type"] = "application/json"
		}
		if code, body := tt.r.do(t); (code < 300) != tt.ok || !tt.ok && code != http.StatusForbidden {
			t.Errorf("%s: %d, %q, want success %v", tt.name, code, body, tt.ok)
		}
	}
}

// --http-dir serves files beside the interface, and nothing outside the directory.
func TestServeHTTPDir(t *testing.T) {
	t.Parallel()
	out, dir := t.TempDir(), t.TempDir()
	secret := write(t, out, "secret", "outside")
	write(t, dir, "page.html", "inside")
	write(t, dir, "healthz", "a file")
	if err := os.Mkdir(filepath.Join(dir, "api"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "api"), "version", "a file")
	for name, to := range map[string]string{"good": "page.html", "bad": secret, "up": "../" + filepath.Base(out) + "/secret", "tree": out} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	s := startServe(t, "--listen", "http://127.0.0.1:0", "--http-dir", dir, "--password-file", users(t, "ann"))
	for path, want := range map[string]string{"/page.html": "inside", "/good": "inside", "/healthz": "ok\n"} {
		if code, body := (request{url: s.web(0) + path}).do(t); code != http.StatusOK || body != want {
			t.Errorf("GET %s = %d, %q, want %q", path, code, body, want)
		}
	}
	for _, path := range []string{"/bad", "/up", "/tree/secret", "/../" + filepath.Base(out) + "/secret", "/%2e%2e/" + filepath.Base(out) + "/secret",
		"/..%2f" + filepath.Base(out) + "%2fsecret", "/nothing"} {
		if code, body := (request{url: s.web(0) + path}).do(t); code < 400 || strings.Contains(body, "outside") {
			t.Errorf("GET %s = %d, %q, want a refusal", path, code, body)
		}
	}
	if code, _ := (request{url: s.web(0) + "/api/v1/version"}).do(t); code != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/version = %d, want 401", code)
	}
	expect(t, exitFailed, "mqt: hint: ", "serve", "-p", "0", "--http-dir", filepath.Join(dir, "nothing"))
}
