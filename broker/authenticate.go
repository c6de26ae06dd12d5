package broker

import (
	"bytes"
	"context"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// admission is a CONNECT whose client is being authenticated. Input waits.
type admission struct {
	connect  wire.Connect
	info     *ConnectInfo // nil when nobody asks
	assigned string
	exchange Exchange // enhanced authentication, nil otherwise
	method   string
	final    []byte // authentication data for CONNACK
	err      error  // the outcome of Authorizer.Connect
}

// authenticate asks the Authorizer about the client. Without enhanced
// authentication the question is asked on another goroutine, and resume
// carries on with the answer.
func (c *conn) authenticate(b *batch, a *admission) error {
	p := &a.connect
	p.Password = bytes.Clone(p.Password)
	if p.Will != nil {
		p.Will.Payload = bytes.Clone(p.Will.Payload)
	}
	a.info.Password = p.Password
	if p.Props.Has(mqtt.PropAuthMethod) {
		return c.beginExchange(b, a)
	}
	c.admission, c.waiting = a, true
	c.srv.stopped.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), c.srv.lim.ConnectTimeout)
		defer cancel()
		go func() { // a server that stops does not wait for the answer
			select {
			case <-c.srv.stopping:
				cancel()
			case <-ctx.Done():
			}
		}()
		a.err = c.srv.policy.auth.Connect(ctx, a.info)
		a.info.Password = nil
		c.lk.resume(c)
	})
	return nil
}

// newInfo returns what is known about the client but for its password.
func (c *conn) newInfo(p *wire.Connect) *ConnectInfo {
	info := &ConnectInfo{ClientID: p.ClientID, Username: p.Username, HasUsername: p.HasUsername,
		HasPassword: p.HasPassword, Remote: c.lk.remote(), Version: p.Version}
	c.describe(info)
	return info
}

// resumed carries on after the Authorizer has answered; input may follow.
// Called by the reading goroutine.
func (c *conn) resumed(b *batch) {
	c.waiting = false
	if c.isClosing() {
		return
	}
	if err := c.decided(b); err != nil {
		c.disconnect(b, err)
	}
}

// decided admits the client or returns why not.
func (c *conn) decided(b *batch) error {
	a := c.admission
	c.admission = nil
	a.info.Password = nil
	c.know(a.info)
	if a.err != nil {
		re := *refusalOf(a.err)
		c.srv.denied("connect", a.info, "reason", a.err.Error())
		return &re
	}
	return c.admitClient(b, a)
}

// beginExchange starts enhanced authentication. [MQTT-4.12.0-2]
func (c *conn) beginExchange(b *batch, a *admission) error {
	a.method = a.connect.Props.Text(mqtt.PropAuthMethod)
	if c.srv.policy.begin == nil {
		return errNoMethod
	}
	var reply []byte
	var err error
	a.exchange, reply, err = c.srv.policy.begin.Begin(a.info, a.method, []byte(a.connect.Props.Text(mqtt.PropAuthData)))
	if err != nil {
		a.err = err
		c.admission = a
		return c.decided(b)
	}
	c.admission = a
	return c.challenge(b, reply)
}

var errNoMethod = &mqtt.ReasonError{Code: mqtt.BadAuthenticationMethod, Reason: "this server has no such authentication method"}

// challenge sends AUTH with reason code continue authentication.
func (c *conn) challenge(b *batch, data []byte) error {
	p := wire.Auth{Code: mqtt.ContinueAuthentication}
	p.Props.SetText(mqtt.PropAuthMethod, c.admission.method)
	p.Props.SetText(mqtt.PropAuthData, string(data))
	out, err := p.Append(nil, c.version)
	if err != nil {
		return err
	}
	b.appendPacket(c, out)
	return nil
}

// onAuth handles AUTH, which only continues the exchange that CONNECT began.
func (c *conn) onAuth(b *batch, h wire.Header, body []byte) error {
	var p wire.Auth
	if err := p.Decode(c.version, h.Flags, body); err != nil {
		return err
	}
	a := c.admission
	switch {
	case a == nil || a.exchange == nil:
		return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: "AUTH without an exchange under way"}
	case p.Props.Text(mqtt.PropAuthMethod) != a.method: // [MQTT-4.12.0-5]
		return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: "AUTH names another method than CONNECT"}
	}
	reply, done, err := a.exchange.Next([]byte(p.Props.Text(mqtt.PropAuthData)))
	switch {
	case err != nil:
		a.err = err
		return c.decided(b)
	case !done:
		return c.challenge(b, reply)
	}
	a.final = reply
	return c.decided(b)
}
