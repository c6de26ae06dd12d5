package client

import (
	"bytes"
	"context"
	"errors"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// carryBytes is how much of QoS 0 is kept while there is no connection.
const carryBytes = 16 << 20

// ErrClosed is the error of everything that is asked of a client after
// Disconnect or Close.
var ErrClosed = errors.New("the client is closed")

// Publish sends m and returns when it has what its QoS asks for: at QoS 0 when
// it is accepted, at QoS 1 and 2 when the broker has acknowledged it, over a
// reconnect if need be. A refusal is a *mqtt.ReasonError. When the context
// ends first, a message that was accepted stays accepted.
func (c *Client) Publish(ctx context.Context, m mqtt.Message) error {
	if m.QoS == mqtt.AtMostOnce {
		return c.publish(ctx, m, publishOptions{urgent: true})
	}
	m.Payload = bytes.Clone(m.Payload) // the caller may be gone before the acknowledgement
	result := make(chan error, 1)
	err := c.publish(ctx, m, publishOptions{urgent: true, done: func(err error) { result <- err }})
	if err != nil {
		return err
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// PublishAsync accepts m for sending. At QoS 1 and 2 done, unless nil, is
// called once, from another goroutine, when the message is acknowledged (nil),
// refused (*mqtt.ReasonError) or lost because the client ended; until then the
// payload must not be modified. done must not block. At QoS 0 done is called
// before PublishAsync returns and says only that the message was accepted; the
// payload is copied.
//
// PublishAsync blocks while Options.Inflight messages and a few hundred behind
// them are unacknowledged, at QoS 0 while the broker does not read or too much is kept for a reconnect. An
// error means that the message was not accepted; done is then not called.
func (c *Client) PublishAsync(m mqtt.Message, done func(error)) error {
	return c.publish(context.Background(), m, publishOptions{done: done})
}

type publishOptions struct {
	done   func(error)
	urgent bool // somebody waits
}

func (c *Client) publish(ctx context.Context, m mqtt.Message, o publishOptions) error {
	c.mu.Lock()
	if err := c.checkMessage(&m); err != nil {
		c.mu.Unlock()
		return err
	}
	if err := c.awaitRoom(ctx, m.QoS); err != nil {
		c.mu.Unlock()
		return err
	}
	err := c.limits.checkPublish(&m)
	if err == nil && m.QoS == mqtt.AtMostOnce {
		err = c.send0(&m, o.urgent)
	} else if err == nil {
		err = c.send12(&m, o)
	}
	l := c.link
	full := l != nil && len(l.out.buf) >= flushSize
	c.mu.Unlock()
	if full {
		l.out.flush()
	}
	if err == nil && m.QoS == mqtt.AtMostOnce && o.done != nil {
		o.done(nil)
	}
	return err
}

// awaitRoom waits until a message can be accepted. The caller holds c.mu.
func (c *Client) awaitRoom(ctx context.Context, q mqtt.QoS) error {
	cond, full := c.idle, func() bool { return c.link == nil && len(c.carry) >= carryBytes }
	if q > mqtt.AtMostOnce {
		cond, full = c.room, c.window.full
	}
	if c.ended == nil && !full() {
		return nil
	}
	stop := c.wakeOn(ctx)
	defer stop()
	c.waiters++
	defer func() { c.waiters-- }()
	for c.ended == nil && full() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.link != nil {
			notify(c.link.out.hurry)
		}
		cond.Wait()
	}
	return c.ended
}

// wakeOn wakes everybody who waits on the client's conditions when ctx ends.
func (c *Client) wakeOn(ctx context.Context) (stop func() bool) {
	if ctx.Done() == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.room.Broadcast()
		c.idle.Broadcast()
	})
}

// send0 appends a QoS 0 message to the connection, or to what is kept for the
// next one. The caller holds c.mu.
func (c *Client) send0(m *mqtt.Message, urgent bool) error {
	if c.link == nil {
		b, err := c.appendPublish(c.carry, m, publishForm{})
		if err == nil {
			c.carry = b
		}
		return err
	}
	if err := c.link.appendPublish(m, 0, false); err != nil {
		return err
	}
	c.link.out.add(urgent)
	return nil
}

// send12 takes a message of QoS 1 or 2 into the window and, if its turn has
// come, appends it to the connection. The caller holds c.mu.
func (c *Client) send12(m *mqtt.Message, o publishOptions) error {
	w, l := &c.window, c.link
	now := l != nil && len(w.queue) == 0 && len(l.out.buf) < refillSize && l.takes(m.QoS)
	if !now { // find out now what the message would fail from later
		b, err := c.appendPublish(c.scratch[:0], m, publishForm{id: 1})
		if err != nil {
			return err
		}
		if cap(b) <= keepBuffer {
			c.scratch = b
		}
	}
	id := w.add(*m, o.done)
	if !now {
		w.queue = append(w.queue, id)
		return nil
	}
	if err := c.sendSlot(l, id); err != nil {
		w.remove(id)
		return err
	}
	l.out.packets-- // add counts it again
	l.out.add(o.urgent || w.full())
	return nil
}

// publishForm is how a message goes on the wire.
type publishForm struct {
	id      uint16
	dup     bool
	noTopic bool // the topic alias stands for it
	noAlias bool // the alias is left out
}

// appendPublish appends m as a packet. The caller holds c.mu.
func (c *Client) appendPublish(dst []byte, m *mqtt.Message, f publishForm) ([]byte, error) {
	p := wire.Publish{Dup: f.dup, QoS: m.QoS, Retain: m.Retain, PacketID: f.id, Payload: m.Payload}
	if !f.noTopic {
		c.topic = append(c.topic[:0], m.Topic...)
		p.Topic = c.topic
	}
	if len(m.Props) > 0 {
		ps := m.Props
		if f.noAlias {
			ps = ps.Without(mqtt.PropTopicAlias)
		}
		var err error
		if c.props, err = wire.AppendProperties(c.props[:0], ps); err != nil {
			return dst, err
		}
		p.Props = c.props
	}
	b, err := p.Append(dst, c.version)
	if err != nil {
		return dst, err
	}
	if size := len(b) - len(dst); size > c.limits.maxPacket {
		return dst, tooLarge(size, c.limits.maxPacket)
	}
	return b, nil
}

// appendPublish appends m to the link's outbox. A topic alias from the
// message's properties stands for the topic from its second use on; one that
// this broker does not accept is left out. The caller holds Client.mu.
func (l *link) appendPublish(m *mqtt.Message, id uint16, dup bool) error {
	f := publishForm{id: id, dup: dup}
	alias, ok := uint32(0), false
	if len(m.Props) > 0 {
		alias, ok = m.Props.Uint(mqtt.PropTopicAlias)
	}
	if ok {
		f.noAlias = alias > l.c.limits.maxAlias
		f.noTopic = !f.noAlias && l.aliases[uint16(alias)] == m.Topic
	}
	b, err := l.c.appendPublish(l.out.buf, m, f)
	if err != nil {
		return err
	}
	l.out.buf = b
	if ok && !f.noAlias {
		l.aliases[uint16(alias)] = m.Topic
	}
	return nil
}

// Flush waits until everything that was accepted is written (QoS 0) or
// acknowledged (QoS 1 and 2), every done function included. It waits for a
// reconnect if it has to. When the client ends first, it returns why, after
// the done functions of what is lost with it.
func (c *Client) Flush(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	stop := c.wakeOn(ctx)
	defer stop()
	var ended error
	for c.pending() {
		ended = c.ended
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.link != nil {
			notify(c.link.out.hurry)
		}
		c.idle.Wait()
	}
	return ended
}

// pending reports whether Flush has to wait. The caller holds c.mu.
func (c *Client) pending() bool {
	return c.window.used > 0 || c.reporting > 0 || len(c.carry) > 0 || c.link != nil && !c.link.out.idle()
}
