package wire

import (
	"bytes"
	"slices"
	"testing"

	"mqt/internal/mqtt"
)

// vector is a packet in both forms. Unless loose, Append(want) gives the bytes.
type vector struct {
	name  string
	v     mqtt.Version
	first byte
	body  string
	want  Packet
	loose bool  // valid, but not the canonical form
	cuts  []int // lengths at which the body, cut, is another valid packet
}

func allVectors() []vector {
	out := connectVectors()
	out = append(out, publishVectors()...)
	out = append(out, ackVectors()...)
	out = append(out, subscribeVectors()...)
	return append(out, otherVectors()...)
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, tt := range allVectors() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := frame(tt.first, raw(t, tt.body))
			got, err := decode(in, tt.v)
			if err != nil || !same(got, tt.want) {
				t.Fatalf("decode(% x) = %+v, %v, want %+v", in, got, err, tt.want)
			}
			out, err := tt.want.Append([]byte("kept"), tt.v)
			if err != nil {
				t.Fatalf("Append(%+v): %v", tt.want, err)
			}
			if !tt.loose && string(out) != "kept"+string(in) {
				t.Errorf("Append(%+v) = % x, want % x", tt.want, out[4:], in)
			}
			again, err := decode(out[4:], tt.v)
			if err != nil || !same(again, tt.want) {
				t.Errorf("decode(Append(%+v)) = %+v, %v", tt.want, again, err)
			}
		})
	}
}

// TestVectorsCut cuts each valid packet at every byte, both as a stream that
// ends and as a body that is shorter than its fields say.
func TestVectorsCut(t *testing.T) {
	t.Parallel()
	for _, tt := range allVectors() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := raw(t, tt.body)
			whole := frame(tt.first, body)
			for n := range whole {
				if p, err := decode(whole[:n], tt.v); err != ErrIncomplete {
					t.Errorf("decode(% x) = %+v, %v, want ErrIncomplete", whole[:n], p, err)
				}
			}
			if tt.first>>4 == byte(PUBLISH) {
				body = body[:len(body)-len(tt.want.(*Publish).Payload)] // any payload is valid
			}
			for n := range body {
				p, err := decode(frame(tt.first, body[:n:n]), tt.v)
				if codeOf(err).Failed() == slices.Contains(tt.cuts, n) {
					t.Errorf("decode(%02x + % x) = %+v, %v", tt.first, body[:n], p, err)
				}
			}
		})
	}
}

// TestVectorsWithTail appends a zero byte to each packet that does not end in
// a payload or in reason codes.
func TestVectorsWithTail(t *testing.T) {
	t.Parallel()
	for _, tt := range allVectors() {
		body := append(raw(t, tt.body), 0)
		typ, ok := Type(tt.first>>4), false
		switch typ {
		case PUBLISH, SUBACK, UNSUBACK:
			continue
		case PUBACK, PUBREC, PUBREL, PUBCOMP:
			ok = tt.v == mqtt.V5 && len(body) <= 4 // reason code or property length
		case DISCONNECT:
			ok = tt.v == mqtt.V5 && len(body) <= 2
		}
		p, err := decode(frame(tt.first, body), tt.v)
		if code := codeOf(err); (code == mqtt.MalformedPacket) == ok {
			t.Errorf("%s: decode(%02x + % x) = %+v, %v", tt.name, tt.first, body, p, err)
		}
	}
}

// TestDecodeIntoUsed decodes twice into one value: nothing of the first
// packet may remain.
func TestDecodeIntoUsed(t *testing.T) {
	t.Parallel()
	used := map[Type]Packet{}
	for _, tt := range append(allVectors(), allVectors()...) {
		typ := Type(tt.first >> 4)
		p := used[typ]
		if p == nil {
			p = New(typ)
			used[typ] = p
		}
		body := raw(t, tt.body)
		if err := p.Decode(tt.v, tt.first&0x0F, body); err != nil || !same(p, tt.want) {
			t.Errorf("%s: decode(% x) = %+v, %v, want %+v", tt.name, body, p, err, tt.want)
		}
	}
}

// TestStringsAreCopies overwrites the body after decoding.
func TestStringsAreCopies(t *testing.T) {
	t.Parallel()
	for _, tt := range subscribeVectors() {
		body := raw(t, tt.body)
		p := New(Type(tt.first >> 4))
		if err := p.Decode(tt.v, tt.first&0x0F, body); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		copy(body, bytes.Repeat([]byte{0xAA}, len(body)))
		if !same(p, tt.want) {
			t.Errorf("%s: after overwriting the body %+v, want %+v", tt.name, p, tt.want)
		}
	}
}
