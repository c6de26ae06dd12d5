package cmd

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// connectError says what failed while connecting, and the next step.
func connectError(t *target, needV5 []string, err error) error {
	var refused *mqtt.ReasonError
	var impostor *client.AuthError
	switch {
	case errors.As(err, &impostor):
		return impostorError(t, impostor)
	case errors.As(err, &refused) && refused.Op == "": // our verdict, not the broker's
		return hint(fmt.Errorf("connect %s: the answer is not MQTT: %s", t, refused.Error()),
			anotherPort)
	case errors.As(err, &refused):
		return refusedError(t, needV5, refused)
	case t.Transport.Proxy != nil && socksError(err) != nil:
		what := fmt.Errorf("connect %s through the proxy %s: %w", t, t.Transport.Proxy.Host,
			&brief{strings.TrimPrefix(cause(socksError(err).Err), "unknown error "), err}) // its words for a known one
		return hint(what, checkProxy)
	}
	text := cause(err)
	if reason := alertOf(err); reason != "" {
		text = alertCause(t, reason)
		if srv := (*transport.SRVError)(nil); errors.As(err, &srv) && srv.Target != "" {
			text = srv.Target + ": " + text
		}
	}
	what := fmt.Errorf("connect %s: %w", t, &brief{text, err})
	return hint(what, cmp.Or(nextStep(t, err), otherProtocol(t, err)))
}

const anotherPort = "the port may be one for WebSocket (--ws) or for something else; choose another with -p"

const checkProxy = "check --proxy, and whether the proxy reaches the broker"

// socksError returns what of err is a SOCKS5 proxy's, nil when nothing is.
func socksError(err error) *net.OpError {
	var op *net.OpError
	if errors.As(err, &op) && strings.Contains(op.Op, "socks") {
		return op
	}
	return nil
}

// otherProtocol returns what to do when the port seems to speak something else
// than was asked for.
func otherProtocol(t *target, err error) string {
	cut := errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	var upgrade *transport.UpgradeError
	switch scheme := t.URL.Scheme; {
	case errors.As(err, &upgrade):
		return upgradeHint(upgrade.Code)
	case scheme == "wss" && errors.Is(err, http.ErrSchemeMismatch):
		return noTLSThere
	case strings.HasPrefix(scheme, "ws") && cut:
		return "the port may not be one for WebSocket; leave --ws out, or choose another with -p"
	case scheme == "mqtts" && cut:
		return noTLSThere
	case scheme == "mqtt" && strings.Contains(err.Error(), "without answering CONNECT"):
		return "the port may want TLS: add --cafile FILE or --tls-use-os-certs"
	}
	return ""
}

// upgradeHint returns what to do when an HTTP server makes no WebSocket.
func upgradeHint(code int) string {
	switch code {
	case http.StatusNotFound:
		return "MQTT may be at another path: --ws-path PATH, or the path of the URL"
	case http.StatusUnauthorized, http.StatusForbidden:
		return "the server may want a header, such as --ws-header 'Authorization: …'"
	}
	return "the port may be one for something else than MQTT over WebSocket; choose another with -p"
}

const noTLSThere = "the broker does not speak TLS there; leave the TLS flags out, or choose another port with -p"

func refusedError(t *target, needV5 []string, refused *mqtt.ReasonError) error {
	text := refused.Code.String()
	next := ""
	switch refused.Code {
	case mqtt.NotAuthorized, mqtt.BadUserNameOrPassword:
		if t.Client.Username == "" {
			text += " (no user name was sent)"
			next = "give -u NAME and --password-file FILE"
		} else {
			text += fmt.Sprintf(" (user %q)", t.Client.Username)
			next = "check the name and the password"
			if t.Client.Password == nil && t.Client.Auth == nil {
				next = "no password was sent; give --password-file FILE"
			}
		}
	case mqtt.UnsupportedProtocolVersion:
		next = "try another version with -V 5, -V 311 or -V 31"
		if len(needV5) > 0 {
			next = fmt.Sprintf("%s needs MQTT 5, which this broker does not speak", needV5[0])
		}
	case mqtt.BadAuthenticationMethod:
		if t.Client.Auth != nil {
			next = "leave --auth-method out, or make the user's entry on the broker with mqt passwd --scheme " + authScram
		}
	case mqtt.ClientIdentifierNotValid:
		next = "choose another client identifier with -i ID"
	}
	if refused.Reason != "" {
		text += ": " + refused.Reason
	}
	return hint(fmt.Errorf("connect %s: %w", t, &brief{text, refused}), next)
}

// who says which user the broker knows us as, when that is not enough for it.
// The SUBACK of MQTT 3.1.1 knows no more than failure, section 3.9.3.
func (s *session) who(code mqtt.ReasonCode) string {
	user := s.target.Client.Username
	switch {
	case code == mqtt.NotAuthorized && user != "":
		return fmt.Sprintf(" (user %q)", user)
	case code == mqtt.UnspecifiedError && s.Version() != mqtt.V5:
		return " (brokers give no reason before MQTT 5)"
	}
	return ""
}

// named adds who to an error.
func (s *session) named(err error) error {
	var refused *mqtt.ReasonError
	if errors.As(err, &refused) && s.who(refused.Code) != "" {
		return &brief{err.Error() + s.who(refused.Code), err}
	}
	return err
}

// nextStep returns what the user may do about a failure to connect.
func nextStep(t *target, err error) string {
	var srv *transport.SRVError
	var local *transport.LocalAddrError
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &srv) && srv.Target == "":
		return "leave -S out to connect to the host itself, or check its name in -h or -L"
	case errors.As(err, &local):
		return "-A takes an address of this machine, or a name of one"
	case errors.Is(err, syscall.ECONNREFUSED), strings.Contains(err.Error(), "actively refused"),
		t.URL.Scheme == "unix" && errors.Is(err, os.ErrNotExist):
		return `start a broker with "mqt serve"`
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "is it the right host and port? a firewall may be in between; --connect-timeout allows more time"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "check the host's name in -h or -L"
	case t.Transport.LocalAddr != "" && (errors.Is(err, syscall.EADDRNOTAVAIL) || strings.Contains(err.Error(), "no suitable address")):
		return fmt.Sprintf("-A %s is no address of this machine that reaches the broker", t.Transport.LocalAddr)
	case errors.As(err, &unknown):
		return "trust its authority with --cafile FILE"
	case errors.As(err, &name):
		return "connect to a name the certificate is for"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the certificate, or check this machine's clock"
	case errors.As(err, &header):
		return noTLSThere
	case alertOf(err) != "":
		return alertHint(t, alertOf(err))
	}
	return ""
}
