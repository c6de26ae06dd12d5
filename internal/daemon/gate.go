package daemon

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"

	"mqt/broker"
	"mqt/broker/auth"
	"mqt/internal/compat/conf"
	"mqt/internal/transport"
)

// door decides about the clients of some listeners.
type door interface {
	broker.Authorizer
	broker.ReadAuthorizer
	broker.Reloader
	broker.Exchanger
}

// rules is what a door is made of; equal rules share one.
type rules struct {
	passwords, acl, tokenKey, hook string
	issuer, audience               string // of tokens
	timeout                        conf.Seconds
	anonymous                      bool
	certificate                    string // "cn" or "dn": certificates name the user
	lan                            bool
}

// gate is the doors of all listeners. It is the broker's Authorizer when they
// differ, and passes each question on to the listener's own.
type gate struct {
	byListener map[string]door // by the listener's name
	doors      []door          // each once
	files      []*auth.Authorizer
	open       bool // everybody may do everything, everywhere
}

// authOf returns who may connect through a listener.
func authOf(c *conf.Config, l *conf.Listener) *conf.Auth {
	if l.Auth != nil {
		return l.Auth
	}
	return &c.Auth
}

// rulesOf returns what decides about a listener's clients.
func rulesOf(c *conf.Config, l *conf.Listener) rules {
	a := authOf(c, l)
	r := rules{passwords: a.PasswordFile, acl: a.ACLFile, tokenKey: a.JWTKey, hook: a.AuthURL,
		issuer: a.JWTIssuer, audience: a.JWTAudience, timeout: a.AuthTimeout,
		anonymous: a.AllowAnonymous != nil && *a.AllowAnonymous, lan: c.LAN}
	switch {
	case l.TLS.UseIdentityAsUsername:
		r.certificate = "cn"
	case l.TLS.UseSubjectAsUsername:
		r.certificate = "dn"
	}
	return r
}

// openGate opens the door of every listener.
func (d *daemon) openGate(context.Context) error {
	g := &gate{byListener: make(map[string]door), open: true}
	d.gate = g
	d.cleanup = append(d.cleanup, g.close)
	made := make(map[rules]door)
	for i := range d.c.Listeners {
		r := rulesOf(&d.c, &d.c.Listeners[i])
		if made[r] == nil {
			own, err := g.make(d, r)
			if err != nil {
				return err
			}
			made[r] = own
			g.doors = append(g.doors, own)
		}
		g.byListener[listenerName(&d.c, i)] = made[r]
		g.open = g.open && r == rules{anonymous: true, timeout: r.timeout, issuer: r.issuer, audience: r.audience}
	}
	return nil
}

func (g *gate) make(d *daemon, r rules) (door, error) {
	c := auth.Config{PasswordFile: r.passwords, ACLFile: r.acl, TokenKeyFile: r.tokenKey, AllowAnonymous: r.anonymous || r.lan, Logger: d.log.Logger}
	c.Token.Issuer, c.Token.Audience = r.issuer, r.audience
	c.Hook.URL, c.Hook.Timeout = r.hook, r.timeout.Duration()
	switch r.certificate {
	case "cn":
		c.CertificateUser = func(s *tls.ConnectionState) string { cn, _ := transport.Identity(s); return cn }
	case "dn":
		c.CertificateUser = func(s *tls.ConnectionState) string { _, dn := transport.Identity(s); return dn }
	}
	a, err := auth.Open(c)
	if err != nil {
		return nil, err
	}
	g.files = append(g.files, a)
	if !r.lan {
		return a, nil
	}
	if d.said.User == "" {
		d.said.User, d.said.Password = "mqt", rand.Text()
	}
	return &guest{Authorizer: a, name: d.said.User, password: d.said.Password}, nil
}

// authorizer returns what the broker has to ask, nil when nobody.
func (g *gate) authorizer() broker.Authorizer {
	switch {
	case g.open:
		return nil
	case len(g.doors) == 1:
		return g.doors[0]
	}
	return g
}

func (g *gate) close() error {
	var errs []error
	for _, a := range g.files {
		errs = append(errs, a.Close())
	}
	return errors.Join(errs...)
}

func (g *gate) door(c *broker.ConnectInfo) (door, error) {
	if d := g.byListener[c.Listener]; d != nil {
		return d, nil
	}
	return nil, fmt.Errorf("no rules are known for the listener %q", c.Listener)
}

// Connect asks the listener's door.
func (g *gate) Connect(ctx context.Context, c *broker.ConnectInfo) error {
	d, err := g.door(c)
	if err != nil {
		return err
	}
	return d.Connect(ctx, c)
}

// Publish asks the listener's door.
func (g *gate) Publish(c *broker.ConnectInfo, topic string) error {
	d, err := g.door(c)
	if err != nil {
		return err
	}
	return d.Publish(c, topic)
}

// Subscribe asks the listener's door.
func (g *gate) Subscribe(c *broker.ConnectInfo, f broker.Filter) error {
	d, err := g.door(c)
	if err != nil {
		return err
	}
	return d.Subscribe(c, f)
}

// Read asks the listener's door.
func (g *gate) Read(c *broker.ConnectInfo, topic string) error {
	d, err := g.door(c)
	if err != nil {
		return err
	}
	return d.Read(c, topic)
}

// Begin asks the listener's door.
func (g *gate) Begin(c *broker.ConnectInfo, method string, data []byte) (broker.Exchange, []byte, error) {
	d, err := g.door(c)
	if err != nil {
		return nil, nil, err
	}
	return d.Begin(c, method, data)
}

// Generation grows when that of any door does.
func (g *gate) Generation() uint64 {
	var sum uint64
	for _, d := range g.doors {
		sum += d.Generation()
	}
	return sum
}

// guest is a door for one user, made up at start, and the rules of another for
// topics.
type guest struct {
	*auth.Authorizer
	name, password string
}

// Connect lets in whoever knows the password.
func (g *guest) Connect(ctx context.Context, c *broker.ConnectInfo) error {
	if c.Username != g.name || subtle.ConstantTimeCompare(c.Password, []byte(g.password)) != 1 {
		return &broker.ReasonError{Code: broker.BadUserNameOrPassword, Reason: "the user name and password that mqt serve --lan has shown are needed"}
	}
	anonymous := *c
	anonymous.Username, anonymous.HasUsername = "", false
	err := g.Authorizer.Connect(ctx, &anonymous)
	c.Session = anonymous.Session
	return err
}
