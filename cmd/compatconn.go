package cmd

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mqt/internal/client"
	"mqt/internal/compat"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// The exit codes of mosquitto's clients that mqt has not.
const (
	mosquittoNoConn = 4   // the proxy has no connection to the broker
	mosquittoLost   = 7   // the connection was lost
	mosquittoTLS    = 8   // something is wrong with TLS
	mosquittoAuth   = 11  // the proxy does not let us in
	mosquittoProxy  = 16  // the proxy has failed
	mosquittoDied   = 255 // ended before the broker has answered
)

// mosquittoError is a failure in mosquitto's words.
type mosquittoError struct {
	text string // the whole line
	code int
}

// Error returns the line.
func (e *mosquittoError) Error() string { return e.text }

// refusalError is a CONNACK that refuses.
type refusalError struct{ mosquittoError }

// Unwrap returns the error's line and code.
func (e *refusalError) Unwrap() error { return &e.mosquittoError }

func mosquittoErrorf(code int, format string, args ...any) error {
	return &mosquittoError{fmt.Sprintf(format, args...), code}
}

// conn turns the options into those of the native commands.
func (m *mosquitto) conn() *connOptions {
	o := m.o
	c := &connOptions{
		Host: o.Host, Port: o.Address(), WS: o.WS,
		ID: o.ID, IDPrefix: o.IDPrefix, Persistent: !o.Clean,
		SessionExpiry: expiry{o.SessionExpiry, o.Version == mqtt.V5},
		KeepAlive:     int(o.KeepAlive / time.Second), Version: version{o.Version},
		ConnectTimeout: seconds(o.KeepAlive), Inflight: o.Inflight,
		Username: o.Username, Password: o.Password, HasPassword: o.HasPassword,
		Will:  willOptions{Topic: o.WillTopic, Payload: o.WillPayload, QoS: qos(o.WillQoS), Retain: o.WillRetain},
		TLS:   tlsOptions{Off: !o.Secure()},
		Proxy: o.Proxy, NoDelay: o.NoDelay,
	}
	if o.Bind != "" {
		c.Bind = net.JoinHostPort(o.Bind, "0") // mosquitto's takes no port
	}
	if o.HasIDPrefix && o.IDPrefix == "" {
		c.ID = strconv.Itoa(os.Getpid())
	}
	if c.Port == 0 {
		c.Unix = o.Host
	}
	if o.Secure() {
		c.TLS = tlsOptions{CAFile: o.CAFile, CAPath: o.CAPath, UseOS: o.OSCerts || o.CAFile == "" && o.CAPath == "",
			Cert: o.Cert, Key: o.Key, Insecure: o.Insecure, Version: o.TLSVersion, ALPN: o.ALPN, KeyLog: o.KeyLog}
	}
	if o.Version == mqtt.V5 {
		c.Props = properties{Connect: o.ConnectProps, Disconnect: o.DisconnectProps, Will: o.WillProps}
	}
	return c
}

// target checks what can be checked before there is a connection.
func (m *mosquitto) target() (*target, error) {
	if m.o.HasPassword && !m.o.HasUsername && m.o.Version != mqtt.V5 {
		return nil, mosquittoErrorf(exitFailed, "Error: Problem setting username and/or password.")
	}
	if m.o.Version == mqtt.V5 && !m.o.Clean && m.o.ID == "" && !m.o.HasIDPrefix {
		if m.p == compat.Pub {
			return nil, mosquittoErrorf(exitFailed, "Error: Invalid id.")
		}
		return nil, mosquittoErrorf(exitFailed, "Error: Invalid id and/or clean_session.")
	}
	t, err := m.conn().target(os.Getpid)
	var usage *usageError
	switch {
	case errors.As(err, &usage): // a host that cannot be part of a URL
		return nil, mosquittoErrorf(exitFailed, "Unable to connect (Lookup error.).")
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, mosquittoErrorf(exitFailed, "Error: Problem setting TLS options: File not found.")
	case err != nil:
		return nil, mosquittoErrorf(exitFailed, "Unable to connect (A TLS error occurred.).")
	}
	if err := m.checkTLS(); err != nil {
		_ = t.closer.Close() // a key log without keys
		return nil, err
	}
	if m.o.Ciphers != "" && t.Transport.TLS != nil {
		if t.Transport.TLS.CipherSuites, err = transport.CipherSuites(m.o.Ciphers); err != nil {
			return nil, mosquittoErrorf(exitFailed, "Unable to connect (A TLS error occurred.).")
		}
	}
	m.receiveMaximum(&t.Client)
	t.Client.HasUsername = m.o.HasUsername
	if m.o.Version == mqtt.V31 && t.Client.ClientID == "" {
		t.Client.ClientID = "mosq-" + rand.Text()[:18]
	}
	return t, nil
}

// receiveMaximum has CONNECT say how many messages may be under way to us. It
// comes last there, and no more are asked for than -C or a response takes. -M
// is about the other direction.
func (m *mosquitto) receiveMaximum(c *client.Options) {
	n := uint32(20)
	switch {
	case m.p == compat.RR:
		n = 1
	case m.p == compat.Sub && m.o.Count > 0:
		n = min(n, uint32(m.o.Count))
	}
	if m.o.Version == mqtt.V5 && !c.Props.Has(mqtt.PropReceiveMaximum) {
		c.Props = append(slices.Clip(c.Props), mqtt.Property{ID: mqtt.PropReceiveMaximum, Int: n})
	}
}

// checkTLS refuses values that mean nothing, and what TLS cannot do here:
// engines and pre-shared keys.
func (m *mosquitto) checkTLS() error {
	o := m.o
	switch {
	case o.NoTLS:
	case o.Engine != "":
		return mosquittoErrorf(exitFailed, "Error: Problem setting TLS engine, is %s a valid engine?", o.Engine)
	case o.Keyform != "" && o.Keyform != "pem":
		return mosquittoErrorf(exitFailed, "Error: Problem setting key form, it must be one of 'pem' or 'engine'.")
	case o.PSK != "":
		return mosquittoErrorf(exitFailed, "Error: Problem setting TLS-PSK options.")
	case o.TLSVersion != "" && o.TLSVersion != "tlsv1.2" && o.TLSVersion != "tlsv1.3" && o.Secure():
		return mosquittoErrorf(exitFailed, "Error: Problem setting TLS options, check the options are valid.")
	}
	return nil
}

// connect makes the connection. dialled is called once the network connection
// stands, if not nil.
func (m *mosquitto) connect(ctx context.Context, t *target, out io.Writer, dialled func()) (*session, error) {
	c, err := m.attempt(ctx, t, out, dialled)
	if err != nil {
		return nil, m.failed(ctx, t, err)
	}
	return &session{Client: c, env: m.env, target: t}, nil
}

func (m *mosquitto) attempt(ctx context.Context, t *target, out io.Writer, dialled func()) (*client.Client, error) {
	co := m.options(t)
	var trace *compat.Trace
	if m.o.Debug {
		trace = compat.NewTrace(m.p, out, co.ClientID, co.Version)
	}
	dial := co.Dial
	co.Dial = func(ctx context.Context) (net.Conn, error) {
		nc, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		if dialled != nil {
			dialled()
		}
		if trace != nil {
			nc = trace.Conn(nc)
		}
		return nc, nil
	}
	return client.Connect(ctx, co)
}

// options returns how the client connects to t.
func (m *mosquitto) options(t *target) client.Options {
	co := t.Client
	co.Backoff = client.Backoff{Min: retryDelay, Max: retryDelay}
	co.Dial = func(ctx context.Context) (net.Conn, error) { return transport.Dial(ctx, t.URL, t.Transport) }
	return co
}

// failed is what ended the attempt to connect.
func (m *mosquitto) failed(ctx context.Context, t *target, err error) error {
	_ = t.closer.Close() // a key log; the connection's error is the one to tell
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return m.refused(err)
}

// refused words why there is no connection.
func (m *mosquitto) refused(err error) error {
	var refused *mqtt.ReasonError
	var dns *net.DNSError
	var errno syscall.Errno
	switch {
	case errors.As(err, &refused) && refused.Op == "connect":
		return m.refusal(refused)
	case errors.As(err, &refused):
		return mosquittoErrorf(2, "Error: A network protocol error occurred when communicating with the broker.")
	case isProxy(err):
		return proxyRefusal(err)
	case errors.As(err, &dns):
		return mosquittoErrorf(exitFailed, "Unable to connect (Lookup error.).")
	case isTLS(err), m.o.Secure() && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF)):
		return mosquittoErrorf(mosquittoTLS, "Error: A TLS error occurred.")
	case isLost(err):
		return mosquittoErrorf(mosquittoLost, "Error: The connection was lost.")
	case errors.As(err, &errno):
		return mosquittoErrorf(exitFailed, "Error: %s", capital(errno.Error()))
	}
	return mosquittoErrorf(exitFailed, "Unable to connect (%s).", cause(err))
}

// isLost reports whether there was a connection that ended before CONNACK.
func isLost(err error) bool {
	var op *net.OpError
	return strings.Contains(err.Error(), "without answering CONNECT") ||
		errors.As(err, &op) && (op.Op == "read" || op.Op == "write") && !op.Timeout()
}

func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	return errors.As(err, &verify) || errors.As(err, &header) || strings.Contains(err.Error(), "tls: ")
}

// fail reports an error and returns its exit code.
func (m *mosquitto) fail(err error) int {
	var known *mosquittoError
	if errors.As(err, &known) {
		m.errorf("%s", known.text)
		return known.code
	}
	m.errorf("Error: %s.", capital(cause(err)))
	return exitFailed
}
