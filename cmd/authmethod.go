package cmd

import (
	"fmt"

	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/internal/scram"
)

// authScram is what --auth-method calls SCRAM-SHA-256, as mqt passwd does.
const authScram = "scram-sha-256"

// authMethods are the values of --auth-method.
func authMethods() []string { return []string{authScram} }

// checkAuthMethod refuses what --auth-method sets itself.
func (o *connOptions) checkAuthMethod() error {
	for _, id := range []mqtt.PropertyID{mqtt.PropAuthMethod, mqtt.PropAuthData} {
		if o.AuthMethod != "" && o.Props.Connect.Has(id) {
			return usagef("--auth-method and -D connect %v say the same thing twice", id)
		}
	}
	return nil
}

// authentication turns the password, which is then not sent, into the secret
// of an exchange, if --auth-method asks for it.
func (o *connOptions) authentication(t *target) error {
	c := &t.Client
	switch {
	case o.AuthMethod == "":
		return nil
	case c.Username == "":
		return usagef("--auth-method %s needs a user name\nhint: give -u NAME and --password-file FILE", o.AuthMethod)
	case c.Password == nil:
		return usagef("--auth-method %s needs a password\nhint: give --password-file FILE", o.AuthMethod)
	}
	user, password := c.Username, c.Password
	c.Password = nil
	c.Auth = &client.Authentication{Method: scram.Method, Begin: func() client.Exchange {
		return &scram.Client{User: user, Password: password}
	}}
	return nil
}

// impostorError says that the broker did not authenticate itself.
func impostorError(t *target, err *client.AuthError) error {
	return hint(fmt.Errorf("connect %s: %w", t, err), "check that this is the broker you mean; the password was not sent to it")
}
