package completions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

const (
	// Patience is how long Topics takes at most, when its dialer obeys the
	// context. With the start of the program it stays below half a second.
	Patience = 450 * time.Millisecond

	listenTime = 300 * time.Millisecond // for what arrives after SUBACK
	maxTopics  = 10_000                 // more cannot be chosen from
	maxPacket  = 4 << 20                // in bytes; a larger one ends the look
)

// Broker is a broker to look at. The look is a session of its own that leaves
// nothing behind: no client identifier of the user's, no will.
type Broker struct {
	// Dial connects to the broker. It must obey its context.
	Dial func(ctx context.Context) (net.Conn, error)
	// Versions are tried in this order until the broker accepts one.
	Versions []mqtt.Version
	// Username is empty for none.
	Username string
	// Password is nil for none.
	Password []byte
}

// Topics returns the topic names of retained messages that match the filter,
// and of those that are published while it waits, sorted and each once. It
// takes at most Patience. When the broker ends the look early, the topics until
// then are returned; the error says why there are none.
func (b *Broker) Topics(ctx context.Context, filter string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	err := errors.New("no version to try")
	for _, v := range b.Versions {
		var topics []string
		if topics, err = b.look(ctx, v, filter); err == nil || ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) {
			return topics, err
		}
	}
	return nil, err
}

func (b *Broker) look(ctx context.Context, v mqtt.Version, filter string) ([]string, error) {
	nc, err := b.Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	deadline, _ := ctx.Deadline() // there is one: Topics sets it
	if err := nc.SetDeadline(deadline); err != nil {
		return nil, err
	}
	request, err := b.request(v, filter)
	if err != nil {
		return nil, err
	}
	if _, err := nc.Write(request); err != nil {
		return nil, err
	}
	l := listener{version: v, found: map[string]struct{}{}, subscribed: func() {
		_ = nc.SetReadDeadline(earlier(deadline, time.Now().Add(listenTime))) // the old one holds otherwise
	}}
	err = l.listen(nc)
	if l.ready {
		goodbye, _ := (&wire.Disconnect{}).Append(nil, v)
		_, _ = nc.Write(goodbye) // the close says the same
		err = nil
	}
	return l.topics(), err
}

// request returns CONNECT and SUBSCRIBE: the broker must take the second as
// soon as the first is accepted.
func (b *Broker) request(v mqtt.Version, filter string) ([]byte, error) {
	connect := wire.Connect{Version: v, CleanStart: true, KeepAlive: 60,
		Username: b.Username, HasUsername: b.Username != "", Password: b.Password, HasPassword: b.Password != nil}
	if v == mqtt.V31 { // needs one
		connect.ClientID = fmt.Sprintf("mqt-%x", time.Now().UnixNano())
	}
	request, err := connect.Append(nil, v)
	if err != nil {
		return nil, err
	}
	subscribe := wire.Subscribe{PacketID: 1, Filters: []wire.SubscribeFilter{{Filter: filter}}}
	return subscribe.Append(request, v)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// listener reads what the broker sends.
type listener struct {
	version    mqtt.Version
	subscribed func() // called once, at SUBACK
	ready      bool   // the subscription is accepted
	found      map[string]struct{}
	publish    wire.Publish
}

// listen collects topics until r fails, which a deadline sees to, or there are
// enough.
func (l *listener) listen(r io.Reader) error {
	rd := wire.Reader{R: r, Max: maxPacket}
	for len(l.found) < maxTopics {
		h, body, err := rd.Next()
		if err != nil {
			return err
		}
		if err := l.packet(h, body); err != nil {
			return err
		}
	}
	return nil
}

func (l *listener) packet(h wire.Header, body []byte) error {
	switch h.Type {
	case wire.CONNACK:
		var p wire.Connack
		if err := p.Decode(l.version, h.Flags, body); err != nil {
			return err
		}
		return refusal("connect", p.Code)
	case wire.SUBACK:
		var p wire.Suback
		if err := p.Decode(l.version, h.Flags, body); err != nil {
			return err
		}
		for _, code := range p.Codes {
			if err := refusal("subscribe", code); err != nil {
				return err
			}
		}
		if !l.ready {
			l.ready = true
			l.subscribed()
		}
	case wire.PUBLISH:
		if err := l.publish.Decode(l.version, h.Flags, body); err != nil {
			return err
		}
		if name := string(l.publish.Topic); plain(name) {
			l.found[name] = struct{}{}
		}
	case wire.DISCONNECT:
		return io.EOF
	}
	return nil
}

func refusal(op string, code mqtt.ReasonCode) error {
	if code.Failed() {
		return &mqtt.ReasonError{Op: op, Code: code}
	}
	return nil
}

func (l *listener) topics() []string {
	names := make([]string, 0, len(l.found))
	for name := range l.found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
