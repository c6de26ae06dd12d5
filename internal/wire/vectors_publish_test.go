package wire

import "mqt/internal/mqtt"

func publishVectors() []vector {
	return []vector{
		{
			name: "publish 3.1", v: mqtt.V31, first: 0x30, body: `"a/b" 'hi'`,
			want: &Publish{Topic: []byte("a/b"), Payload: []byte("hi"), AliasAt: -1, ExpiryAt: -1},
		},
		{
			name: "publish 3.1.1 everything", v: mqtt.V311, first: 0x3d, body: `"a" 1234 'x'`,
			want: &Publish{
				Topic: []byte("a"), Payload: []byte("x"), QoS: 2, Dup: true, Retain: true, PacketID: 0x1234,
				AliasAt: -1, ExpiryAt: -1,
			},
		},
		{
			name: "publish 3.1.1 empty payload", v: mqtt.V311, first: 0x31, body: `"a/long/topic/name"`,
			want: &Publish{Topic: []byte("a/long/topic/name"), Retain: true, AliasAt: -1, ExpiryAt: -1},
		},
		{
			name: "publish 3.1.1 UTF-8 topic", v: mqtt.V311, first: 0x32, body: `"π/ünïcödé/日本" 0001`,
			want: &Publish{Topic: []byte("π/ünïcödé/日本"), QoS: 1, PacketID: 1, AliasAt: -1, ExpiryAt: -1},
		},
		{
			name: "publish 5 plain", v: mqtt.V5, first: 0x30, body: `"a/b" 00 'hi'`,
			want: &Publish{Topic: []byte("a/b"), Payload: []byte("hi"), AliasAt: -1, ExpiryAt: -1},
		},
		{
			name: "publish 5 alias only", v: mqtt.V5, first: 0x32, body: `"" 0001 03 23 ffff 'x'`,
			want: &Publish{
				QoS: 1, PacketID: 1, Props: RawProperties("\x23\xff\xff"), Payload: []byte("x"),
				TopicAlias: 65535, AliasAt: 0, ExpiryAt: -1,
			},
		},
		{
			name: "publish 5 every property", v: mqtt.V5, first: 0x30,
			body: `"a" [ 01 01 02 00000e10 03 "text" 23 0001 08 "r" 09 "c" 26 "k" "v" 26 "k" "v" 0b 01 0b ffffff7f ] 'x'`,
			want: &Publish{
				Topic: []byte("a"), Payload: []byte("x"),
				Props: RawProperties("\x01\x01\x02\x00\x00\x0e\x10\x03\x00\x04text\x23\x00\x01\x08\x00\x01r\x09\x00\x01c" +
					"\x26\x00\x01k\x00\x01v\x26\x00\x01k\x00\x01v\x0b\x01\x0b\xff\xff\xff\x7f"),
				TopicAlias: 1, AliasAt: 14, ExpiryAt: 2, PropsSubID: true,
			},
		},
	}
}

func ackVectors() []vector {
	out := []vector{
		{
			name: "pubrel 3.1 with DUP", v: mqtt.V31, first: 0x6a, body: "0007", loose: true,
			want: &Ack{Type: PUBREL, PacketID: 7},
		},
		{
			name: "puback 5 code only", v: mqtt.V5, first: 0x40, body: "0007 10", cuts: []int{2},
			want: &Ack{Type: PUBACK, PacketID: 7, Code: mqtt.NoMatchingSubscribers},
		},
		{
			name: "puback 5 success in the long form", v: mqtt.V5, first: 0x40, body: "0007 00 00", loose: true,
			cuts: []int{2, 3}, want: &Ack{Type: PUBACK, PacketID: 7},
		},
		{
			name: "pubrec 5 properties", v: mqtt.V5, first: 0x50, body: `0007 97 0d 1f "why" 26 "k" "v"`, cuts: []int{2, 3},
			want: &Ack{
				Type: PUBREC, PacketID: 7, Code: mqtt.QuotaExceeded,
				Props: mqtt.Properties{text(mqtt.PropReasonString, "why"), user("k", "v")},
			},
		},
		{
			name: "pubrel 5 code", v: mqtt.V5, first: 0x62, body: "0007 92", cuts: []int{2},
			want: &Ack{Type: PUBREL, PacketID: 7, Code: mqtt.PacketIdentifierNotFound},
		},
		{
			name: "pubcomp 5 property on success", v: mqtt.V5, first: 0x70, body: `0007 00 03 1f ""`, cuts: []int{2, 3},
			want: &Ack{Type: PUBCOMP, PacketID: 7, Props: mqtt.Properties{text(mqtt.PropReasonString, "")}},
		},
	}
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		for typ, first := range map[Type]byte{PUBACK: 0x40, PUBREC: 0x50, PUBREL: 0x62, PUBCOMP: 0x70} {
			out = append(out, vector{
				name: typ.String() + " " + v.String(), v: v, first: first, body: "fffe",
				want: &Ack{Type: typ, PacketID: 0xFFFE},
			})
		}
	}
	return out
}
