package client

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/eclipse/paho.golang/paho"
	"github.com/eclipse/paho.golang/paho/session"

	"mqt/internal/mqtt"
)

// subscription is a SUBSCRIBE to repeat when the broker has lost the session.
type subscription struct {
	subs  []mqtt.Subscription
	props mqtt.Properties
}

// Subscribe is SubscribeWith without properties.
func (c *Client) Subscribe(ctx context.Context, subs []mqtt.Subscription, handle func(mqtt.Message)) ([]mqtt.ReasonCode, error) {
	return c.SubscribeWith(ctx, subs, nil, handle)
}

// SubscribeWith sends one SUBSCRIBE and returns the broker's verdict on each
// filter, in order; refusals are codes, not an error. What was granted is
// subscribed again when a reconnect finds no session. Without filters nothing
// is sent: only the handler is set, for what a resumed session brings.
//
// handle becomes the handler of every message of the client, and stays it
// until the next call. It is called from one goroutine, in the order of
// arrival; the message's Payload is valid only during the call. Messages of
// QoS 1 and 2 are acknowledged after it has returned, unless the connection
// was lost meanwhile: then the broker delivers them again. A handler that
// blocks stops the reading from the network, once a few batches are queued,
// and with it everything that waits for an answer of the broker.
func (c *Client) SubscribeWith(ctx context.Context, subs []mqtt.Subscription, props mqtt.Properties, handle func(mqtt.Message)) ([]mqtt.ReasonCode, error) {
	if err := checkSubscriptions(c.version, subs); err != nil {
		return nil, err
	}
	if err := propsNeedV5(c.version, props); err != nil {
		return nil, err
	}
	if handle == nil {
		return nil, errors.New("subscribe without a handler")
	}
	c.setHandler(handle)
	if len(subs) == 0 {
		return nil, nil
	}
	var codes []mqtt.ReasonCode
	err := c.request(ctx, func(l *link) (err error) {
		codes, err = l.subscribe(ctx, subscription{subs, props})
		return err
	})
	if err != nil {
		return nil, err
	}
	c.remember(subscription{slices.Clone(subs), slices.Clone(props)}, codes)
	return codes, nil
}

// setHandler makes handle the handler from the next batch of messages on.
func (c *Client) setHandler(handle func(mqtt.Message)) {
	c.handler.Store(&handle)
	c.handlerOnce.Do(func() { close(c.handlerSet) })
	c.mu.Lock()
	defer c.mu.Unlock()
	c.everSubscribed = true
}

// Unsubscribe sends one UNSUBSCRIBE and returns the broker's verdict on each
// filter, in order; before MQTT 5 all are success.
func (c *Client) Unsubscribe(ctx context.Context, filters []string, props mqtt.Properties) ([]mqtt.ReasonCode, error) {
	if err := propsNeedV5(c.version, props); err != nil {
		return nil, err
	}
	if len(filters) == 0 {
		return nil, errors.New("nothing to unsubscribe from")
	}
	for _, f := range filters {
		if _, err := mqtt.ParseFilter(f); err != nil {
			return nil, fmt.Errorf("topic filter %q %w", clip(f), err)
		}
	}
	var codes []mqtt.ReasonCode
	err := c.request(ctx, func(l *link) error {
		ua, err := l.engine.Unsubscribe(ctx, &paho.Unsubscribe{
			Topics: filters, Properties: &paho.UnsubscribeProperties{User: userProperties(props)}})
		if ua == nil {
			return l.requestError(ctx, "UNSUBACK", err)
		}
		codes = reasonCodes(ua.Reasons)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.forget(filters)
	return codes, nil
}

// request runs do on a link, and again on the next one when the connection is
// lost before the answer.
func (c *Client) request(ctx context.Context, do func(*link) error) error {
	var last *link
	for {
		l, err := c.awaitLink(ctx, last)
		if err != nil {
			return err
		}
		if err := do(l); !errors.Is(err, errLost) {
			return err
		}
		last = l
	}
}

var errLost = errors.New("the connection was lost")

// awaitLink waits until there is a connection other than last.
func (c *Client) awaitLink(ctx context.Context, last *link) (*link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stop := c.wakeOn(ctx)
	defer stop()
	for {
		if c.ended != nil {
			return nil, c.ended
		}
		if c.link != nil && c.link != last {
			return c.link, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c.idle.Wait()
	}
}

// subscribe sends one SUBSCRIBE on l and waits for SUBACK.
func (l *link) subscribe(ctx context.Context, s subscription) ([]mqtt.ReasonCode, error) {
	n := limitsOf(&l.connack)
	if err := n.checkSubscribe(s.subs, s.props); err != nil {
		return nil, err
	}
	req := &paho.Subscribe{Properties: &paho.SubscribeProperties{User: userProperties(s.props)}}
	for _, p := range s.props {
		switch p.ID {
		case mqtt.PropSubscriptionID:
			id := int(p.Int)
			req.Properties.SubscriptionIdentifier = &id
		case mqtt.PropUser:
		default:
			return nil, fmt.Errorf("%v is not a property of SUBSCRIBE", p.ID)
		}
	}
	for _, f := range s.subs {
		req.Subscriptions = append(req.Subscriptions, paho.SubscribeOptions{
			Topic: f.Filter.String(), QoS: byte(f.QoS), NoLocal: f.NoLocal,
			RetainAsPublished: f.RetainAsPublished, RetainHandling: byte(f.RetainHandling),
		})
	}
	sa, err := l.engine.Subscribe(ctx, req)
	if sa == nil {
		return nil, l.requestError(ctx, "SUBACK", err)
	}
	return reasonCodes(sa.Reasons), nil // refusals are paho's error, too
}

// requestError says what a failed request of paho's means.
func (l *link) requestError(ctx context.Context, answer string, err error) error {
	switch {
	case errors.Is(err, paho.ErrConnectionLost), errors.Is(err, session.ErrNoConnection):
		return errLost
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return fmt.Errorf("no %s within %v", answer, answerTimeout)
	}
	return err
}

func reasonCodes(b []byte) []mqtt.ReasonCode {
	codes := make([]mqtt.ReasonCode, len(b))
	for i := range b {
		codes[i] = mqtt.ReasonCode(b[i])
	}
	return codes
}

func userProperties(ps mqtt.Properties) paho.UserProperties {
	var up paho.UserProperties
	for k, v := range ps.User() {
		up.Add(k, v)
	}
	return up
}

// remember keeps what was granted for resubscribing.
func (c *Client) remember(s subscription, codes []mqtt.ReasonCode) {
	granted := subscription{props: s.props}
	var filters []string
	for i, sub := range s.subs {
		if i < len(codes) && !codes[i].Failed() {
			granted.subs = append(granted.subs, sub)
			filters = append(filters, sub.Filter.String())
		}
	}
	c.forget(filters)
	if len(granted.subs) > 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.subs = append(c.subs, granted)
	}
}

// forget removes filters from what is subscribed.
func (c *Client) forget(filters []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var left []subscription
	for _, s := range c.subs {
		s.subs = slices.DeleteFunc(slices.Clone(s.subs), func(sub mqtt.Subscription) bool {
			return slices.Contains(filters, sub.Filter.String())
		})
		if len(s.subs) > 0 {
			left = append(left, s)
		}
	}
	c.subs = left
}

// subscribed reports whether messages may be on their way to us.
func (c *Client) subscribed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.everSubscribed
}
