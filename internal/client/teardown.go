package client

import (
	"errors"
	"iter"
	"net"
	"slices"

	"github.com/eclipse/paho.golang/paho"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// disconnect sends DISCONNECT and closes the link.
func (l *link) disconnect(code mqtt.ReasonCode) {
	// The link keeps write errors, and the client is leaving anyway.
	_ = l.engine.Disconnect(&paho.Disconnect{ReasonCode: byte(code)})
}

func isClosed(err error) bool {
	return err == nil || errors.Is(err, net.ErrClosed)
}

// permanent reports whether connecting again would end the same way: the
// broker said why it does not want us, or one side breaks the protocol.
func permanent(err error) bool {
	var re *mqtt.ReasonError
	var auth *AuthError
	if errors.As(err, &auth) {
		return true
	}
	if !errors.As(err, &re) {
		return false
	}
	transient := []mqtt.ReasonCode{
		mqtt.Success, mqtt.UnspecifiedError, mqtt.ImplementationSpecificError, mqtt.ServerUnavailable,
		mqtt.ServerBusy, mqtt.ServerShuttingDown, mqtt.KeepAliveTimeout, mqtt.MessageRateTooHigh,
		mqtt.QuotaExceeded, mqtt.AdministrativeAction, mqtt.ConnectionRateExceeded, mqtt.MaximumConnectTime,
	}
	return !slices.Contains(transient, re.Code)
}

// detach takes the link away and keeps the QoS 0 messages it did not write.
// The link's goroutines have ended.
func (c *Client) detach(l *link) {
	l.out.wmu.Lock() // a publisher may still be writing
	defer l.out.wmu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == l {
		c.link = nil
	}
	var carry []byte
	var p wire.Publish
	l.out.leftovers(func(flags byte, body []byte) {
		if p.Decode(l.version, flags, body) != nil {
			return // cannot be: we encoded it
		}
		if len(p.Topic) == 0 {
			p.Topic = []byte(l.aliases[p.TopicAlias])
		}
		if p.AliasAt >= 0 { // means nothing on another connection
			p.Props = append(slices.Clone(p.Props[:p.AliasAt]), p.Props[p.AliasAt+3:]...)
		}
		if b, err := p.Append(carry, l.version); err == nil {
			carry = b
		}
	})
	c.carry = append(carry, c.carry...)
	c.idle.Broadcast()
}

// abandon tells the publishers of everything unacknowledged that the client
// has ended, and counts the QoS 0 messages that were not sent.
func (c *Client) abandon() {
	c.mu.Lock()
	ended := c.ended
	var vs []verdict
	for _, id := range c.window.ids() {
		vs = append(vs, verdict{done: c.window.remove(id), err: ended})
	}
	c.reporting += len(vs)
	c.window.queue = nil
	dropped := 0
	for range packetsOf(c.carry) {
		dropped++
	}
	c.carry = nil
	c.room.Broadcast()
	c.idle.Broadcast()
	c.mu.Unlock()
	c.report(vs)
	if dropped > 0 {
		c.opts.Events(Event{Kind: Dropped, Count: dropped, Err: ended})
	}
}

// packetsOf yields the packets of b, which holds nothing but whole ones.
func packetsOf(b []byte) iter.Seq2[wire.Header, []byte] {
	return func(yield func(wire.Header, []byte) bool) {
		for len(b) > 0 {
			h, err := wire.ParseHeader(b)
			if err != nil || h.Total() > len(b) || !yield(h, b[:h.Total()]) {
				return
			}
			b = b[h.Total():]
		}
	}
}

// appendFitting appends the packets of b that are at most limit bytes long.
func appendFitting(dst, b []byte, limit int) []byte {
	for _, p := range packetsOf(b) {
		if len(p) <= limit {
			dst = append(dst, p...)
		}
	}
	return dst
}
