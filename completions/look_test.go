package completions

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// answer is a broker for one connection.
type answer func(t *testing.T, nc net.Conn)

// dialer returns a Dial whose connections the answers serve, one each.
func dialer(t *testing.T, answers ...answer) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		client, server := net.Pipe()
		serve := answers[0]
		answers = answers[1:]
		done := make(chan struct{})
		go func() { defer close(done); defer server.Close(); serve(t, server) }()
		t.Cleanup(func() { <-done })
		return client, nil
	}
}

func send(t *testing.T, nc net.Conn, v mqtt.Version, packets ...wire.Packet) {
	var b []byte
	for _, p := range packets {
		var err error
		if b, err = p.Append(b, v); err != nil {
			t.Error(err)
		}
	}
	nc.Write(b)
}

// requests reads CONNECT and SUBSCRIBE.
func requests(t *testing.T, nc net.Conn, v mqtt.Version) (*wire.Reader, wire.Connect, wire.Subscribe) {
	rd := &wire.Reader{R: nc}
	var c wire.Connect
	var s wire.Subscribe
	for _, p := range []wire.Packet{&c, &s} {
		h, body, err := rd.Next()
		if err == nil {
			err = p.Decode(v, h.Flags, body)
		}
		if err != nil {
			t.Error(err)
		}
	}
	return rd, c, s
}

func message(topic string) *wire.Publish { return &wire.Publish{Topic: []byte(topic), Retain: true} }

// Retained messages, and what arrives for 300 ms after the subscription.
func TestTopics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := Broker{Versions: []mqtt.Version{mqtt.V5}, Username: "u", Password: []byte("p")}
		b.Dial = dialer(t, func(t *testing.T, nc net.Conn) {
			rd, c, s := requests(t, nc, mqtt.V5)
			if c.ClientID != "" || !c.CleanStart || c.Will != nil || c.Username != "u" || string(c.Password) != "p" {
				t.Errorf("the look connected with %+v", c)
			}
			if len(s.Filters) != 1 || s.Filters[0].Filter != "a/#" || s.Filters[0].QoS != 0 {
				t.Errorf("the look subscribed to %+v", s.Filters)
			}
			send(t, nc, mqtt.V5, &wire.Connack{}, message("a/early"), &wire.Suback{PacketID: 1, Codes: []mqtt.ReasonCode{0}}, message("a/b"), message("a/a"), message("a/$(id)"))
			time.Sleep(listenTime - 1)
			send(t, nc, mqtt.V5, message("a/b"), message("a/late"))
			if h, _, err := rd.Next(); err != nil || h.Type != wire.DISCONNECT {
				t.Errorf("the look ended with %v, %v, want DISCONNECT", h.Type, err)
			}
		})
		start := time.Now()
		got, err := b.Topics(t.Context(), "a/#")
		if want := []string{"a/a", "a/b", "a/early", "a/late"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("Topics = %q, %v, want %q", got, err, want)
		}
		if took := time.Since(start); took != listenTime {
			t.Errorf("Topics took %v, want %v", took, listenTime)
		}
	})
}

// Whatever the broker does, the look is over in time.
func TestTopicsPatience(t *testing.T) {
	t.Parallel()
	silent := func(_ *testing.T, nc net.Conn) { io.Copy(io.Discard, nc) }
	tests := []struct {
		name  string
		serve answer
	}{
		{"never reads", func(_ *testing.T, nc net.Conn) { time.Sleep(time.Hour) }},
		{"never answers", silent},
		{"never acknowledges", func(t *testing.T, nc net.Conn) {
			requests(t, nc, mqtt.V5)
			send(t, nc, mqtt.V5, &wire.Connack{})
			silent(t, nc)
		}},
		{"acknowledges late", func(t *testing.T, nc net.Conn) {
			requests(t, nc, mqtt.V5)
			time.Sleep(Patience - 1)
			send(t, nc, mqtt.V5, &wire.Connack{}, &wire.Suback{PacketID: 1, Codes: []mqtt.ReasonCode{0}})
			silent(t, nc)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := Broker{Versions: []mqtt.Version{mqtt.V5, mqtt.V311}, Dial: dialer(t, tt.serve)}
				start := time.Now()
				_, _ = b.Topics(t.Context(), "#")
				if took := time.Since(start); took != Patience {
					t.Errorf("Topics took %v, want %v", took, Patience)
				}
			})
		})
	}
}

func TestTopicsOlderVersion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := Broker{Versions: []mqtt.Version{mqtt.V5, mqtt.V311}}
		b.Dial = dialer(t, func(t *testing.T, nc net.Conn) {
			requests(t, nc, mqtt.V5)
			nc.Write([]byte{0x20, 2, 0, 1}) // unacceptable protocol version, MQTT 3.1.1 section 3.2.2.3
		}, func(t *testing.T, nc net.Conn) {
			rd, c, _ := requests(t, nc, mqtt.V311)
			if c.Version != mqtt.V311 {
				t.Errorf("the second look speaks %v", c.Version)
			}
			send(t, nc, mqtt.V311, &wire.Connack{}, &wire.Suback{PacketID: 1, Codes: []mqtt.ReasonCode{0}}, message("a"))
			rd.Next()
		})
		if got, err := b.Topics(t.Context(), "#"); err != nil || !slices.Equal(got, []string{"a"}) {
			t.Errorf("Topics = %q, %v, want a", got, err)
		}
	})
}

func TestTopicsRefused(t *testing.T) {
	t.Parallel()
	for _, packets := range [][]wire.Packet{
		{&wire.Connack{Code: mqtt.NotAuthorized}},
		{&wire.Connack{}, &wire.Suback{PacketID: 1, Codes: []mqtt.ReasonCode{mqtt.NotAuthorized}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := Broker{Versions: []mqtt.Version{mqtt.V5}}
			b.Dial = dialer(t, func(t *testing.T, nc net.Conn) {
				requests(t, nc, mqtt.V5)
				send(t, nc, mqtt.V5, packets...)
			})
			var refused *mqtt.ReasonError
			if got, err := b.Topics(t.Context(), "#"); !errors.As(err, &refused) || len(got) != 0 {
				t.Errorf("Topics = %q, %v, want a refusal", got, err)
			}
		})
	}
}

// FuzzListen feeds what a broker may send.
func FuzzListen(f *testing.F) {
	var good []byte
	for _, p := range []wire.Packet{&wire.Connack{}, &wire.Suback{PacketID: 1, Codes: []mqtt.ReasonCode{0}}, message("a/b"), &wire.Disconnect{}} {
		good, _ = p.Append(good, mqtt.V5)
	}
	f.Add(good, true)
	f.Add([]byte{0x20, 2, 0, 1}, false)
	f.Fuzz(func(t *testing.T, in []byte, v5 bool) {
		l := listener{version: mqtt.V311, found: map[string]struct{}{}, subscribed: func() {}}
		if v5 {
			l.version = mqtt.V5
		}
		if err := l.listen(bytes.NewReader(in)); err == nil && len(l.found) < maxTopics {
			t.Error("listen ended without an error before the end")
		}
		for _, topic := range l.topics() {
			if !plain(topic) {
				t.Errorf("listen found %q", topic)
			}
		}
	})
}
