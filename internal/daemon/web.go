package daemon

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"mqt/broker"
	"mqt/broker/admin"
	"mqt/internal/compat/conf"
)

// ControlTopic is what a user must be allowed to read to look at the HTTP
// interface, and to write to change something through it, where rules decide
// about topics.
const ControlTopic = "$CONTROL/mqt/v1"

// web returns what answers the HTTP requests of a listener.
func (d *daemon) web(l *conf.Listener, name string) (http.Handler, error) {
	o := admin.Options{Server: d.srv, Version: d.o.Version, Config: d.c.Plain(), Ready: d.ready.Load, Logger: d.log.Logger}
	if !d.gate.open {
		o.Auth = func(ctx context.Context, in admin.Login) error { return d.gate.login(ctx, name, in) }
	}
	api := admin.New(o)
	if l.HTTPDir == "" {
		return api, nil
	}
	root, err := os.OpenRoot(l.HTTPDir) // links do not lead out of it
	if err != nil {
		return nil, fmt.Errorf("directory for HTTP: %w", err)
	}
	d.cleanup = append(d.cleanup, root.Close)
	files := http.FileServerFS(root.FS())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if own(r.URL.Path) {
			api.ServeHTTP(w, r)
			return
		}
		files.ServeHTTP(w, r)
	}), nil
}

// own reports whether a path belongs to the HTTP interface.
func own(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/metrics" || strings.HasPrefix(path, "/api/")
}

// login asks the listener's door whether it would let such a client in, and the
// rules whether the interface is for this user.
func (g *gate) login(ctx context.Context, listener string, in admin.Login) error {
	c := &broker.ConnectInfo{ClientID: "http", Username: in.User, HasUsername: in.Given, HasPassword: in.Given,
		Remote: in.Remote, Listener: listener, TLS: in.TLS}
	if in.Given {
		c.Password = []byte(in.Password)
	}
	door, err := g.door(c)
	if err == nil {
		err = door.Connect(ctx, c)
	}
	if err != nil {
		return err
	}
	if in.Change {
		err = door.Publish(c, ControlTopic)
	} else {
		err = door.Read(c, ControlTopic)
	}
	if err != nil {
		return admin.ErrForbidden
	}
	return nil
}
