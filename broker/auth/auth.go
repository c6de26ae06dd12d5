package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/scram"
)

// Config says who may connect and what they may do. The zero value lets nobody
// in.
type Config struct {
	// PasswordFile is the path of mosquitto's password file, empty for none.
	PasswordFile string
	// ACLFile is the path of mosquitto's ACL file. Empty: no rules, and
	// everything is allowed to those who are let in.
	ACLFile string
	// TokenKeyFile is the path of the key that verifies JSON Web Tokens, which
	// clients send as password. Empty: a token is a password like others.
	TokenKeyFile string
	// Token says which tokens are accepted; its Keys are those of the file.
	Token TokenOptions
	// Hook asks a program. It is asked about connections that no file knows,
	// and about topics in addition to the rules. Without a URL there is none.
	Hook HookOptions
	// AllowAnonymous lets in clients without a user name and, where there is
	// no file, token or hook to check it, with any.
	AllowAnonymous bool
	// CertificateUser returns the user that a client's certificate names, empty
	// for none. It replaces user names and passwords: who has a certificate has
	// been let in by the TLS handshake, and who has none, or one that names
	// nobody, is refused. Nil: certificates name nobody.
	CertificateUser func(*tls.ConnectionState) string
	// Logger is told about reloads and what is odd in files. Nil is
	// slog.Default.
	Logger *slog.Logger
}

// Authorizer decides by a Config. It is safe for concurrent use.
type Authorizer struct {
	// Set by Open; read-only after.
	config Config
	log    *slog.Logger
	hook   *hook // nil: none
	verify *verifier
	now    func() time.Time
	start  time.Time
	period time.Duration // answers are good for so long; 0: until a reload

	tables  atomic.Pointer[tables]
	reloads atomic.Uint64

	mu   sync.Mutex  // held during Reload; guards the field below
	seen []fileState // of the files, before they were read the last time
}

var (
	_ broker.Authorizer     = (*Authorizer)(nil)
	_ broker.ReadAuthorizer = (*Authorizer)(nil)
	_ broker.Reloader       = (*Authorizer)(nil)
	_ broker.Exchanger      = (*Authorizer)(nil)
)

// tables are what the files say; nil where there is no file.
type tables struct {
	passwords *Passwords
	acl       *ACL
	keys      *TokenKeys
}

// identity is what Connect found out, kept in ConnectInfo.Session.
type identity struct {
	fileUser bool      // the password file knows the user
	acl      *ACL      // the token's rights, nil: those of the ACL file
	expires  time.Time // of the token, zero: never
}

// Open reads the files of a Config. Any of them that is missing or wrong is an
// error. Close ends what it holds open.
func Open(c Config) (*Authorizer, error) { return open(c, time.Now) }

func open(c Config, now func() time.Time) (*Authorizer, error) {
	a := &Authorizer{config: c, log: c.Logger, verify: newVerifier(now), now: now, start: now()}
	if a.log == nil {
		a.log = slog.Default()
	}
	if c.TokenKeyFile != "" {
		a.period = tokenPeriod
	}
	if c.Hook.URL != "" {
		var err error
		if a.hook, err = newHook(c.Hook, now); err != nil {
			return nil, fmt.Errorf("hook: %w", err)
		}
		a.period = max(a.hook.remember, time.Second)
	}
	return a, a.Reload()
}

// tokenPeriod is how long it may take until the end of a token is noticed.
const tokenPeriod = 10 * time.Second

// Close closes idle connections to the hook.
func (a *Authorizer) Close() error {
	if a.hook != nil {
		a.hook.close()
	}
	return nil
}

// Reload reads the files again. Either all of them are in force when it
// returns, or none, and the error says why.
func (a *Authorizer) Reload() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = states(a.files())
	t, err := a.load()
	if err != nil {
		return err
	}
	a.tables.Store(t)
	a.reloads.Add(1)
	if t.acl != nil {
		for _, w := range t.acl.Warnings() {
			a.log.Warn("the ACL file may not say what is meant", "at", w)
		}
	}
	return nil
}

func (a *Authorizer) load() (*tables, error) {
	t := &tables{}
	var err error
	if name := a.config.PasswordFile; name != "" {
		if t.passwords, err = LoadPasswords(name); err != nil {
			return nil, fmt.Errorf("password file: %w", err)
		}
	}
	if name := a.config.ACLFile; name != "" {
		if t.acl, err = LoadACL(name); err != nil {
			return nil, fmt.Errorf("ACL file: %w", err)
		}
	}
	if name := a.config.TokenKeyFile; name != "" {
		if t.keys, err = LoadTokenKeys(name); err != nil {
			return nil, fmt.Errorf("token key: %w", err)
		}
	}
	return t, nil
}

func (a *Authorizer) files() []string {
	var names []string
	for _, name := range []string{a.config.PasswordFile, a.config.ACLFile, a.config.TokenKeyFile} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Generation grows with every reload and, where a hook or tokens decide, as
// time passes: their answers do not last.
func (a *Authorizer) Generation() uint64 {
	g := a.reloads.Load()
	if a.period > 0 {
		g += uint64(max(a.now().Sub(a.start)/a.period, 0))
	}
	return g
}

// Connect decides on a connection: by the token, if the password is one; by
// the password file, if it knows the user; without a user name by
// AllowAnonymous; and otherwise by the hook. It sets c.Username to the token's
// user. It blocks while too many passwords are being checked, and for the
// hook's answer, at most until ctx is over.
func (a *Authorizer) Connect(ctx context.Context, c *broker.ConnectInfo) error {
	t := a.tables.Load()
	c.Session = &identity{}
	switch {
	case a.config.CertificateUser != nil:
		return a.connectCertificate(c)
	case t.keys != nil && c.HasPassword && looksLikeToken(c.Password):
		return a.connectToken(t, c)
	case t.passwords != nil && c.HasUsername && t.passwords.Has(c.Username):
		if !c.HasPassword {
			return errBadPassword
		}
		c.Session = &identity{fileUser: true}
		return a.verify.verify(ctx, t.passwords, c.Username, c.Password)
	case !c.HasUsername && a.config.AllowAnonymous:
		return nil
	case a.hook != nil && a.hook.asks[ActionConnect]:
		return a.hook.connect(ctx, c)
	case !c.HasUsername:
		return errAnonymous
	case t.passwords == nil && t.keys == nil && a.hook == nil && a.config.AllowAnonymous:
		return nil
	case t.passwords == nil || !c.HasPassword:
		return errBadPassword
	}
	return a.verify.verify(ctx, t.passwords, c.Username, c.Password) // fails, as late as it would for a user
}

var errAnonymous = &mqtt.ReasonError{Op: "connect", Code: mqtt.NotAuthorized, Reason: "a user name and password are needed"}

// connectCertificate lets in whom the certificate names.
func (a *Authorizer) connectCertificate(c *broker.ConnectInfo) error {
	user := ""
	if c.TLS != nil {
		user = a.config.CertificateUser(c.TLS)
	}
	if user == "" {
		return errNoCertificate
	}
	c.Username, c.HasUsername = user, true
	return nil
}

var errNoCertificate = &mqtt.ReasonError{Op: "connect", Code: mqtt.BadUserNameOrPassword, Reason: "a client certificate that names a user is needed"}

func (a *Authorizer) connectToken(t *tables, c *broker.ConnectInfo) error {
	o := a.config.Token
	o.Keys = t.keys
	claims, err := VerifyToken(string(c.Password), a.now(), o)
	if err != nil {
		return &Refusal{
			ReasonError: mqtt.ReasonError{Op: "connect", Code: mqtt.BadUserNameOrPassword, Reason: "the token is not accepted"},
			Client:      c.ClientID, User: c.Username, Cause: fmt.Errorf("token: %w", err),
		}
	}
	c.Username, c.HasUsername = claims.User, true
	id := &identity{acl: claims.ACL}
	if !claims.Expires.IsZero() {
		id.expires = claims.Expires.Add(o.leeway())
	}
	c.Session = id
	return nil
}

// Begin starts SCRAM-SHA-256 for the users of the password file that have an
// entry for it. When it is done it has set c.Username.
func (a *Authorizer) Begin(c *broker.ConnectInfo, method string, data []byte) (broker.Exchange, []byte, error) {
	p := a.tables.Load().passwords
	if method != ScramMethod || p == nil || !p.scram || a.config.CertificateUser != nil {
		return nil, nil, &mqtt.ReasonError{Op: "connect", Code: mqtt.BadAuthenticationMethod, Reason: "this server has no such authentication method"}
	}
	s, reply, err := beginScram(p, data, scram.NewNonce())
	if err != nil {
		return nil, nil, scramRefusal(c, err)
	}
	return &scramExchange{s, c}, reply, nil
}

// scramExchange is a broker.Exchange.
type scramExchange struct {
	server *scramServer
	info   *broker.ConnectInfo
}

// Next takes the client's last message; there are only two.
func (e *scramExchange) Next(data []byte) (reply []byte, done bool, err error) {
	if reply, err = e.server.finish(data); err != nil {
		return nil, false, scramRefusal(e.info, err)
	}
	e.info.Username, e.info.HasUsername = e.server.user, true
	e.info.Session = &identity{fileUser: true}
	return reply, true, nil
}

func scramRefusal(c *broker.ConnectInfo, err error) error {
	if errors.Is(err, errBadPassword) {
		return errBadPassword
	}
	return &Refusal{
		ReasonError: mqtt.ReasonError{Op: "connect", Code: mqtt.NotAuthorized, Reason: err.Error()},
		Client:      c.ClientID, Cause: fmt.Errorf("SCRAM: %w", err),
	}
}
