package wire

import (
	"bytes"
	"io"
	"reflect"
	"testing"
	"testing/iotest"

	"mqt/internal/mqtt"
)

// FuzzDecode decodes any body as any packet of any version. What is accepted
// must encode, to the same bytes where the form is canonical, and decode to
// the same value.
func FuzzDecode(f *testing.F) {
	for _, tt := range allVectors() {
		f.Add(tt.first, byte(tt.v), raw(f, tt.body))
	}
	f.Fuzz(func(t *testing.T, first, version byte, body []byte) {
		v := mqtt.Version(version%3) + mqtt.V31
		in := frame(first, body)
		p, err := decode(in, v)
		if err != nil {
			if codeOf(err) == 0 {
				t.Fatalf("decode(% x): %v, want a reason code", in, err)
			}
			return
		}
		out, err := p.Append(nil, v)
		if err != nil {
			t.Fatalf("Append(%+v) decoded from % x: %v", p, in, err)
		}
		q, err := decode(out, v)
		if err != nil || !same(p, q) {
			t.Fatalf("decode(% x) = %+v, but its encoding % x decodes to %+v, %v", in, p, out, q, err)
		}
		if exact(p, v) && !bytes.Equal(in, out) {
			t.Fatalf("decode(% x) = %+v, which is encoded as % x", in, p, out)
		}
		if again, err := q.Append(nil, v); err != nil || !bytes.Equal(again, out) {
			t.Fatalf("Append(%+v) = % x and then % x, %v", p, out, again, err)
		}
	})
}

// exact reports whether a packet has one encoding only. Short forms and what
// MQTT 3.1 ignores have more.
func exact(p Packet, v mqtt.Version) bool {
	switch p := p.(type) {
	case *Ack, *Disconnect, *Auth:
		return false
	case *Publish:
		return true
	case *Connect:
		return p.Version != mqtt.V31
	}
	return v != mqtt.V31
}

// FuzzReader gives the reader a stream in small reads and in one: both must
// give the same packets and the same end, and never hold much more than came.
func FuzzReader(f *testing.F) {
	f.Add(stream(0, 1, 200), uint16(0))
	f.Add(stream(10, 5000, 10), uint16(5003))
	f.Add([]byte{0x30, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3}, uint16(100))
	f.Add([]byte{0x30, 0x80, 0}, uint16(0))
	f.Fuzz(func(t *testing.T, b []byte, limit uint16) {
		whole := Reader{R: bytes.NewReader(b), Max: int(limit)}
		bits := Reader{R: iotest.OneByteReader(bytes.NewReader(b)), Max: int(limit)}
		at := 0
		for {
			h, body, err := whole.Next()
			h2, body2, err2 := bits.Next()
			if h != h2 || !bytes.Equal(body, body2) || (err == nil) != (err2 == nil) || codeOf(err) != codeOf(err2) {
				t.Fatalf("Next() = %+v, % x, %v and in bits %+v, % x, %v", h, body, err, h2, body2, err2)
			}
			if err != nil {
				checkReaderEnd(t, b[at:], err)
				break
			}
			if !bytes.Equal(body, b[at+h.Size:at+h.Total()]) {
				t.Fatalf("Next() = % x, want % x", body, b[at+h.Size:at+h.Total()])
			}
			at += h.Total()
		}
		if most := max(busyBuffer, 2*len(b)); len(whole.buf) > most || len(bits.buf) > most {
			t.Fatalf("buffers of %d and %d bytes for %d", len(whole.buf), len(bits.buf), len(b))
		}
	})
}

// checkReaderEnd checks the error with which a reader stopped before rest.
func checkReaderEnd(t *testing.T, rest []byte, err error) {
	t.Helper()
	switch {
	case err == io.EOF && len(rest) > 0, err == io.ErrUnexpectedEOF && len(rest) == 0:
		t.Fatalf("Next() with % x left: %v", rest, err)
	case err != io.EOF && err != io.ErrUnexpectedEOF && !codeOf(err).Failed():
		t.Fatalf("Next() with % x left: %v, want an end or a reason code", rest, err)
	}
}

// FuzzProperties checks any list in any place. What is accepted must parse and
// encode to the same bytes; Parse itself takes anything.
func FuzzProperties(f *testing.F) {
	for _, p := range everyProperty() {
		b, err := AppendProperties(nil, mqtt.Properties{p, user("k", "v")})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint16(propertyPlaces[p.ID]), b)
	}
	f.Fuzz(func(t *testing.T, where uint16, b []byte) {
		ps := RawProperties(b).Parse()
		s, err := scanProperties(b, places(where))
		if err != nil {
			if codeOf(err) == 0 {
				t.Fatalf("scanProperties(% x): %v, want a reason code", b, err)
			}
			return
		}
		out, err := AppendProperties(nil, ps)
		if err != nil || !bytes.Equal(out, b) {
			t.Fatalf("Parse(% x) = %+v, which is encoded as % x, %v", b, ps, out, err)
		}
		for id := range mqtt.PropertyID(64) {
			if s.has(id) != ps.Has(id) {
				t.Fatalf("scanProperties(% x) has %v: %v, Parse %v", b, id, s.has(id), ps.Has(id))
			}
		}
		if again := RawProperties(out).Parse(); !reflect.DeepEqual(again, ps) {
			t.Fatalf("Parse(% x) = %+v and then %+v", b, ps, again)
		}
		if s.aliasAt >= 0 && b[s.aliasAt] != byte(mqtt.PropTopicAlias) || s.expiryAt >= 0 && b[s.expiryAt] != byte(mqtt.PropMessageExpiry) {
			t.Fatalf("scanProperties(% x) = %+v: offsets do not point at their properties", b, s)
		}
	})
}
