package client

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// FuzzBroker is a broker that sends anything, in answer to CONNECT or to a
// client that has subscribed and published. Whatever comes, the client ends
// with the stream and says why, writes nothing but MQTT, and hands on nothing
// but messages that may exist.
func FuzzBroker(f *testing.F) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		for _, pkt := range fromBroker(f, v) {
			b, err := pkt.Append(nil, v)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(byte(v-mqtt.V31), true, b)
			f.Add(byte(v-mqtt.V31), false, slices.Concat(b, b))
		}
	}
	f.Add(byte(mqtt.V5-mqtt.V31), true, slices.Concat(packet(0x40, 0, 1), packet(0x50, 0, 2), packet(0x70, 0, 2)))
	f.Add(byte(mqtt.V5-mqtt.V31), true, slices.Concat(publish0("t", 35, 0, 1), publish0("", 35, 0, 1)))
	f.Fuzz(func(t *testing.T, version byte, greeted bool, b []byte) {
		o := Options{Version: mqtt.V31 + mqtt.Version(version%3), CleanStart: true, NoReconnect: true}
		if o.Version == mqtt.V5 {
			o.Props = mqtt.Properties{{ID: mqtt.PropTopicAliasMaximum, Int: 3}}
		}
		synctest.Test(t, func(t *testing.T) {
			ch, p := meet(t, o, greeted)
			go p.readAll()
			_, _ = p.nc.Write(b) // the client may stop reading in the middle
			synctest.Wait()      // for its answers
			p.close()
			if res := <-ch; res.c == nil && res.err == nil {
				t.Errorf("%t % x: Connect = nil, nil", greeted, b)
			} else if res.c != nil && errors.Is(ended(res.c), errNone) {
				t.Errorf("%t % x: Err() = nil, want why the connection ended", greeted, b)
			}
		})
	})
}

// meet starts a client that has sent CONNECT, or, if it is to be greeted, one
// that has subscribed and waits for the acknowledgements of two messages.
func meet(t *testing.T, o Options, greeted bool) (chan connected, *peer) {
	f := newFake(t)
	if !greeted {
		ch := f.start(o)
		p := f.next()
		p.v = read[wire.Connect](p).Version
		return ch, p
	}
	c, p := f.connect(o, wire.Connack{})
	p.subscribe(c, func(m mqtt.Message) {
		if err := mqtt.CheckTopic(m.Topic); err != nil || !m.QoS.Valid() {
			t.Errorf("the client hands on %+v: %v", m, err)
		}
	})
	publishAsync(t, c, msg("x", 1))
	publishAsync(t, c, msg("y", 2))
	p.wantPublish("x", 1, false)
	p.wantPublish("y", 2, false)
	ch := make(chan connected, 1)
	ch <- connected{c, nil}
	return ch, p
}

// readAll reads until the end of the stream, which may come in the middle of
// a packet. All packets must be valid.
func (p *peer) readAll() {
	for {
		h, body, err := p.rd.Next()
		var bad *mqtt.ReasonError
		if err == nil {
			err = wire.New(h.Type).Decode(p.v, h.Flags, body)
		} else if !errors.As(err, &bad) {
			return
		}
		if err != nil {
			p.t.Errorf("the client sent %v % x: %v", h, body, err)
			return
		}
	}
}
