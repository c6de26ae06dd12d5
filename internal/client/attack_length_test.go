package client

import (
	"runtime"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Five bytes that announce 256 MiB make paho allocate them.
func TestAttackAnnouncedLength(t *testing.T) {
	var before, after runtime.MemStats
	for _, first := range []byte{0x20, 0x30, 0x90, 0xe0} {
		f := newFake(t)
		ch := f.start(Options{Version: mqtt.V5})
		p := f.next()
		read[wire.Connect](p)
		if first != 0x20 {
			p.send(&wire.Connack{})
			res := <-ch
			ch <- res
			t.Cleanup(func() { _ = res.c.Close() })
		}
		runtime.ReadMemStats(&before)
		_, _ = p.nc.Write([]byte{first, 0xff, 0xff, 0xff, 0x7f, 0}) // the client may stop reading in the middle
		p.close()
		if res := <-ch; res.c != nil {
			_ = res.c.Close()
		} else {
			wantReason(t, res.err, "", mqtt.PacketTooLarge)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
			t.Errorf("first byte %#x: %d bytes were allocated", first, n)
		}
	}
}
