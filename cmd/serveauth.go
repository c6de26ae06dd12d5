package cmd

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"

	"github.com/spf13/pflag"

	"mqt/broker"
	"mqt/broker/auth"
)

// authOptions are the flags that say who may connect to a broker.
type authOptions struct {
	Passwords, ACL, TokenKey, Hook string
	Anonymous, LAN                 bool
}

func (o *authOptions) bind(f *pflag.FlagSet) {
	f.StringVar(&o.Passwords, "password-file", "", "users and passwords, a `file` as mqt passwd and mosquitto_passwd write it")
	f.StringVar(&o.ACL, "acl-file", "", "who may read and write which topics, a `file` in mosquitto's format")
	f.StringVar(&o.TokenKey, "jwt-key", "", "accept JSON Web Tokens as passwords that the key in `file` verifies (PEM, JWK or a secret)")
	f.StringVar(&o.Hook, "auth-url", "", "ask the program at `URL` about connections and topics; no answer means no")
	f.BoolVar(&o.Anonymous, "allow-anonymous", false, "let clients in that give no user name")
	f.BoolVar(&o.LAN, "lan", false, "listen to the whole network at port 1883, with a password that is made up and shown")
}

// configured reports whether anything decides about clients.
func (o *authOptions) configured() bool {
	return o.Passwords != "" || o.ACL != "" || o.TokenKey != "" || o.Hook != "" || o.LAN
}

// check refuses to serve other machines without asking anybody for a password,
// unless that is what was said.
func (o *authOptions) check(listen []string) error {
	if o.LAN && (o.Passwords != "" || o.TokenKey != "" || o.Hook != "" || o.Anonymous) {
		return usagef("serve: --lan makes up the only user: leave out --password-file, --jwt-key, --auth-url and --allow-anonymous")
	}
	if o.configured() || o.Anonymous {
		return nil
	}
	for _, text := range listen {
		if u, err := url.Parse(text); err == nil && !local(u) {
			return usagef("serve: --listen %s lets other machines in, and nobody would be asked for a password\n"+
				"hint: give --password-file FILE, use --lan, or say --allow-anonymous", u.Redacted())
		}
	}
	return nil
}

// local reports whether only this machine can connect to a listener.
func local(u *url.URL) bool {
	if u.Scheme == "unix" || u.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

// open returns who decides about clients, nil when everybody may do everything,
// and a function that follows changes of the files until ctx ends.
func (o *authOptions) open(env *Env, logger *slog.Logger) (broker.Authorizer, func(context.Context), error) {
	if !o.configured() {
		return nil, func(ctx context.Context) { o.follow(ctx, nil, logger) }, nil
	}
	c := auth.Config{PasswordFile: o.Passwords, ACLFile: o.ACL, TokenKeyFile: o.TokenKey, AllowAnonymous: o.Anonymous || o.LAN, Logger: logger}
	c.Hook.URL = o.Hook
	if o.Passwords == "" && o.TokenKey == "" && o.Hook == "" && !o.Anonymous && !o.LAN {
		return nil, nil, usagef("serve: --acl-file alone lets nobody in\nhint: give --password-file FILE, or --allow-anonymous")
	}
	a, err := auth.Open(c)
	if err != nil {
		return nil, nil, fmt.Errorf("serve: %w", err)
	}
	follow := func(ctx context.Context) { o.follow(ctx, a, logger) }
	if !o.LAN {
		return a, follow, nil
	}
	guest := &guest{Authorizer: a, name: "mqt", password: rand.Text()}
	fmt.Fprintf(env.Stdout, "clients need: -u %s -P %s\n", guest.name, guest.password)
	return guest, follow, nil
}

// follow reloads the files when they change and at each hangup signal, which
// never ends the broker. What was in force stays so when a file cannot be read.
func (o *authOptions) follow(ctx context.Context, a *auth.Authorizer, logger *slog.Logger) {
	hup, stop := hangups()
	defer stop()
	var watching sync.WaitGroup
	defer watching.Wait()
	if a != nil {
		watching.Go(func() {
			if err := a.Watch(ctx); err != nil {
				logger.Warn("changes of the files are noticed at SIGHUP only", "error", err.Error())
			}
		})
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			reload(a, logger)
		}
	}
}

func reload(a *auth.Authorizer, logger *slog.Logger) {
	if a == nil {
		return
	}
	if err := a.Reload(); err != nil {
		logger.Error("reload failed; what was in force stays so", "error", err.Error())
		return
	}
	logger.Info("users and rights read again")
}

// guest is an Authorizer with one user, made up at start, and the rules of
// another for topics.
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
