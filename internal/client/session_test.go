package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

func msg(payload string, q mqtt.QoS) mqtt.Message {
	return mqtt.Message{Topic: "t", Payload: []byte(payload), QoS: q}
}

func TestPublishVerdicts(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(Options{}, wire.Connack{})
	one := publishAsync(t, c, msg("one", 1))
	p.wantPublish("one", 1, false)
	refused := publishAsync(t, c, msg("refused", 1))
	p.wantPublish("refused", 2, false)
	two := publishAsync(t, c, msg("two", 2))
	p.wantPublish("two", 3, false)
	refused2 := publishAsync(t, c, msg("refused2", 2))
	p.wantPublish("refused2", 4, false)
	p.send(&wire.Ack{Type: wire.PUBACK, PacketID: 1, Code: mqtt.NoMatchingSubscribers})
	if err := <-one; err != nil {
		t.Errorf("verdict on a message nobody wants = %v, want nil", err)
	}
	p.send(&wire.Ack{Type: wire.PUBACK, PacketID: 2, Code: mqtt.NotAuthorized})
	wantReason(t, <-refused, "publish", mqtt.NotAuthorized)
	p.ack(wire.PUBREC, 3)
	p.wantAck(wire.PUBREL, 3)
	p.send(&wire.Ack{Type: wire.PUBREC, PacketID: 4, Code: mqtt.QuotaExceeded})
	wantReason(t, <-refused2, "publish", mqtt.QuotaExceeded)
	p.ack(wire.PUBCOMP, 3)
	if err := <-two; err != nil {
		t.Errorf("verdict on QoS 2 = %v, want nil", err)
	}
	p.ack(wire.PUBREC, 77) // of nothing
	p.wantAck(wire.PUBREL, 77)
	if err := c.Flush(t.Context()); err != nil {
		t.Errorf("Flush = %v", err)
	}
}

// What is pending when the connection is lost is sent again in order, whether
// or not the broker kept the session; paho would let it hang.
func TestResend(t *testing.T) {
	t.Parallel()
	for _, present := range []bool{true, false} {
		t.Run(fmt.Sprintf("session present %v", present), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c, p := f.connect(quick(Options{ClientID: "x", Version: mqtt.V311}), wire.Connack{})
			var verdicts []<-chan error
			for i, q := range []mqtt.QoS{1, 2, 2, 1} {
				payload := fmt.Sprint(i + 1)
				verdicts = append(verdicts, publishAsync(t, c, msg(payload, q)))
				p.wantPublish(payload, uint16(i+1), false)
			}
			p.ack(wire.PUBREC, 2)
			p.wantAck(wire.PUBREL, 2)
			p.close()
			p = f.next()
			p.accept(wire.Connack{SessionPresent: present})
			p.wantPublish("1", 1, present)
			if present {
				p.wantAck(wire.PUBREL, 2)
			} else {
				p.wantPublish("2", 2, false)
				p.ack(wire.PUBREC, 2)
			}
			p.wantPublish("3", 3, present)
			p.wantPublish("4", 4, present)
			if !present {
				p.wantAck(wire.PUBREL, 2)
			}
			p.ack(wire.PUBACK, 1)
			p.ack(wire.PUBCOMP, 2)
			p.ack(wire.PUBREC, 3)
			p.wantAck(wire.PUBREL, 3)
			p.ack(wire.PUBCOMP, 3)
			p.ack(wire.PUBACK, 4)
			for i, v := range verdicts {
				if err := <-v; err != nil {
					t.Errorf("verdict on message %d = %v, want nil", i+1, err)
				}
			}
		})
	}
}

// The resends keep to Receive Maximum, which paho's count would underflow.
func TestReceiveMaximum(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	limit := func(n uint32) wire.Connack {
		return wire.Connack{Props: mqtt.Properties{{ID: mqtt.PropReceiveMaximum, Int: n}}}
	}
	c, p := f.connect(quick(Options{}), limit(3))
	for i := range 5 {
		publishAsync(t, c, msg(fmt.Sprint(i+1), 1))
	}
	for i := range 3 {
		p.wantPublish(fmt.Sprint(i+1), uint16(i+1), false)
	}
	p.close()
	p = f.next()
	p.accept(limit(2))
	p.wantPublish("1", 1, false)
	p.wantPublish("2", 2, false)
	_ = p.nc.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if h, _, err := p.rd.Next(); err == nil {
		t.Errorf("the client sent %v beyond Receive Maximum", h.Type)
	}
	_ = p.nc.SetReadDeadline(time.Time{})
	for i := range 3 {
		p.ack(wire.PUBACK, uint16(i+1))
		p.wantPublish(fmt.Sprint(i+3), uint16(i+3), false)
	}
	p.ack(wire.PUBACK, 4)
	p.ack(wire.PUBACK, 5)
	if err := c.Flush(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWindowBlocks(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(Options{Inflight: 1}, wire.Connack{})
	for i := range acceptAhead + 1 {
		publishAsync(t, c, msg(fmt.Sprint(i), 1))
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- c.Publish(ctx, msg("one too many", 1)) }()
	p.wantPublish("0", 1, false)
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Publish with a full window = %v, want %v", err, context.Canceled)
	}
	go func() { result <- c.PublishAsync(msg("blocked", 1), nil) }()
	_ = c.Close()
	if err := <-result; !errors.Is(err, ErrClosed) {
		t.Errorf("PublishAsync on a closed client = %v, want %v", err, ErrClosed)
	}
}

// Everything pending is told when the client ends.
func TestPendingWhenClosed(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(Options{NoReconnect: true}, wire.Connack{})
	v := publishAsync(t, c, msg("x", 2))
	p.wantPublish("x", 1, false)
	p.ack(wire.PUBREC, 1) // in the middle of the teardown: paho panics here
	p.close()
	if err := <-v; err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("verdict = %v, want why the client ended", err)
	}
	if err := ended(c); err == nil || errors.Is(err, errNone) {
		t.Errorf("Err() = %v, want the reason", err)
	}
	if err := c.PublishAsync(msg("late", 0), nil); err == nil {
		t.Error("PublishAsync after the end = nil")
	}
	if err := c.Flush(t.Context()); err != nil {
		t.Errorf("Flush with nothing left = %v, want nil", err)
	}
}

func TestQoS0IsKeptOverReconnect(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var lost = make(chan struct{}, 1)
	o := quick(Options{Events: func(e Event) {
		if e.Kind == Lost {
			lost <- struct{}{}
		}
	}})
	c, p := f.connect(o, wire.Connack{Props: mqtt.Properties{{ID: mqtt.PropTopicAliasMaximum, Int: 5}}})
	m := msg("a", 0)
	m.Props = mqtt.Properties{{ID: mqtt.PropUser, Key: "k", Value: "v"}, {ID: mqtt.PropTopicAlias, Int: 4}}
	if err := c.PublishAsync(m, nil); err != nil {
		t.Fatal(err)
	}
	first := read[wire.Publish](p)
	if string(first.Topic) != "t" || first.TopicAlias != 4 {
		t.Errorf("first message = %+v, want topic and alias", first)
	}
	// Nobody reads the pipe: these stay unwritten.
	for _, s := range []string{"b", "c"} {
		m.Payload = []byte(s)
		if err := c.PublishAsync(m, nil); err != nil {
			t.Fatal(err)
		}
	}
	p.close()
	<-lost
	if err := c.PublishAsync(msg("d", 0), nil); err != nil {
		t.Fatal(err)
	}
	p = f.next()
	p.accept(wire.Connack{})
	for _, want := range []string{"b", "c", "d"} {
		got := read[wire.Publish](p)
		if string(got.Payload) != want || string(got.Topic) != "t" || got.TopicAlias != 0 {
			t.Errorf("after the reconnect %+v, want payload %s with its topic and no alias", got, want)
		}
		if want != "d" && len(got.Props.Parse()) != 1 {
			t.Errorf("properties = %v, want the user property", got.Props.Parse())
		}
	}
	if err := c.Flush(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOutboundTopicAlias(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(Options{}, wire.Connack{Props: mqtt.Properties{{ID: mqtt.PropTopicAliasMaximum, Int: 1}}})
	m := msg("x", 0)
	m.Props = mqtt.Properties{{ID: mqtt.PropTopicAlias, Int: 1}}
	for i, want := range []string{"t", "", "u"} {
		if i == 2 {
			m.Topic = "u"
		}
		if err := c.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if got := read[wire.Publish](p); string(got.Topic) != want || got.TopicAlias != 1 {
			t.Errorf("message %d has topic %q alias %d, want %q alias 1", i, got.Topic, got.TopicAlias, want)
		}
	}
	m.Props[0].Int = 2
	wantReason(t, c.Publish(t.Context(), m), "publish", mqtt.TopicAliasInvalid)
}

func TestBrokerLimits(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(Options{}, wire.Connack{Props: mqtt.Properties{
		{ID: mqtt.PropMaximumQoS, Int: 1}, {ID: mqtt.PropRetainAvailable}, {ID: mqtt.PropMaximumPacketSize, Int: 40},
		{ID: mqtt.PropWildcardAvailable}, {ID: mqtt.PropSharedAvailable}, {ID: mqtt.PropSubIDAvailable},
	}})
	wantReason(t, c.Publish(t.Context(), msg("", 2)), "publish", mqtt.QoSNotSupported)
	wantReason(t, c.Publish(t.Context(), mqtt.Message{Topic: "t", Retain: true}), "publish", mqtt.RetainNotSupported)
	big := msg(strings.Repeat("x", 40), 0)
	wantReason(t, c.Publish(t.Context(), big), "", mqtt.PacketTooLarge)
	big.QoS = 1
	wantReason(t, c.Publish(t.Context(), big), "", mqtt.PacketTooLarge)
	nop := func(mqtt.Message) {}
	_, err := c.Subscribe(t.Context(), sub(t, "#", 0), nop)
	wantReason(t, err, "subscribe", mqtt.WildcardNotSupported)
	_, err = c.Subscribe(t.Context(), sub(t, "$share/g/t", 0), nop)
	wantReason(t, err, "subscribe", mqtt.SharedNotSupported)
	_, err = c.SubscribeWith(t.Context(), sub(t, "t", 0), mqtt.Properties{{ID: mqtt.PropSubscriptionID, Int: 1}}, nop)
	wantReason(t, err, "subscribe", mqtt.SubIDNotSupported)
	if err := c.PublishAsync(msg("fits", 0), nil); err != nil {
		t.Error(err)
	}
	p.wantPublish("fits", 0, false)
}

func TestPublishRefusesNonsense(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, _ := f.connect(Options{}, wire.Connack{})
	for _, m := range []mqtt.Message{{Topic: ""}, {Topic: "a/#"}, {Topic: "a\x00"}, {Topic: "t", QoS: 3},
		{Topic: "t", QoS: 1, Props: mqtt.Properties{{ID: mqtt.PropSessionExpiry}}}} {
		if err := c.PublishAsync(m, nil); err == nil {
			t.Errorf("PublishAsync(%+v) = nil, want an error", m)
		}
	}
	if err := c.Flush(t.Context()); err != nil {
		t.Errorf("Flush after refusals = %v", err)
	}
}

func TestPermanentAndTransientEnds(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var kinds []EventKind
	c, p := f.connect(quick(Options{Events: func(e Event) { kinds = append(kinds, e.Kind) }}), wire.Connack{})
	p.send(&wire.Disconnect{Code: mqtt.ServerShuttingDown})
	p = f.next()
	p.accept(wire.Connack{Code: mqtt.ServerBusy})
	p = f.next()
	p.accept(wire.Connack{})
	p.close()
	f.next().accept(wire.Connack{Code: mqtt.NotAuthorized})
	wantReason(t, ended(c), "connect", mqtt.NotAuthorized)
	want := []EventKind{Connected, Lost, Reconnecting, Reconnecting, Reconnected, Lost, Reconnecting}
	if !slices.Equal(kinds, want) {
		t.Errorf("events = %v, want %v", kinds, want)
	}
}

func TestTakeOverEndsTheClient(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(quick(Options{}), wire.Connack{})
	p.send(&wire.Disconnect{Code: mqtt.SessionTakenOver})
	wantReason(t, ended(c), "disconnected by the broker", mqtt.SessionTakenOver)
}

// A peer that stops reading does not hold a writer for ever.
func TestWriteDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c, _ := f.connect(Options{NoReconnect: true, KeepAlive: -1}, wire.Connack{})
		start := time.Now()
		if err := c.PublishAsync(msg("x", 0), nil); err != nil {
			t.Fatal(err)
		}
		<-c.Done()
		if d := time.Since(start); d != writeTimeout {
			t.Errorf("the client gave up after %v, want %v", d, writeTimeout)
		}
	})
}

// When the client ends, whoever waits for Flush knows what became of every
// message: the done functions come first.
func TestFlushAfterVerdicts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c, p := f.connect(Options{}, wire.Connack{})
		var verdict error
		release := make(chan struct{})
		if err := c.PublishAsync(msg("x", 1), func(err error) { <-release; verdict = err }); err != nil {
			t.Fatal(err)
		}
		p.wantPublish("x", 1, false)
		flushed := make(chan error, 1)
		go func() { flushed <- c.Flush(t.Context()) }()
		p.send(&wire.Disconnect{Code: mqtt.TopicNameInvalid})
		synctest.Wait()
		select {
		case err := <-flushed:
			t.Errorf("Flush = %v before the done function has returned", err)
		default:
		}
		close(release)
		wantReason(t, <-flushed, "disconnected by the broker", mqtt.TopicNameInvalid)
		wantReason(t, verdict, "disconnected by the broker", mqtt.TopicNameInvalid)
	})
}

// With RequestsFirst SUBSCRIBE begins at packet identifier 1 and publishes
// behind all requests; both find their answers.
func TestRequestsFirst(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, p := f.connect(Options{RequestsFirst: 100}, wire.Connack{})
	one := publishAsync(t, c, msg("one", 1))
	p.wantPublish("one", 101, false)
	two := publishAsync(t, c, msg("two", 2))
	p.wantPublish("two", 102, false)
	subscribed := make(chan error, 1)
	go func() {
		_, err := c.Subscribe(t.Context(), sub(t, "a", 0), func(mqtt.Message) {})
		subscribed <- err
	}()
	s := read[wire.Subscribe](p)
	if s.PacketID != 1 {
		t.Errorf("SUBSCRIBE has packet identifier %d, want 1", s.PacketID)
	}
	p.ack(wire.PUBREC, 102)
	p.wantAck(wire.PUBREL, 102)
	p.ack(wire.PUBACK, 1) // of nothing: no publish has it
	p.ack(wire.PUBACK, 101)
	p.ack(wire.PUBCOMP, 102)
	p.send(&wire.Suback{PacketID: 1, Codes: []mqtt.ReasonCode{0}})
	for _, ch := range []<-chan error{one, two, subscribed} {
		if err := <-ch; err != nil {
			t.Error(err)
		}
	}
}
