package client

import (
	"io"
	"net"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// sink accepts one connection on loopback and acknowledges whatever comes, a
// batch at a time.
func sink(b *testing.B) string {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		defer func() { _ = nc.Close() }()
		out := make([]byte, 0, 64<<10)
		src := flushBefore{nc, &out}
		rd := wire.Reader{R: src}
		for {
			h, body, err := rd.Next()
			if err != nil {
				return
			}
			out = answer(out, h, body)
		}
	}()
	b.Cleanup(func() { _ = ln.Close(); <-done })
	return ln.Addr().String()
}

func answer(out []byte, h wire.Header, body []byte) []byte {
	switch h.Type {
	case wire.CONNECT:
		return append(out, 0x20, 3, 0, 0, 0)
	case wire.PUBLISH:
		var p wire.Publish
		if p.Decode(mqtt.V5, h.Flags, body) == nil && p.QoS > 0 {
			t := wire.PUBACK
			if p.QoS == 2 {
				t = wire.PUBREC
			}
			return wire.AppendAck(out, t, p.PacketID)
		}
	case wire.PUBREL:
		return wire.AppendAck(out, wire.PUBCOMP, uint16(body[0])<<8|uint16(body[1]))
	case wire.SUBSCRIBE:
		return append(out, 0x90, 4, body[0], body[1], 0, 2)
	}
	return out
}

// flushBefore writes out before it reads.
type flushBefore struct {
	nc  net.Conn
	out *[]byte
}

func (f flushBefore) Read(p []byte) (int, error) {
	if len(*f.out) > 0 {
		if _, err := f.nc.Write(*f.out); err != nil {
			return 0, err
		}
		*f.out = (*f.out)[:0]
	}
	return f.nc.Read(p)
}

func benchmarkPublish(b *testing.B, q mqtt.QoS) {
	c, err := Connect(b.Context(), Options{Dial: dialer(sink(b)), CleanStart: true})
	if err != nil {
		b.Fatal(err)
	}
	m := mqtt.Message{Topic: "bench/topic", Payload: make([]byte, 64), QoS: q}
	failed := func(err error) {
		if err != nil {
			b.Error(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := c.PublishAsync(m, failed); err != nil {
			b.Fatal(err)
		}
	}
	if err := c.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	_ = c.Disconnect(b.Context())
}

func BenchmarkPublishQoS0(b *testing.B) { benchmarkPublish(b, 0) }
func BenchmarkPublishQoS1(b *testing.B) { benchmarkPublish(b, 1) }
func BenchmarkPublishQoS2(b *testing.B) { benchmarkPublish(b, 2) }

// benchmarkReceive measures delivery to a handler from a source that sends
// 64 KiB at a time; at QoS 1 it reads the acknowledgements and ignores them.
func benchmarkReceive(b *testing.B, q mqtt.QoS) {
	ours, theirs := tcpPair(b)
	handled, total := 0, b.N
	all := make(chan struct{})
	ready := make(chan struct{})
	go func() {
		rd := wire.Reader{R: theirs}
		_, _, _ = rd.Next()
		_, _ = theirs.Write([]byte{0x20, 3, 0, 0, 0})
		_, body, _ := rd.Next()
		_, _ = theirs.Write([]byte{0x90, 4, body[0], body[1], 0, 2})
		close(ready)
		_, _ = io.Copy(io.Discard, theirs)
	}()
	c, err := Connect(b.Context(), Options{Version: mqtt.V5, Dial: fixed(ours), NoReconnect: true})
	if err != nil {
		b.Fatal(err)
	}
	_, err = c.Subscribe(b.Context(), sub(b, "#", q), func(mqtt.Message) {
		if handled++; handled == total {
			close(all)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	<-ready
	p := wire.Publish{Topic: []byte("bench/topic"), Payload: make([]byte, 64), QoS: q, PacketID: 1}
	one, err := p.Append(nil, mqtt.V5)
	if err != nil {
		b.Fatal(err)
	}
	per := (64 << 10) / len(one)
	var chunk []byte
	for range per {
		chunk = append(chunk, one...)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= per {
		if _, err := theirs.Write(chunk[:min(left, per)*len(one)]); err != nil {
			b.Fatal(err)
		}
	}
	<-all
	b.StopTimer()
	_ = theirs.Close()
	_ = c.Close()
}

func BenchmarkReceiveQoS0(b *testing.B) { benchmarkReceive(b, 0) }
func BenchmarkReceiveQoS1(b *testing.B) { benchmarkReceive(b, 1) }
