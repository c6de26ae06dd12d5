package client

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

type onceResult struct {
	handled bool
	err     error
}

// once runs Once in the background against a fake broker.
func once(ctx context.Context, f *fake, o Options, m mqtt.Message) <-chan onceResult {
	o.Dial, o.CleanStart = f.dial, true
	ch := make(chan onceResult, 1)
	go func() {
		handled, err := Once(ctx, o, m)
		ch <- onceResult{handled, err}
	}()
	return ch
}

// TestOnceArrives: the message arrives in every version as Publish would send
// it, and the connection ends with DISCONNECT.
func TestOnceArrives(t *testing.T) {
	t.Parallel()
	for _, v := range []mqtt.Version{0, mqtt.V5, mqtt.V311, mqtt.V31} {
		t.Run(fmt.Sprintf("version %d", v), func(t *testing.T) {
			t.Parallel()
			addr := ourBroker(t)
			got := make(chan mqtt.Message, 1)
			c := connect(t, Options{Dial: dialer(addr), CleanStart: true})
			if _, err := c.Subscribe(t.Context(), sub(t, "a", 0), func(m mqtt.Message) { m.Payload = append([]byte(nil), m.Payload...); got <- m }); err != nil {
				t.Fatal(err)
			}
			handled, err := Once(t.Context(), Options{Dial: dialer(addr), Version: v, CleanStart: true}, mqtt.Message{Topic: "a", Payload: []byte("x")})
			if !handled || err != nil {
				t.Fatalf("Once = %t, %v, want true", handled, err)
			}
			if m := <-got; m.Topic != "a" || string(m.Payload) != "x" {
				t.Errorf("%q arrived on %q", m.Payload, m.Topic)
			}
		})
	}
}

func TestOnceSaysBye(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var bye mqtt.Properties
	bye.SetText(mqtt.PropReasonString, "done")
	events := 0
	res := once(t.Context(), f, Options{DisconnectProps: bye, Events: func(e Event) { events++ }}, mqtt.Message{Topic: "a", Retain: true})
	p := f.next()
	p.accept(wire.Connack{})
	if m := read[wire.Publish](p); string(m.Topic) != "a" || !m.Retain {
		t.Errorf("the client sent %+v", m)
	}
	if d := read[wire.Disconnect](p); d.Props.Text(mqtt.PropReasonString) != "done" {
		t.Errorf("the client sent %+v", d)
	}
	p.closed()
	if r := <-res; !r.handled || r.err != nil || events != 1 {
		t.Errorf("Once = %t, %v, after %d events", r.handled, r.err, events)
	}
}

// TestOnceRefused: a refusal is final, but for that of a version that nobody
// asked for.
func TestOnceRefused(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	res := once(t.Context(), f, Options{}, mqtt.Message{Topic: "a"})
	f.next().accept(wire.Connack{Code: mqtt.NotAuthorized})
	r := <-res
	if wantReason(t, r.err, "connect", mqtt.NotAuthorized); !r.handled {
		t.Error("a refusal is left to Connect")
	}
	res = once(t.Context(), f, Options{}, mqtt.Message{Topic: "a"})
	f.next().accept(wire.Connack{Code: mqtt.UnsupportedProtocolVersion})
	if r := <-res; r.handled {
		t.Errorf("Once = true, %v, want to leave it to Connect", r.err)
	}
}

// TestOnceLeaves: what the broker does not take as it is, is left to Connect,
// and nothing is published.
func TestOnceLeaves(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var noRetain, small mqtt.Properties
	noRetain.SetUint(mqtt.PropRetainAvailable, 0)
	small.SetUint(mqtt.PropMaximumPacketSize, 5)
	for _, ca := range []wire.Connack{{Props: noRetain}, {Props: small}, {SessionPresent: true}} {
		res := once(t.Context(), f, Options{}, mqtt.Message{Topic: "a", Retain: true})
		p := f.next()
		p.accept(ca)
		p.closed()
		if r := <-res; r.handled {
			t.Errorf("after %+v: Once = true, %v", ca, r.err)
		}
	}
	res := once(t.Context(), f, Options{}, mqtt.Message{Topic: "a"})
	p := f.next()
	read[wire.Connect](p)
	p.close()
	if r := <-res; r.handled {
		t.Errorf("without an answer: Once = true, %v", r.err)
	}
	will := &mqtt.Message{Topic: "w"}
	for _, tt := range []struct {
		o Options
		m mqtt.Message
	}{
		{Options{CleanStart: true}, mqtt.Message{Topic: "a", QoS: 1}},
		{Options{CleanStart: true}, mqtt.Message{Topic: "a/#"}},
		{Options{CleanStart: true}, mqtt.Message{Topic: "a", Payload: make([]byte, flushSize+1)}},
		{Options{}, mqtt.Message{Topic: "a"}},
		{Options{CleanStart: true, Will: will}, mqtt.Message{Topic: "a"}},
		{Options{CleanStart: true, RetryConnect: true}, mqtt.Message{Topic: "a"}},
	} {
		if handled, err := Once(t.Context(), tt.o, tt.m); handled || err != nil { // it would panic if it dialled
			t.Errorf("Once(%+v, %+v) = %t, %v", tt.o, tt.m, handled, err)
		}
	}
}

// TestOnceIsNoMQTT: a second attempt would get the same answer.
func TestOnceIsNoMQTT(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	answer := func() {
		p := f.next()
		read[wire.Connect](p)
		p.sendRaw([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	}
	res := once(t.Context(), f, Options{}, mqtt.Message{Topic: "a"})
	answer()
	r := <-res
	ch := f.start(Options{CleanStart: true})
	answer()
	want := (<-ch).err
	if !r.handled || r.err == nil || want == nil || r.err.Error() != want.Error() {
		t.Errorf("Once = %t, %v, want the error of Connect, %v", r.handled, r.err, want)
	}
}

// TestOnceUnanswered: a broker that hangs up in place of an answer is not
// called a second time, unless an older version is left to try.
func TestOnceUnanswered(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		res := once(t.Context(), f, Options{Version: v}, mqtt.Message{Topic: "a"})
		p := f.next()
		read[wire.Connect](p)
		p.close()
		if r := <-res; !r.handled || !errors.Is(r.err, errNoAnswer) {
			t.Errorf("version %d: Once = %t, %v, want true, %v", v, r.handled, r.err, errNoAnswer)
		}
	}
}

// TestOnceInterrupted: the end of the context ends the wait for CONNACK.
func TestOnceInterrupted(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	res := once(ctx, f, Options{}, mqtt.Message{Topic: "a"})
	p := f.next()
	read[wire.Connect](p)
	cancel()
	if r := <-res; !r.handled || !errors.Is(r.err, context.Canceled) {
		t.Errorf("Once = %t, %v, want the context's error", r.handled, r.err)
	}
}
