package client

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// collect returns a handler that copies messages to a channel.
func collect() (func(mqtt.Message), <-chan mqtt.Message) {
	ch := make(chan mqtt.Message, 100)
	return func(m mqtt.Message) {
		m.Payload = append([]byte(nil), m.Payload...)
		ch <- m
	}, ch
}

func raw(t testing.TB, ps ...mqtt.Property) wire.RawProperties {
	t.Helper()
	b, err := wire.AppendProperties(nil, ps)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReceive(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(Options{Props: mqtt.Properties{{ID: mqtt.PropTopicAliasMaximum, Int: 2}}}, wire.Connack{})
	handle, got := collect()
	p.subscribe(c, handle)
	props := []mqtt.Property{{ID: mqtt.PropSubscriptionID, Int: 7}, {ID: mqtt.PropUser, Key: "a", Value: "1"},
		{ID: mqtt.PropSubscriptionID, Int: 8}, {ID: mqtt.PropUser, Key: "a", Value: "2"}}
	p.send(&wire.Publish{Topic: []byte("x/y"), Payload: []byte("hello"), QoS: 1, PacketID: 9, Retain: true, Props: raw(t, props...)})
	m := <-got
	if m.Topic != "x/y" || string(m.Payload) != "hello" || m.QoS != 1 || m.PacketID != 9 || !m.Retain || m.Received.IsZero() {
		t.Errorf("message = %+v, want what was sent", m)
	}
	if !slices.Equal(m.Props, mqtt.Properties(props)) { // both identifiers, in order
		t.Errorf("properties = %v, want %v", m.Props, props)
	}
	p.wantAck(wire.PUBACK, 9)
	alias := raw(t, mqtt.Property{ID: mqtt.PropTopicAlias, Int: 2})
	p.send(&wire.Publish{Topic: []byte("aliased"), Props: alias}, &wire.Publish{Props: alias})
	for range 2 {
		if m := <-got; m.Topic != "aliased" {
			t.Errorf("topic = %q, want aliased", m.Topic)
		}
	}
}

func TestReceiveExactlyOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(quick(Options{ClientID: "x", Version: mqtt.V311}), wire.Connack{})
	handle, got := collect()
	p.subscribe(c, handle)
	m := &wire.Publish{Topic: []byte("t"), Payload: []byte("1"), QoS: 2, PacketID: 5}
	p.send(m)
	p.wantAck(wire.PUBREC, 5)
	p.close() // the broker has not seen the PUBREC: it delivers again
	p = f.next()
	p.accept(wire.Connack{SessionPresent: true})
	m.Dup = true
	p.send(m)
	p.wantAck(wire.PUBREC, 5)
	p.ack(wire.PUBREL, 5)
	p.wantAck(wire.PUBCOMP, 5)
	m.Dup, m.Payload = false, []byte("2") // the identifier is free again
	p.send(m)
	p.wantAck(wire.PUBREC, 5)
	p.close() // without the session it is another message
	p = f.next()
	p.accept(wire.Connack{})
	s := read[wire.Subscribe](p)
	p.send(&wire.Suback{PacketID: s.PacketID, Codes: []mqtt.ReasonCode{2}})
	m.Payload = []byte("3")
	p.send(m)
	p.wantAck(wire.PUBREC, 5)
	_ = c.Close()
	for _, want := range []string{"1", "2", "3"} {
		if m := <-got; string(m.Payload) != want {
			t.Errorf("message = %q, want %q", m.Payload, want)
		}
	}
	if len(got) > 0 {
		t.Errorf("%d messages too many", len(got))
	}
}

// Messages of a resumed session wait for the first Subscribe.
func TestMessagesBeforeSubscribe(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(Options{ClientID: "x"}, wire.Connack{SessionPresent: true})
	p.send(&wire.Publish{Topic: []byte("t"), Payload: []byte("early"), QoS: 1, PacketID: 1})
	handle, got := collect()
	done := make(chan error, 1)
	subs := sub(t, "t", 1)
	go func() {
		_, err := c.Subscribe(context.Background(), subs, handle)
		done <- err
	}()
	var s *wire.Subscribe
	for range 2 { // in either order
		switch pkt := p.any().(type) {
		case *wire.Subscribe:
			s = pkt
		case *wire.Ack:
			if pkt.PacketID != 1 || pkt.Type != wire.PUBACK {
				t.Errorf("acknowledgement = %+v, want PUBACK 1", pkt)
			}
		}
	}
	p.send(&wire.Suback{PacketID: s.PacketID, Codes: []mqtt.ReasonCode{1}})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if m := <-got; string(m.Payload) != "early" {
		t.Errorf("message = %q, want early", m.Payload)
	}
}

func TestSubscribeAndUnsubscribe(t *testing.T) {
	t.Parallel()
	for _, v := range []mqtt.Version{mqtt.V5, mqtt.V311} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c, p := f.connect(quick(Options{Version: v, ClientID: "x"}), wire.Connack{})
			subs := append(sub(t, "a/+", 1), sub(t, "b", 2)...)
			var props mqtt.Properties
			if v == mqtt.V5 {
				subs[0].NoLocal, subs[1].RetainHandling = true, mqtt.RetainDontSend
				props = mqtt.Properties{{ID: mqtt.PropSubscriptionID, Int: 300}, {ID: mqtt.PropUser, Key: "k", Value: "v"}}
			}
			type result struct {
				codes []mqtt.ReasonCode
				err   error
			}
			ch := make(chan result, 1)
			go func() {
				codes, err := c.SubscribeWith(context.Background(), subs, props, func(mqtt.Message) {})
				ch <- result{codes, err}
			}()
			read[wire.Subscribe](p)
			p.close() // before the answer: it is sent again
			p = f.next()
			p.accept(wire.Connack{})
			s := read[wire.Subscribe](p)
			want := []wire.SubscribeFilter{{Filter: "a/+", QoS: 1, NoLocal: v == mqtt.V5}, {Filter: "b", QoS: 2}}
			if v == mqtt.V5 {
				want[1].RetainHandling = mqtt.RetainDontSend
			}
			if !slices.Equal(s.Filters, want) || !slices.Equal(s.Props, props) {
				t.Errorf("SUBSCRIBE = %+v, want %+v with %v", s, want, props)
			}
			p.send(&wire.Suback{PacketID: s.PacketID, Codes: []mqtt.ReasonCode{1, 0x80}})
			res := <-ch
			if res.err != nil || !slices.Equal(res.codes, []mqtt.ReasonCode{1, 0x80}) {
				t.Errorf("Subscribe = %v, %v, want 1 and 0x80", res.codes, res.err)
			}
			p.close()
			p = f.next()
			p.accept(wire.Connack{})
			s = read[wire.Subscribe](p) // restored, without what was refused
			if !slices.Equal(s.Filters, want[:1]) || !slices.Equal(s.Props, props) {
				t.Errorf("restored SUBSCRIBE = %+v, want %+v with %v", s, want[:1], props)
			}
			p.send(&wire.Suback{PacketID: s.PacketID, Codes: []mqtt.ReasonCode{1}})
			go func() {
				codes, err := c.Unsubscribe(context.Background(), []string{"a/+", "b"}, nil)
				ch <- result{codes, err}
			}()
			u := read[wire.Unsubscribe](p)
			ack := &wire.Unsuback{PacketID: u.PacketID, Codes: []mqtt.ReasonCode{0, 0}}
			p.send(ack)
			if res := <-ch; res.err != nil || !slices.Equal(res.codes, ack.Codes) {
				t.Errorf("Unsubscribe = %v, %v, want two successes", res.codes, res.err)
			}
			p.close()
			p = f.next()
			p.accept(wire.Connack{})
			if err := c.PublishAsync(msg("next", 0), nil); err != nil {
				t.Fatal(err)
			}
			p.wantPublish("next", 0, false) // nothing was restored
		})
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c, p := f.connect(Options{KeepAlive: time.Hour}, wire.Connack{Props: mqtt.Properties{{ID: mqtt.PropServerKeepAlive, Int: 10}}})
		start := time.Now()
		for i := range 3 {
			read[wire.Pingreq](p)
			if d, want := time.Since(start), time.Duration(i+1)*10*time.Second; d < want || d > want+time.Second {
				t.Errorf("ping %d after %v, want %v", i, d, want)
			}
			p.send(&wire.Pingresp{})
		}
		read[wire.Pingreq](p) // not answered
		_, _, _ = p.rd.Next() // another ping or the end
		<-time.After(15 * time.Second)
		f.next().accept(wire.Connack{})
		_ = c.Close()
	})
}

func TestDeadPeer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c, p := f.connect(Options{KeepAlive: 60 * time.Second, NoReconnect: true}, wire.Connack{})
		start := time.Now()
		read[wire.Pingreq](p)
		if err := ended(c); !errors.Is(err, errDeadPeer) {
			t.Errorf("Err() = %v, want %v", err, errDeadPeer)
		}
		if d := time.Since(start); d < 80*time.Second || d > 81*time.Second {
			t.Errorf("noticed after %v, want 80s", d)
		}
	})
}

// A handler that blocks stops the reading, but the pings go on, and an answer
// that nobody reads does not make a dead peer.
func TestBlockedHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c, p := f.connect(Options{KeepAlive: 10 * time.Second, NoReconnect: true}, wire.Connack{})
		release := make(chan struct{})
		n := 0
		p.subscribe(c, func(mqtt.Message) { <-release; n++ })
		const size = 60 << 10
		m := &wire.Publish{Topic: []byte("t"), Payload: make([]byte, size)}
		total := 0
		for { // until the pipe takes no more
			b, err := m.Append(nil, mqtt.V5)
			if err != nil {
				t.Fatal(err)
			}
			_ = p.nc.SetWriteDeadline(time.Now().Add(time.Second))
			if k, err := p.nc.Write(b); err != nil {
				_ = p.nc.SetWriteDeadline(time.Time{})
				go func() { _, _ = p.nc.Write(b[k:]) }()
				break
			}
			if total++; total > 100 {
				t.Fatal("100 messages were read although the handler blocks")
			}
		}
		for range 10 { // more than a minute
			read[wire.Pingreq](p)
		}
		close(release)
		synctest.Wait()
		if n != total+1 {
			t.Errorf("%d messages were handled, want %d", n, total+1)
		}
		select {
		case <-c.Done():
			t.Errorf("the client ended: %v", c.Err())
		default:
		}
		_ = c.Close()
	})
}

func TestDisconnect(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	user := mqtt.Properties{{ID: mqtt.PropUser, Key: "k", Value: "v"}}
	c, p := f.connect(Options{DisconnectProps: user}, wire.Connack{})
	handle, _ := collect()
	p.subscribe(c, handle)
	v := publishAsync(t, c, msg("last", 1))
	done := make(chan error, 1)
	go func() { done <- c.DisconnectWith(context.Background(), mqtt.DisconnectWithWill) }()
	p.wantPublish("last", 1, false)
	p.ack(wire.PUBACK, 1)
	d := read[wire.Disconnect](p)
	if d.Code != mqtt.DisconnectWithWill || !slices.Equal(d.Props, user) {
		t.Errorf("DISCONNECT = %+v, want code 4 with the user property", d)
	}
	p.close()
	if err := <-done; err != nil {
		t.Errorf("Disconnect = %v", err)
	}
	if err := <-v; err != nil {
		t.Errorf("verdict = %v", err)
	}
	if err := ended(c); !errors.Is(err, errNone) {
		t.Errorf("Err() = %v, want nil", err)
	}
	if err := c.PublishAsync(msg("late", 1), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("PublishAsync = %v, want %v", err, ErrClosed)
	}
	if err := c.Disconnect(t.Context()); err != nil {
		t.Errorf("second Disconnect = %v", err)
	}
}

func TestDisconnectWhileReconnecting(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	waiting := make(chan struct{}, 1)
	c, p := f.connect(Options{Backoff: Backoff{Min: time.Hour}, Events: func(e Event) {
		if e.Kind == Reconnecting {
			waiting <- struct{}{}
		}
	}}, wire.Connack{})
	p.close()
	<-waiting
	v := publishAsync(t, c, msg("never", 1))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := c.Disconnect(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Disconnect with something pending = %v, want %v", err, context.DeadlineExceeded)
	}
	if err := <-v; !errors.Is(err, ErrClosed) {
		t.Errorf("verdict = %v, want %v", err, ErrClosed)
	}
}

// An acknowledgement that the handler asked for is on its way before anybody
// can disconnect, and is not sent again when the handler returns.
func TestAcknowledge(t *testing.T) {
	t.Parallel()
	for _, q := range []mqtt.QoS{mqtt.AtMostOnce, mqtt.AtLeastOnce, mqtt.ExactlyOnce} {
		f := newFake(t)
		c, p := f.connect(Options{}, wire.Connack{})
		acknowledged := make(chan error, 1)
		p.subscribe(c, func(mqtt.Message) {
			acknowledged <- c.Acknowledge()
			<-c.Done()
		})
		m := &wire.Publish{Topic: []byte("t"), QoS: q}
		if q > mqtt.AtMostOnce {
			m.PacketID = 4
		}
		p.send(m)
		if err := <-acknowledged; err != nil {
			t.Errorf("Acknowledge = %v", err)
		}
		go c.Disconnect(t.Context())
		switch q {
		case mqtt.AtLeastOnce:
			p.wantAck(wire.PUBACK, 4)
		case mqtt.ExactlyOnce:
			p.wantAck(wire.PUBREC, 4)
		}
		if d, ok := p.any().(*wire.Disconnect); !ok {
			t.Errorf("the next packet is %T, want DISCONNECT", d)
		}
		p.closed()
	}
}

func TestCloseFromHandler(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(Options{}, wire.Connack{})
	p.subscribe(c, func(mqtt.Message) { _ = c.Close() })
	p.send(&wire.Publish{Topic: []byte("t")})
	<-c.Done()
	p.closed()
}
