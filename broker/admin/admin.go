package admin

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"mqt/broker"
)

// Options says what a handler serves.
type Options struct {
	// Server is the broker to look into; required.
	Server *broker.Server
	// Version is the program's version, for the API and the metrics.
	Version string
	// Config is shown as JSON at /api/v1/config, encoded anew for each request.
	// Secrets in it must have been redacted. Nil is shown as {}.
	Config any
	// Auth decides whether a request may be answered: nil lets it through,
	// ErrForbidden says that this user may not, and any other error asks for
	// another login. Whoever it lets in may see every message and, with
	// Login.Change, publish to every topic and disconnect every client: no
	// Authorizer is asked. It is called for every request, from many
	// goroutines. Nil lets everybody in.
	Auth func(context.Context, Login) error
	// Ready reports whether clients may connect: false while the broker starts
	// and while it shuts down. It is called from many goroutines. Nil means
	// always.
	Ready func() bool
	// Logger receives a record for each change at level Info and each refused
	// login at Warn, never a payload or a password. Nil discards them.
	Logger *slog.Logger
}

// Login is who sends a request, as far as it says.
type Login struct {
	// User and Password are empty when Given is false.
	User, Password string
	// Given says that the request has a user name and a password.
	Given bool
	// Change says that the request would change something.
	Change bool
	// Remote is the client's address.
	Remote string
	// TLS is the state of the connection, nil without TLS.
	TLS *tls.ConnectionState
}

// ErrForbidden is what Options.Auth returns for a user who is known and lacks
// the right.
var ErrForbidden = errors.New("this user has no right to the interface")

// api answers the requests of one handler. It is read-only.
type api struct {
	Options
	log *slog.Logger
}

// handler answers one request. An error is shown to the client, see fail.
type handler func(a *api, w http.ResponseWriter, r *http.Request) error

type route struct {
	method, path string
	handle       handler
}

// open are the routes that need no login.
var open = []route{
	{"GET", "/healthz", (*api).health},
	{"GET", "/readyz", (*api).ready},
}

// closed are the routes behind the guard.
var closed = []route{
	{"GET", "/metrics", (*api).showMetrics},
	{"GET", "/api/v1/clients", (*api).listClients},
	{"GET", "/api/v1/clients/{id}", (*api).showClient},
	{"DELETE", "/api/v1/clients/{id}", (*api).kickClient},
	{"GET", "/api/v1/subscriptions", (*api).listSubscriptions},
	{"GET", "/api/v1/retained", (*api).listRetained},
	{"GET", "/api/v1/retained/message", (*api).showRetained},
	{"DELETE", "/api/v1/retained/message", (*api).deleteRetained},
	{"POST", "/api/v1/publish", (*api).publish},
	{"GET", "/api/v1/topics", (*api).showTopics},
	{"GET", "/api/v1/config", (*api).showConfig},
	{"GET", "/api/v1/version", (*api).showVersion},
	{"GET", "/api/v1/openapi.json", (*api).showDescription},
}

// New returns a handler for every path that the package serves; all others are
// answered with 404. It starts nothing. The http.Server it is used in should
// have timeouts.
func New(o Options) http.Handler {
	a := &api{Options: o, log: o.Logger}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	a.mount(mux, open, nil)
	a.mount(mux, closed, newGuard(a))
	mux.Handle("/", a.serve(newGuard(a), notFound))
	return mux
}

// mount adds routes behind a guard, and an answer to the methods they lack.
func (a *api) mount(mux *http.ServeMux, routes []route, g *guard) {
	allow := make(map[string][]string)
	for _, rt := range routes {
		mux.Handle(rt.method+" "+rt.path, a.serve(g, rt.handle))
		allow[rt.path] = append(allow[rt.path], rt.method)
		if rt.method == http.MethodGet {
			allow[rt.path] = append(allow[rt.path], http.MethodHead)
		}
	}
	for path, methods := range allow {
		mux.Handle(path, a.serve(g, otherMethod(strings.Join(methods, ", "))))
	}
}

// serve makes h an http.Handler. A nil guard lets everything through.
func (a *api) serve(g *guard, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		w.Header().Set("Cache-Control", "no-store")
		err := g.check(w, r)
		if err == nil {
			err = h(a, w, r)
		}
		if err != nil {
			a.fail(w, r, err)
		}
	})
}

func otherMethod(allow string) handler {
	return func(_ *api, w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", allow)
		return &problem{Status: http.StatusMethodNotAllowed, Hint: "use " + allow,
			Detail: text("method " + r.Method + " is not for " + r.URL.Path)}
	}
}

func notFound(_ *api, _ http.ResponseWriter, r *http.Request) error {
	return &problem{Status: http.StatusNotFound, Detail: text("there is nothing at " + r.URL.Path),
		Hint: "see /api/v1/openapi.json for what there is"}
}
