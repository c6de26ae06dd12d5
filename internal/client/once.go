package client

import (
	"context"
	"errors"
	"net"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Once connects, publishes m and disconnects, in the calling goroutine and
// without a session engine: a program that is called for each message spends
// most of its time on starting. It does so in the plain case only, which is
// QoS 0, a small message, a clean start, neither a will nor enhanced
// authentication, and a broker that accepts it all. In every other case it
// reports false, with nothing published, and Connect is to be used. Errors
// are those of Connect.
func Once(ctx context.Context, o Options, m mqtt.Message) (handled bool, err error) {
	o = o.withDefaults()
	c := &Client{opts: o, clientID: o.ClientID, version: o.Version}
	if c.version == 0 {
		c.version = mqtt.V5
	}
	if !o.plain(&m) || c.checkMessage(&m) != nil {
		return false, nil
	}
	connect, _, err := c.connectPacket(true)
	if err != nil {
		return false, nil // Connect says it
	}
	limit, cancel := context.WithTimeout(ctx, o.ConnectTimeout)
	defer cancel()
	nc, err := o.Dial(limit)
	if err != nil {
		return true, c.timeout(ctx, err, "connection")
	}
	defer nc.Close()
	stop := context.AfterFunc(limit, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })
	ca, greeted, err := c.greet(nc, connect)
	malformed := (*mqtt.ReasonError)(nil)
	switch {
	case !stop():
		return true, c.timeout(ctx, limit.Err(), "answer to CONNECT")
	case errors.Is(err, errNoAnswer) && o.Version != 0, // an old broker may know an older one
		errors.As(err, &malformed): // it is no broker
		return true, err
	case !greeted:
		return false, nil
	}
	return c.sendOnce(nc, ca, &m)
}

// plain reports whether Once can be tried.
func (o *Options) plain(m *mqtt.Message) bool {
	return m.QoS == mqtt.AtMostOnce && len(m.Payload) <= flushSize && o.CleanStart && !o.KeepSession &&
		o.Will == nil && o.Auth == nil && !o.RetryConnect
}

// greet sends CONNECT and reads CONNACK. It reports whether there is one that
// needs no more thought.
func (c *Client) greet(nc net.Conn, connect []byte) (ca wire.Connack, ok bool, err error) {
	rd := wire.Reader{R: nc, Max: maxGreeting}
	_, err = nc.Write(connect)
	var h wire.Header
	var body []byte
	if err == nil {
		h, body, err = rd.Next()
	}
	if isHangup(err) {
		err = errNoAnswer
	}
	old := c.version == mqtt.V5 && len(body) == 2 // the form of 3.1.1
	if err != nil || h.Type != wire.CONNACK || old || ca.Decode(c.version, h.Flags, body) != nil {
		return ca, false, err
	}
	return ca, !ca.SessionPresent && !ca.Props.Has(mqtt.PropAuthMethod) && rd.Buffered() == 0, nil
}

// sendOnce writes PUBLISH and DISCONNECT in one, if the broker takes the
// message.
func (c *Client) sendOnce(nc net.Conn, ca wire.Connack, m *mqtt.Message) (handled bool, err error) {
	if ca.Code.Failed() {
		if c.opts.Version == 0 && ca.Code == mqtt.UnsupportedProtocolVersion {
			return false, nil
		}
		return true, &mqtt.ReasonError{Op: "connect", Code: ca.Code, Reason: ca.Props.Text(mqtt.PropReasonString)}
	}
	c.limits = limitsOf(&ca)
	if c.limits.checkPublish(m) != nil {
		return false, nil
	}
	packets, err := c.appendPublish(nil, m, publishForm{})
	if err != nil {
		return false, nil // Connect says it
	}
	bye := wire.Disconnect{Props: c.opts.DisconnectProps}
	if packets, err = bye.Append(packets, c.version); err != nil {
		return false, nil
	}
	c.opts.Events(Event{Kind: Connected})
	if err := nc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return true, err
	}
	_, err = nc.Write(packets)
	return true, err
}
