package client

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Answers that do not fit the request end the connection.
func TestAttackSuback(t *testing.T) {
	t.Parallel()
	tests := map[string]func(id uint16) wire.Packet{
		"too few":       func(id uint16) wire.Packet { return &wire.Suback{PacketID: id, Codes: []mqtt.ReasonCode{0}} },
		"too many":      func(id uint16) wire.Packet { return &wire.Suback{PacketID: id, Codes: make([]mqtt.ReasonCode, 3)} },
		"wrong request": func(id uint16) wire.Packet { return &wire.Unsuback{PacketID: id, Codes: make([]mqtt.ReasonCode, 2)} },
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c, p := f.connect(Options{Version: mqtt.V5, CleanStart: true}, wire.Connack{})
			subs := append(sub(t, "a", 0), sub(t, "b", 0)...)
			done := make(chan error, 1)
			go func() {
				_, err := c.Subscribe(context.Background(), subs, func(mqtt.Message) {})
				done <- err
			}()
			p.send(answer(read[wire.Subscribe](p).PacketID))
			if d := read[wire.Disconnect](p); d.Code != mqtt.ProtocolError {
				t.Errorf("DISCONNECT = %v, want %v", d.Code, mqtt.ProtocolError)
			}
			if err := <-done; err == nil {
				t.Error("Subscribe = nil, want an error")
			}
			wantReason(t, ended(c), "", mqtt.ProtocolError)
		})
	}
}

// Answers to nothing change nothing.
func TestAttackUnsolicited(t *testing.T) {
	t.Parallel()
	for _, v := range []mqtt.Version{mqtt.V5, mqtt.V311} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c, p := f.connect(Options{Version: v, CleanStart: true}, wire.Connack{})
			handle, got := collect()
			p.subscribe(c, handle)
			p.send(&wire.Pingresp{}, &wire.Ack{Type: wire.PUBACK, PacketID: 7}, &wire.Ack{Type: wire.PUBCOMP, PacketID: 65535},
				&wire.Suback{PacketID: 9, Codes: []mqtt.ReasonCode{0}})
			if v == mqtt.V5 { // before, its size tells nothing, and it ends the connection
				p.send(&wire.Unsuback{PacketID: 9, Codes: []mqtt.ReasonCode{0}})
			}
			p.ack(wire.PUBREC, 7)
			p.wantAck(wire.PUBREL, 7)
			p.ack(wire.PUBREL, 7)
			p.wantAck(wire.PUBCOMP, 7)
			p.send(&wire.Publish{Topic: []byte("t"), Payload: []byte("still there")})
			if m := <-got; string(m.Payload) != "still there" {
				t.Errorf("message = %q", m.Payload)
			}
			verdict := publishAsync(t, c, msg("x", 1))
			p.wantPublish("x", 1, false)
			p.ack(wire.PUBACK, 1)
			if err := <-verdict; err != nil {
				t.Errorf("verdict = %v", err)
			}
		})
	}
}

// TestAttackAcknowledgementStorm: packets that want an answer, from a broker
// that does not read the answers.
func TestAttackAcknowledgementStorm(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]byte{"PUBREL": 0x62, "PUBREC": 0x50} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				c, p := f.connect(Options{Version: mqtt.V5, CleanStart: true, NoReconnect: true}, wire.Connack{})
				p.subscribe(c, func(mqtt.Message) {})
				storm := bytes.Repeat(packet(first, 0xff, 0xfe), 1000)
				sent := 0
				for ; sent < 2000; sent++ {
					if _, err := p.nc.Write(storm); err != nil {
						break
					}
				}
				if sent == 2000 {
					t.Error("two million answers are kept for a broker that does not read them")
				}
				wantReason(t, ended(c), "", mqtt.ReceiveMaximumExceeded)
			})
		})
	}
}
