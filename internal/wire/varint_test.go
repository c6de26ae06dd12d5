package wire

import (
	"bytes"
	"testing"

	"mqt/internal/mqtt"
)

func TestVarint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		v    uint32
		wire string
	}{
		{0, "00"},
		{1, "01"},
		{127, "7f"},
		{128, "8001"},
		{16_383, "ff7f"},
		{16_384, "808001"},
		{2_097_151, "ffff7f"},
		{2_097_152, "80808001"},
		{MaxRemaining, "ffffff7f"},
	}
	for _, tt := range tests {
		want := raw(t, tt.wire)
		if got := AppendVarint(nil, tt.v); !bytes.Equal(got, want) || VarintSize(tt.v) != len(want) {
			t.Errorf("AppendVarint(%d) = % x, VarintSize %d, want % x", tt.v, got, VarintSize(tt.v), want)
		}
		v, n, err := varint(append(want, 0xFF))
		if v != tt.v || n != len(want) || err != nil {
			t.Errorf("varint(% x ff) = %d, %d, %v, want %d, %d, nil", want, v, n, err, tt.v, len(want))
		}
		h, err := ParseHeader(append([]byte{0x30}, want...))
		if wantH := (Header{Type: PUBLISH, Size: 1 + len(want), Remaining: int(tt.v)}); h != wantH || err != nil {
			t.Errorf("ParseHeader(30 % x) = %+v, %v, want %+v", want, h, err, wantH)
		}
		for cut := range want {
			if _, _, err := varint(want[:cut]); err != ErrIncomplete {
				t.Errorf("varint(% x) error %v, want ErrIncomplete", want[:cut], err)
			}
			if _, err := ParseHeader(append([]byte{0x30}, want[:cut]...)); err != ErrIncomplete {
				t.Errorf("ParseHeader(30 % x) error %v, want ErrIncomplete", want[:cut], err)
			}
		}
	}
}

func TestVarintRefused(t *testing.T) {
	t.Parallel()
	tests := []string{
		"8000", "ff00", "808000", "80808000", // longer than the value needs
		"80808080", "8080808000", "8080808001", "ffffffff", "ffffffff7f", // beyond four bytes
	}
	for _, s := range tests {
		b := raw(t, s)
		if v, n, err := varint(b); codeOf(err) != mqtt.MalformedPacket {
			t.Errorf("varint(% x) = %d, %d, %v, want a malformed packet", b, v, n, err)
		}
		if h, err := ParseHeader(append([]byte{0x30}, b...)); codeOf(err) != mqtt.MalformedPacket {
			t.Errorf("ParseHeader(30 % x) = %+v, %v, want a malformed packet", b, h, err)
		}
	}
}

func TestTypeString(t *testing.T) {
	t.Parallel()
	for typ := CONNECT; typ <= AUTH; typ++ {
		if s := typ.String(); s == "" || New(typ) == nil {
			t.Errorf("Type(%d).String() = %q, New = %v", typ, s, New(typ))
		}
	}
	if s := Type(16).String(); s != "type 16" || New(16) != nil || New(0) != nil {
		t.Errorf("Type(16).String() = %q, want %q, and New of no type is nil", s, "type 16")
	}
}
