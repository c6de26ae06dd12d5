package wire

import (
	"testing"

	"mqt/internal/mqtt"
)

func invalidSubscribes() []invalid {
	return []invalid{
		{"subscribe flags", 4, 0x80, `0001 "a" 00`, bad},
		{"subscribe DUP 3.1.1", 4, 0x8a, `0001 "a" 00`, bad},
		{"subscribe identifier 0", 4, 0x82, `0000 "a" 00`, wrong},
		{"subscribe no filter 3.1.1", 4, 0x82, `0001`, wrong},
		{"subscribe no filter 5", 5, 0x82, `0001 00`, wrong},
		{"subscribe empty filter 3.1.1", 4, 0x82, `0001 "" 00`, bad},
		{"subscribe empty filter 5", 5, 0x82, `0001 00 "" 00`, wrong},
		{"subscribe filter with NUL", 5, 0x82, `0001 00 0001 00 00`, bad},
		{"subscribe QoS 3 3.1.1", 4, 0x82, `0001 "a" 03`, bad},
		{"subscribe reserved bits 3.1.1", 4, 0x82, `0001 "a" 04`, bad},
		{"subscribe QoS 3", 5, 0x82, `0001 00 "a" 03`, wrong},
		{"subscribe retain handling 3", 5, 0x82, `0001 00 "a" 30`, wrong},
		{"subscribe reserved bit 6", 5, 0x82, `0001 00 "a" 40`, bad},
		{"subscribe reserved bit 7", 5, 0x82, `0001 00 "a" 80`, bad},
		{"subscribe no local and shared", 5, 0x82, `0001 00 "$share/g/a" 04`, wrong},
		{"subscribe second filter broken", 5, 0x82, `0001 00 "a" 00 "b" 03`, wrong},
		{"subscribe identifier property 0", 5, 0x82, `0001 [ 0b 00 ] "a" 00`, wrong},
		{"subscribe identifier property twice", 5, 0x82, `0001 [ 0b 01 0b 02 ] "a" 00`, wrong},
		{"subscribe reason string", 5, 0x82, `0001 [ 1f "" ] "a" 00`, bad},
		{"suback identifier 0", 4, 0x90, `0000 00`, wrong},
		{"suback no code", 4, 0x90, `0001`, wrong},
		{"suback no code 5", 5, 0x90, `0001 00`, wrong},
		{"suback code 3", 4, 0x90, `0001 03`, wrong},
		{"suback code of 5 in 3.1.1", 4, 0x90, `0001 87`, wrong},
		{"suback code of unsuback", 5, 0x90, `0001 00 11`, wrong},
		{"suback second code", 5, 0x90, `0001 00 00 90`, wrong},
		{"unsubscribe flags", 5, 0xa0, `0001 00 "a"`, bad},
		{"unsubscribe DUP 5", 5, 0xaa, `0001 00 "a"`, bad},
		{"unsubscribe identifier 0", 5, 0xa2, `0000 00 "a"`, wrong},
		{"unsubscribe no filter", 4, 0xa2, `0001`, wrong},
		{"unsubscribe empty filter", 5, 0xa2, `0001 00 ""`, wrong},
		{"unsubscribe subscription identifier", 5, 0xa2, `0001 [ 0b 01 ] "a"`, bad},
		{"unsuback codes in 3.1.1", 4, 0xb0, `0001 00`, bad},
		{"unsuback no code 5", 5, 0xb0, `0001 00`, wrong},
		{"unsuback code of suback", 5, 0xb0, `0001 00 01`, wrong},
	}
}

func invalidOthers() []invalid {
	return []invalid{
		{"type 0", 4, 0x00, ``, bad},
		{"pingreq flags", 4, 0xc1, ``, bad},
		{"pingreq body", 4, 0xc0, `00`, bad},
		{"pingresp flags", 5, 0xd8, ``, bad},
		{"pingresp body", 5, 0xd0, `00`, bad},
		{"disconnect flags", 4, 0xe1, ``, bad},
		{"disconnect body 3.1.1", 4, 0xe0, `00`, bad},
		{"disconnect code", 5, 0xe0, `01`, wrong},
		{"disconnect code of connack", 5, 0xe0, `84`, wrong},
		{"disconnect property", 5, 0xe0, `00 [ 21 0001 ]`, bad},
		{"disconnect tail", 5, 0xe0, `00 00 00`, bad},
		{"disconnect expiry twice", 5, 0xe0, `00 [ 11 00000001 11 00000001 ]`, wrong},
		{"auth 3.1.1", 4, 0xf0, ``, bad},
		{"auth flags", 5, 0xf1, ``, bad},
		{"auth without property length", 5, 0xf0, `18`, bad},
		{"auth without method", 5, 0xf0, `18 00`, wrong},
		{"auth data without method", 5, 0xf0, `00 [ 16 "d" ]`, wrong},
		{"auth reason string without method", 5, 0xf0, `00 [ 1f "r" ]`, wrong},
		{"auth code", 5, 0xf0, `87 [ 15 "m" ]`, wrong},
		{"auth method twice", 5, 0xf0, `18 [ 15 "m" 15 "m" ]`, wrong},
		{"auth tail", 5, 0xf0, `18 [ 15 "m" ] 00`, bad},
	}
}

// TestConnectVersionAfterFailure checks which form of CONNACK a broker is told
// to answer with.
func TestConnectVersionAfterFailure(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       mqtt.Version
	}{
		{"newer than 5", `"MQTT" 06 02 0000 00 "i"`, mqtt.V5},
		{"bridge 3.1", `"MQIsdp" 83 02 0000 "i"`, mqtt.V31},
		{"bridge 3.1.1", `"MQTT" 84 02 0000 "i"`, mqtt.V311},
		{"level 0", `"MQTT" 00 02 0000 "i"`, mqtt.V311},
		{"name unknown", `"AMQP" 05 02 0000 00 "i"`, mqtt.V5},
		{"5 with a malformed rest", `"MQTT" 05 03`, mqtt.V5},
		{"3.1.1 with a malformed rest", `"MQTT" 04 02 0000 0005`, mqtt.V311},
		{"before the level", `"MQTT"`, 0},
	}
	for _, tt := range tests {
		var p Connect
		if err := p.Decode(0, 0, raw(t, tt.body)); err == nil || p.Version != tt.want {
			t.Errorf("%s: Decode: %v, Version %v, want an error, %v", tt.name, err, p.Version, tt.want)
		}
	}
}

// TestFixedHeaderFlags tries every first byte.
func TestFixedHeaderFlags(t *testing.T) {
	t.Parallel()
	for first := range 256 {
		typ, flags := Type(first>>4), byte(first&15)
		want := flags == 0
		switch typ {
		case 0:
			want = false
		case PUBLISH:
			want = true
		case PUBREL, SUBSCRIBE, UNSUBSCRIBE:
			want = flags == 2 || flags == 10
		}
		h, err := ParseHeader([]byte{byte(first), 0})
		if (err == nil) != want || err == nil && h != (Header{Type: typ, Flags: flags, Size: 2}) {
			t.Errorf("ParseHeader(%02x 00) = %+v, %v, want accepted: %v", first, h, err, want)
		}
		if err != nil && codeOf(err) != mqtt.MalformedPacket {
			t.Errorf("ParseHeader(%02x 00): %v, want a malformed packet", first, err)
		}
	}
}

// TestReasonCodesPerPacket tries every reason code in every packet that has
// one and counts how many are accepted.
func TestReasonCodesPerPacket(t *testing.T) {
	t.Parallel()
	tests := []struct {
		first        byte
		before, tail string
		want         int // rows in the table of the packet's section
	}{
		{0x20, "00", "00", 22},
		{0x40, "0001", "00", 9},
		{0x50, "0001", "00", 9},
		{0x62, "0001", "00", 2},
		{0x70, "0001", "00", 2},
		{0x90, "0001 00", "", 12},
		{0xb0, "0001 00", "", 7},
		{0xe0, "", "00", 30}, // 29 of section 3.14.2.1 and 0x8C, which section 2.4 adds
		{0xf0, "", `[ 15 "m" ]`, 3},
	}
	for _, tt := range tests {
		got := 0
		for code := range 256 {
			body := append(raw(t, tt.before), byte(code))
			if _, err := decode(frame(tt.first, append(body, raw(t, tt.tail)...)), mqtt.V5); err == nil {
				got++
			} else if codeOf(err) != mqtt.ProtocolError {
				t.Errorf("%02x, code %02x: %v, want a protocol error", tt.first, code, err)
			}
		}
		if got != tt.want {
			t.Errorf("%v accepts %d reason codes, want %d", Type(tt.first>>4), got, tt.want)
		}
	}
}

// TestDecodeChecksFlags passes every flags to Decode itself, as a caller does
// that has its own way to read fixed headers.
func TestDecodeChecksFlags(t *testing.T) {
	t.Parallel()
	for _, tt := range allVectors() {
		typ, body := Type(tt.first>>4), raw(t, tt.body)
		if typ == PUBLISH {
			continue
		}
		for flags := range byte(17) {
			want := flags == tt.first&0x07 || flags == 0x0A && tt.first&0x07 == 0x02 && tt.v == mqtt.V31
			err := New(typ).Decode(tt.v, flags, body)
			if (err == nil) != want || err != nil && codeOf(err) != mqtt.MalformedPacket {
				t.Errorf("%s: Decode with flags %x: %v, want accepted: %v", tt.name, flags, err, want)
			}
		}
	}
}
