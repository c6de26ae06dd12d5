package client

import (
	"fmt"
	"testing"
	"testing/synctest"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// A resumed session may hold more than fits into the queues before there is a
// handler: with HoldMessages all of it waits.
func TestHoldMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c, p := f.connect(Options{ClientID: "me", HoldMessages: true}, wire.Connack{SessionPresent: true})
		const n = 20
		payload := make([]byte, batchBytes)
		sent := make(chan error, 1)
		go func() {
			var err error
			for i := range n {
				m := wire.Publish{Topic: fmt.Append(nil, i), Payload: payload, QoS: 1, PacketID: uint16(i + 1)}
				var b []byte
				if b, err = m.Append(nil, p.v); err == nil {
					_, err = p.nc.Write(b)
				}
			}
			sent <- err
		}()
		acked := make(chan struct{})
		go func() { // the broker reads all the time
			defer close(acked)
			for i := range n {
				p.wantAck(wire.PUBACK, uint16(i+1))
			}
		}()
		synctest.Wait() // the broker cannot send any more
		handle, got := collect()
		if codes, err := c.SubscribeWith(t.Context(), nil, nil, handle); err != nil || codes != nil {
			t.Fatalf("SubscribeWith nothing = %v, %v, want neither codes nor an error", codes, err)
		}
		for i := range n {
			if m := <-got; m.Topic != fmt.Sprint(i) {
				t.Fatalf("message %d has topic %q", i, m.Topic)
			}
		}
		if err := <-sent; err != nil {
			t.Error(err)
		}
		<-acked
	})
}

// What KeepSession means in MQTT 5 needs a property, and none before.
func TestKeepSessionFallsBack(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ch := f.start(Options{ClientID: "me", KeepSession: true})
	p := f.next()
	first := read[wire.Connect](p)
	if expiry, _ := first.Props.Uint(mqtt.PropSessionExpiry); expiry != 1<<32-1 || first.CleanStart {
		t.Errorf("CONNECT = %+v, want a session that never expires", first)
	}
	p.sendRaw([]byte{0x20, 2, 0, 1})
	p = f.next()
	if second := p.accept(wire.Connack{}); second.Version != mqtt.V311 || second.CleanStart || len(second.Props) > 0 {
		t.Errorf("second CONNECT = %+v, want 3.1.1 without a clean session", second)
	}
	res := <-ch
	if res.err != nil {
		t.Fatal(res.err)
	}
	_ = res.c.Close()
}

// An expiry of the caller's own is the one that counts.
func TestKeepSessionLeavesExpiry(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	o := Options{ClientID: "me", KeepSession: true, Props: mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: 7}}}
	ch := f.start(o)
	p := f.next()
	ca := p.accept(wire.Connack{})
	if expiry, _ := ca.Props.Uint(mqtt.PropSessionExpiry); expiry != 7 {
		t.Errorf("session expiry = %d, want 7", expiry)
	}
	res := <-ch
	if res.err != nil {
		t.Fatal(res.err)
	}
	_ = res.c.Close()
}
