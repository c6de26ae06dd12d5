package cmd

import (
	"errors"
	"io/fs"
	"net"
	"net/url"
	"slices"
	"strconv"

	"mqt/internal/compat/conf"
	"mqt/internal/daemon"
	"mqt/internal/transport"
)

// servePlan is what a broker will be.
type servePlan struct {
	config  conf.Config
	sockets []net.Listener // for the last listeners of config
}

// plan puts the configuration file, the flags and the service manager's sockets
// together, and says on standard error what is not supported.
func (o *serveOptions) plan(env *Env, sockets []transport.ActivatedSocket) (servePlan, error) {
	c, err := o.load(env)
	if err != nil {
		return servePlan{}, err
	}
	if err := o.config.apply(&c); err != nil {
		return servePlan{}, err
	}
	switch {
	case o.Verbose == 1:
		c.Log.Level = "info"
	case o.Verbose > 1:
		c.Log.Level = "debug"
	}
	if c.Log.File != "" && len(c.Log.Destinations) == 0 {
		c.Log.Destinations = []string{"file"}
	}
	p := servePlan{config: c}
	if err := o.addListeners(&p.config); err != nil {
		return servePlan{}, err
	}
	if err := o.inherit(&p, sockets); err != nil {
		return servePlan{}, err
	}
	if err := o.settle(&p.config); err != nil {
		return servePlan{}, err
	}
	if err := p.config.Check(); err != nil {
		return servePlan{}, hint(usagef("serve: %w", err), `"mqt serve --help" lists the flags`)
	}
	return p, o.warn(env, daemon.Unsupported(p.config))
}

// load reads the configuration file.
func (o *serveOptions) load(env *Env) (conf.Config, error) {
	if o.File == "" {
		return conf.Config{}, nil
	}
	c, warnings, err := conf.Load(o.File)
	var texts []string
	for _, w := range warnings {
		texts = append(texts, w.String())
	}
	if err == nil {
		err = o.warn(env, texts)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = hint(err, "-c takes the path of a file; relative ones begin in the present directory")
	}
	return c, hint(err, `change the file; "mqt serve --print-config" shows what one looks like`)
}

// warn says what is not supported, which is an error with --strict.
func (o *serveOptions) warn(env *Env, texts []string) error {
	for _, text := range texts {
		env.notef("%s", text)
	}
	if o.Strict && len(texts) > 0 {
		return errors.New("the configuration asks for what is not supported\nhint: change it, or leave out --strict")
	}
	return nil
}

// addListeners makes the listeners that the flags ask for; they replace those
// of the file.
func (o *serveOptions) addListeners(c *conf.Config) error {
	urls := o.Listen
	switch {
	case o.hasPort:
		urls = []string{"any://127.0.0.1:" + strconv.Itoa(o.Port)}
	case len(urls) > 0:
	case len(c.Listeners) > 0 && o.listener.given():
		return usagef("serve: flags about listeners are for those of --listen, and %s has its own\nhint: give --listen, or change the file", o.File)
	case len(c.Listeners) > 0:
		return nil
	case c.LAN:
		urls = []string{"any://0.0.0.0:1883"}
	case c.TLSDev:
		urls = []string{conf.DefaultURL, "mqtts://127.0.0.1:8883"}
	default:
		urls = []string{conf.DefaultURL}
	}
	c.Listeners = nil
	for _, text := range urls {
		l := conf.Listener{URL: text}
		if err := o.listener.apply(&l); err != nil {
			return err
		}
		if err := o.fit(&l); err != nil {
			return err
		}
		c.Listeners = append(c.Listeners, l)
	}
	return nil
}

// fit leaves out what the flags say for other kinds of listeners.
func (o *serveOptions) fit(l *conf.Listener) error {
	u, err := daemon.ParseListen(l.URL)
	if err != nil {
		return usagef("serve: --listen: %w", err)
	}
	if u.Scheme != "unix" && len(l.ProxyTrusted) > 0 {
		l.ProxyProtocol = 1
	}
	if u.User != nil {
		return usagef("serve: --listen: a listener's URL has no user name and password\nhint: give --password-file FILE")
	}
	switch u.Scheme {
	case "mqtt", "ws", "http", "unix":
		l.TLS = conf.TLS{}
	case "mqtts", "wss", "https":
		if l.TLS.Cert == "" && !o.config.has("tls_dev") {
			return usagef("serve: --listen %s needs a certificate\nhint: give --cert FILE --key FILE, or --tls-dev", l.URL)
		}
	}
	return checkClientCertificates(l.TLS, o.config.has("tls_dev"))
}

// checkClientCertificates refuses flags that would let nobody in, or do nothing.
func checkClientCertificates(t conf.TLS, dev bool) error {
	named := t.UseIdentityAsUsername || t.UseSubjectAsUsername
	switch {
	case t.RequireCertificate && t.CAFile == "" && !dev:
		return usagef("serve: --require-client-cert needs to know whose certificates\nhint: give --cafile FILE")
	case named && !t.RequireCertificate:
		return usagef("serve: no client would send the certificate that is to name its user\nhint: add --require-client-cert")
	case t.CRLFile != "" && !t.RequireCertificate:
		return usagef("serve: --crlfile is of no use while clients need no certificate\nhint: add --require-client-cert")
	}
	return nil
}

// has reports whether a key was given.
func (k keyFlags) has(key string) bool {
	for _, v := range k {
		if v.key == key && len(v.given) > 0 {
			return true
		}
	}
	return false
}

// inherit adds the sockets that the service manager has opened. Their names
// say what they are for, or a listener of the configuration with the same
// address does; they stand in for the default listener, and the flags about
// listeners hold for them.
func (o *serveOptions) inherit(p *servePlan, sockets []transport.ActivatedSocket) error {
	if len(sockets) > 0 && len(p.config.Listeners) == 1 && p.config.Listeners[0].URL == conf.DefaultURL {
		p.config.Listeners = nil
	}
	for _, s := range sockets {
		l, ok := p.takeListener(s.Listener.Addr())
		if !ok {
			l.URL = socketURL(s)
			if err := o.listener.apply(&l); err != nil {
				return err
			}
			if err := o.fit(&l); err != nil {
				return err
			}
		}
		p.config.Listeners = append(p.config.Listeners, l)
		p.sockets = append(p.sockets, s.Listener)
	}
	return nil
}

// takeListener removes the listener with this address from the configuration:
// a socket that is open already serves it.
func (p *servePlan) takeListener(addr net.Addr) (conf.Listener, bool) {
	c := &p.config
	for i, l := range c.Listeners[:len(c.Listeners)-len(p.sockets)] {
		u, err := daemon.ParseListen(l.URL)
		if err != nil || u.Port() == "0" {
			continue
		}
		same := u.Host == addr.String() || u.Scheme == "unix" && u.Path == addr.String()
		if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
			same = u.Host == ":"+strconv.Itoa(tcp.Port) || same
		}
		if same {
			c.Listeners = slices.Delete(slices.Clone(c.Listeners), i, i+1)
			return l, true
		}
	}
	return conf.Listener{}, false
}

// socketURL returns the URL that the service manager's name of a socket means.
func socketURL(s transport.ActivatedSocket) string {
	if s.Listener.Addr().Network() == "unix" {
		return (&url.URL{Scheme: "unix", Path: s.Listener.Addr().String()}).String()
	}
	u := url.URL{Scheme: "any", Host: s.Listener.Addr().String()}
	if slices.Contains(transport.ListenSchemes(), s.Name) {
		u.Scheme = s.Name
	}
	return u.String()
}

// settle decides about clients without a user name where nobody has said: they
// are welcome when only this machine can connect and nothing is configured.
// Otherwise it refuses to serve other machines without asking anybody for a
// password.
func (o *serveOptions) settle(c *conf.Config) error {
	a := &c.Auth
	if c.LAN && (a.PasswordFile != "" || a.JWTKey != "" || a.AuthURL != "" || a.AllowAnonymous != nil && *a.AllowAnonymous) {
		return usagef("serve: --lan makes up the only user: leave out --password-file, --jwt-key, --auth-url and --allow-anonymous")
	}
	asks := a.PasswordFile != "" || a.JWTKey != "" || a.AuthURL != "" || c.LAN
	byCertificate := func(l conf.Listener) bool { return l.TLS.UseIdentityAsUsername || l.TLS.UseSubjectAsUsername }
	if a.AllowAnonymous != nil {
		return nil
	}
	a.AllowAnonymous = new(false)
	if asks {
		return nil
	}
	if a.ACLFile != "" && !allListeners(c, byCertificate) {
		return usagef("serve: --acl-file alone lets nobody in\nhint: give --password-file FILE, or --allow-anonymous")
	}
	*a.AllowAnonymous = true
	for _, l := range c.Listeners {
		if !l.Loopback() && !byCertificate(l) {
			return usagef("serve: --listen %s lets other machines in, and nobody would be asked for a password\n"+
				"hint: give --password-file FILE, use --lan, or say --allow-anonymous", l.URL)
		}
	}
	return nil
}

func allListeners(c *conf.Config, is func(conf.Listener) bool) bool {
	for _, l := range c.Listeners {
		if !is(l) {
			return false
		}
	}
	return true
}
