package admin

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard lets requests through or refuses them.
type guard struct {
	a       *api
	origins *http.CrossOriginProtection
}

func newGuard(a *api) *guard { return &guard{a: a, origins: http.NewCrossOriginProtection()} }

// check returns nil when the request may be answered.
func (g *guard) check(w http.ResponseWriter, r *http.Request) error {
	if g == nil {
		return nil
	}
	anonymous, err := g.login(w, r)
	if err != nil {
		return err
	}
	if anonymous && overLoopback(r) && !localName(r.Host) {
		return &problem{Status: http.StatusForbidden,
			Detail: text("host " + r.Host + " is not this machine: a web page may be pretending that it is"),
			Hint:   "use localhost or an IP address in the URL, or make users log in"}
	}
	if err := g.origins.Check(r); err != nil {
		return &problem{Status: http.StatusForbidden, Detail: "a page of another origin may not change anything here",
			Hint: "use a program that is not a web page"}
	}
	return nil
}

// login reports whether the request is let through without naming a user, or
// why it is not let through.
func (g *guard) login(w http.ResponseWriter, r *http.Request) (anonymous bool, err error) {
	if g.a.Auth == nil {
		return true, nil
	}
	user, password, ok := r.BasicAuth()
	err = g.a.Auth(r.Context(), Login{User: user, Password: password, Given: ok, Change: changes(r.Method), Remote: r.RemoteAddr, TLS: r.TLS})
	if err == nil {
		return !ok, nil
	}
	if ok {
		g.a.log.Warn("http login refused", "user", user, "remote", r.RemoteAddr, "reason", err.Error())
	}
	if errors.Is(err, ErrForbidden) && ok {
		return false, &problem{Status: http.StatusForbidden, Detail: text("user " + user + " may not do this"),
			Hint: "the broker's rules must allow the user to use this interface"}
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="mqt", charset="UTF-8"`)
	return false, &problem{Status: http.StatusUnauthorized, Detail: "a user name and its password are needed",
		Hint: "send them with HTTP basic authentication: curl -u NAME"}
}

func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// overLoopback reports whether the request came in over the loopback interface.
func overLoopback(r *http.Request) bool {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// localName reports whether a Host header cannot be the name of a web site: it
// is an IP address, localhost, or missing.
func localName(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	_, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return err == nil
}
