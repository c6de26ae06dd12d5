package client

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// answerTimeout is how long paho waits for SUBACK and UNSUBACK.
const answerTimeout = time.Minute

// defaultInflight2 is how many publishes of QoS 2 are on their way at once
// before MQTT 5, which has no Receive Maximum to tell. mosquitto, by default,
// drops the connection of a client that sends more.
const defaultInflight2 = 20

// mostFruitless is how many connections in a row may end without having brought
// anything while publishes are pending. With the default back-off that takes
// more than a minute.
const mostFruitless = 8

// first makes the first connection and settles the version.
func (c *Client) first(ctx context.Context) (*link, error) {
	for attempt := 0; ; attempt++ {
		l, err := c.negotiate(ctx)
		if err == nil {
			return l, nil
		}
		if !c.opts.RetryConnect || permanent(err) || ctx.Err() != nil {
			return nil, err
		}
		if err := c.pause(ctx, attempt, c.opts.Backoff.delay(attempt), err); err != nil {
			return nil, err
		}
	}
}

// negotiate connects with the version asked for, or finds one.
func (c *Client) negotiate(ctx context.Context) (*link, error) {
	if c.opts.Version != 0 {
		return c.attempt(ctx, true)
	}
	c.version = mqtt.V5
	l, err := c.attempt(ctx, true)
	if err == nil || !unsupported(err) {
		return l, err
	}
	if bad := c.opts.check(mqtt.V311); bad != nil {
		return nil, fmt.Errorf("the broker does not speak MQTT 5: %w", bad)
	}
	c.version = mqtt.V311
	return c.attempt(ctx, true)
}

// unsupported reports whether a refusal may be due to the version. Old brokers
// close the connection upon a version they do not know.
func unsupported(err error) bool {
	var re *mqtt.ReasonError
	return errors.As(err, &re) && re.Op == "connect" && re.Code == mqtt.UnsupportedProtocolVersion || errors.Is(err, errNoAnswer)
}

// attempt makes one connection, from Dial to CONNACK.
func (c *Client) attempt(ctx context.Context, first bool) (*link, error) {
	connect, exchange, err := c.connectPacket(first)
	if err != nil {
		return nil, err
	}
	limit, cancel := context.WithTimeout(ctx, c.opts.ConnectTimeout)
	defer cancel()
	nc, err := c.opts.Dial(limit)
	if err != nil {
		return nil, c.timeout(ctx, err, "connection")
	}
	l := newLink(c, nc, c.version)
	l.connect, l.exchange = connect, exchange
	l.engine = paho.NewClient(paho.ClientConfig{
		Conn: l, Session: l.reqs, PingHandler: &l.pings, PacketTimeout: answerTimeout,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){
			func(paho.PublishReceived) (bool, error) { return true, nil }, // gets none
		},
	})
	one := uint16(1)
	_, err = l.engine.Connect(limit, &paho.Connect{
		KeepAlive: uint16(c.opts.KeepAlive / time.Second), CleanStart: true,
		Properties: &paho.ConnectProperties{ReceiveMaximum: &one}, // sizes a channel we do not use
	})
	if err == nil {
		return l, nil
	}
	l.fail(err)
	l.out.ended.Wait()
	if cause := l.cause(); !isClosed(cause) {
		err = cause
	}
	return nil, c.timeout(ctx, err, "answer to CONNECT")
}

// timeout words the end of ConnectTimeout; other errors stay as they are.
func (c *Client) timeout(ctx context.Context, err error, what string) error {
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return fmt.Errorf("no %s within %v: %w", what, c.opts.ConnectTimeout, context.DeadlineExceeded)
	}
	return err
}

// connectPacket builds CONNECT, and begins the exchange that it opens.
func (c *Client) connectPacket(first bool) (packet []byte, x Exchange, err error) {
	o := &c.opts
	if err := o.check(c.version); err != nil {
		return nil, nil, err
	}
	p := wire.Connect{
		Version: c.version, CleanStart: o.CleanStart, KeepAlive: uint16(o.KeepAlive / time.Second),
		ClientID: c.ClientID(), Props: o.Props,
		Username: o.Username, HasUsername: o.HasUsername || o.Username != "",
		Password: o.Password, HasPassword: o.Password != nil,
	}
	if w := o.Will; w != nil {
		p.Will = &wire.Will{Topic: w.Topic, Payload: w.Payload, QoS: w.QoS, Retain: w.Retain, Props: w.Props}
	}
	if c.version == mqtt.V5 {
		p.Props = o.connectProps()
		if expiry, _ := p.Props.Uint(mqtt.PropSessionExpiry); !first && expiry > 0 {
			p.CleanStart = false // the session of the connection that was lost
		}
		if o.Auth != nil {
			x, p.Props = o.Auth.begin(p.Props)
		}
	}
	if p.ClientID == "" && c.version == mqtt.V31 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		p.ClientID = "mqt-" + hex.EncodeToString(b[:])
		c.setClientID(p.ClientID)
	}
	packet, err = p.Append(nil, c.version)
	return packet, x, err
}

func (c *Client) setClientID(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clientID = id
}

// establish makes l the client's connection: what is unacknowledged and what
// was kept is sent first.
func (c *Client) establish(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link = l
	c.limits = limitsOf(&l.connack)
	c.connack = l.connack.Props
	c.present = l.connack.SessionPresent
	if id := c.connack.Text(mqtt.PropAssignedClientID); id != "" {
		c.clientID = id
	}
	l.quota = min(c.opts.Inflight, c.limits.receive)
	l.quota2 = l.quota
	if c.version != mqtt.V5 && c.opts.Inflight == DefaultInflight {
		l.quota2 = min(l.quota, defaultInflight2)
	}
	l.aliases = map[uint16]string{}
	c.window.resume(c.present)
	c.pump(l)
	l.out.buf = appendFitting(l.out.buf, c.carry, c.limits.maxPacket)
	c.carry = nil
	if c.ended != nil { // Disconnect or Close saw no connection to end
		defer l.fail(ErrClosed)
	}
	if len(l.out.buf) > 0 {
		l.out.add(true)
	}
	c.room.Broadcast()
	c.idle.Broadcast()
}

// run looks after the connection until the client ends.
func (c *Client) run(ctx context.Context, l *link) {
	defer c.cancel()
	for fruitless := 1; ; fruitless++ {
		since := time.Now()
		<-l.engine.Done()
		l.out.ended.Wait()
		cause := l.cause()
		c.detach(l)
		if l.fruitful.Load() || time.Since(since) > c.opts.Backoff.Max {
			fruitless = 0
		}
		if c.isClosing() {
			break
		}
		c.opts.Events(Event{Kind: Lost, Err: cause})
		if c.opts.NoReconnect || permanent(cause) {
			c.end(cause)
			break
		}
		if fruitless == mostFruitless && c.unanswered() {
			c.end(fmt.Errorf("%d connections in a row ended before the broker acknowledged anything, which a message that is too large for it would explain: %w", fruitless, cause))
			break
		}
		next, err := c.reconnect(ctx, cause, fruitless)
		if err != nil {
			c.end(err)
			break
		}
		l = next
	}
	c.close()
	c.abandon()
	close(c.done)
}

// unanswered reports whether publishes are unacknowledged.
func (c *Client) unanswered() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.window.used > 0
}

// reconnect tries until a connection stands, the broker refuses for good or
// the client is closed, and restores the subscriptions. It waits as if so many
// attempts as fruitless says had failed already.
func (c *Client) reconnect(ctx context.Context, cause error, fruitless int) (*link, error) {
	for attempt := 0; ; attempt++ {
		if err := c.pause(ctx, attempt, c.opts.Backoff.delay(fruitless+attempt), cause); err != nil {
			return nil, ErrClosed
		}
		l, err := c.attempt(ctx, false)
		if err == nil {
			c.resubscribe(ctx, l)
			c.opts.Events(Event{Kind: Reconnected, SessionPresent: l.connack.SessionPresent, Attempt: attempt + 1})
			c.establish(l)
			return l, nil
		}
		if c.isClosing() {
			return nil, ErrClosed
		}
		if permanent(err) {
			return nil, err
		}
		cause = err
	}
}

// pause waits before an attempt.
func (c *Client) pause(ctx context.Context, attempt int, in time.Duration, cause error) error {
	c.opts.Events(Event{Kind: Reconnecting, Err: cause, In: in, Attempt: attempt + 1})
	t := time.NewTimer(in)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// resubscribe repeats the subscriptions that the broker has lost.
func (c *Client) resubscribe(ctx context.Context, l *link) {
	if l.connack.SessionPresent {
		return
	}
	c.mu.Lock()
	subs := slices.Clone(c.subs)
	c.mu.Unlock()
	for _, s := range subs {
		codes, err := l.subscribe(ctx, s)
		for i, code := range codes {
			if code.Failed() && err == nil {
				err = &mqtt.ReasonError{Op: "subscribe " + s.subs[i].Filter.String(), Code: code}
			}
		}
		if errors.Is(err, errLost) || c.isClosing() {
			return
		}
		if err != nil {
			c.opts.Events(Event{Kind: Resubscribed, Err: err})
		}
	}
}

func (c *Client) isClosing() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}
