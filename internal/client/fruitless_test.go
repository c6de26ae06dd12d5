package client

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/wire"
)

// A broker that closes the connection upon a message, for its size, say, must
// not get it for ever and ever: the client waits longer each time, and ends.
func TestFruitlessConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		start := time.Now()
		c, p := f.connect(Options{}, wire.Connack{})
		verdict := publishAsync(t, c, msg("too large", 1))
		for i := range mostFruitless {
			if i > 0 {
				p = f.next()
				p.accept(wire.Connack{})
			}
			p.wantPublish("too large", 1, false)
			p.close()
		}
		const want = "8 connections in a row ended before the broker acknowledged anything"
		if err := ended(c); !strings.HasPrefix(err.Error(), want) {
			t.Errorf("the client ended with %v, want %s …", err, want)
		}
		if err := <-verdict; err == nil {
			t.Error("the message counts as acknowledged")
		}
		if d := time.Since(start); d < 45*time.Second {
			t.Errorf("the client gave up after %v, want growing pauses", d)
		}
	})
}

// With anything acknowledged on the way it goes on.
func TestFruitfulConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c, p := f.connect(Options{}, wire.Connack{})
		publishAsync(t, c, msg("never acknowledged", 1))
		for i := range 3 * mostFruitless {
			if i > 0 {
				p = f.next()
				p.accept(wire.Connack{})
			}
			p.wantPublish("never acknowledged", 1, false)
			verdict := publishAsync(t, c, msg("x", 1))
			id := read[wire.Publish](p).PacketID
			p.ack(wire.PUBACK, id)
			if err := <-verdict; err != nil {
				t.Fatalf("verdict %d = %v", i, err)
			}
			p.close()
		}
	})
}
