package client

import (
	"errors"
	"fmt"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Authentication is MQTT 5's enhanced authentication, section 4.12.
type Authentication struct {
	// Method is the name of the authentication method.
	Method string
	// Begin returns a new Exchange; it is called for every connection.
	Begin func() Exchange
}

// Exchange is the client's side of one authentication. Its methods are called
// one after the other.
type Exchange interface {
	// Start returns the authentication data of CONNECT.
	Start() []byte
	// Next takes the authentication data of the broker's AUTH and returns what
	// to answer, and then takes that of CONNACK: done says that the broker has
	// proved what it had to. An error ends the client.
	Next(data []byte) (reply []byte, done bool, err error)
}

// AuthError says that the broker did not authenticate itself as it had to: the
// client closes the connection and does not connect again.
type AuthError struct{ Err error }

// Error returns what the broker did wrong.
func (e *AuthError) Error() string { return "authenticate the broker: " + e.Err.Error() }

// Unwrap returns the Exchange's error.
func (e *AuthError) Unwrap() error { return e.Err }

// begin starts the exchange of one connection and returns the properties that
// CONNECT needs for it.
func (a *Authentication) begin(ps mqtt.Properties) (Exchange, mqtt.Properties) {
	x := a.Begin()
	ps.SetText(mqtt.PropAuthMethod, a.Method)
	ps.SetText(mqtt.PropAuthData, string(x.Start()))
	return x, ps
}

// challenged answers an AUTH that came before CONNACK. After CONNACK the broker
// sends none, since the client does not ask to authenticate again.
func (l *link) challenged(h wire.Header, body []byte) error {
	if l.exchange == nil || l.answer {
		return protocolError("AUTH without an exchange under way")
	}
	var p wire.Auth
	if err := p.Decode(l.version, h.Flags, body); err != nil {
		return err
	}
	if p.Code != mqtt.ContinueAuthentication { // section 4.12: success is CONNACK's to say
		return &AuthError{fmt.Errorf("AUTH with reason code %v before CONNACK", p.Code)}
	}
	if err := l.sameMethod(p.Props); err != nil {
		return err
	}
	reply, done, err := l.exchange.Next([]byte(p.Props.Text(mqtt.PropAuthData)))
	switch {
	case err != nil:
		return &AuthError{err}
	case done:
		return &AuthError{errors.New("the last message came in AUTH, not in CONNACK")}
	}
	p = wire.Auth{Code: mqtt.ContinueAuthentication}
	p.Props.SetText(mqtt.PropAuthMethod, l.c.opts.Auth.Method)
	p.Props.SetText(mqtt.PropAuthData, string(reply))
	packet, err := p.Append(nil, l.version)
	if err != nil {
		return err
	}
	l.send(packet)
	return nil
}

// authenticated checks a CONNACK that accepts: only an exchange that is
// complete makes it believable.
func (l *link) authenticated(ca *wire.Connack) error {
	if l.exchange == nil || ca.Code.Failed() {
		return nil
	}
	if !ca.Props.Has(mqtt.PropAuthData) {
		return &AuthError{errors.New("it accepts without the last message of the exchange")}
	}
	if err := l.sameMethod(ca.Props); err != nil {
		return err
	}
	_, done, err := l.exchange.Next([]byte(ca.Props.Text(mqtt.PropAuthData)))
	if err == nil && !done {
		err = errors.New("it accepts before the exchange is over")
	}
	if err != nil {
		return &AuthError{err}
	}
	return nil
}

// sameMethod refuses an answer in another method. [MQTT-4.12.0-5]
func (l *link) sameMethod(ps mqtt.Properties) error {
	if got := ps.Text(mqtt.PropAuthMethod); got != l.c.opts.Auth.Method {
		return &AuthError{fmt.Errorf("it answers in the method %q, not %q", clip(got), l.c.opts.Auth.Method)}
	}
	return nil
}

// checkAuth refuses enhanced authentication that cannot be sent.
func (o *Options) checkAuth(v mqtt.Version) error {
	switch {
	case o.Auth == nil:
		return nil
	case v != mqtt.V5 && v != 0:
		return needsV5("enhanced authentication")
	case o.Auth.Method == "" || o.Auth.Begin == nil:
		return errors.New("client: Options.Auth lacks Method or Begin")
	}
	for _, id := range []mqtt.PropertyID{mqtt.PropAuthMethod, mqtt.PropAuthData} {
		if o.Props.Has(id) {
			return fmt.Errorf("%v is set by enhanced authentication", id)
		}
	}
	return nil
}
