package wire

import "mqt/internal/mqtt"

func subscribeVectors() []vector {
	return []vector{
		{
			name: "subscribe 3.1", v: mqtt.V31, first: 0x82, body: `0001 "a/#" 02`,
			want: &Subscribe{PacketID: 1, Filters: []SubscribeFilter{{Filter: "a/#", QoS: 2}}},
		},
		{
			name: "subscribe 3.1 with DUP", v: mqtt.V31, first: 0x8a, body: `0001 "a" 00`, loose: true,
			want: &Subscribe{PacketID: 1, Filters: []SubscribeFilter{{Filter: "a"}}},
		},
		{
			name: "subscribe 3.1.1", v: mqtt.V311, first: 0x82, body: `0001 "a" 00 "+/b" 01`, cuts: []int{6},
			want: &Subscribe{PacketID: 1, Filters: []SubscribeFilter{{Filter: "a"}, {Filter: "+/b", QoS: 1}}},
		},
		{
			name: "subscribe 5", v: mqtt.V5, first: 0x82,
			body: `0001 0b 0b 8001 26 "k" "vv" "a" 2e "$share/g/a" 19`, cuts: []int{18},
			want: &Subscribe{
				PacketID: 1,
				Props:    mqtt.Properties{number(mqtt.PropSubscriptionID, 128), user("k", "vv")},
				Filters: []SubscribeFilter{
					{Filter: "a", QoS: 2, NoLocal: true, RetainAsPublished: true, RetainHandling: mqtt.RetainDontSend},
					{Filter: "$share/g/a", QoS: 1, RetainAsPublished: true, RetainHandling: mqtt.RetainSendIfNew},
				},
			},
		},
		{
			name: "suback 3.1", v: mqtt.V31, first: 0x90, body: "0001 02", want: &Suback{PacketID: 1, Codes: []mqtt.ReasonCode{2}},
		},
		{
			name: "suback 3.1.1", v: mqtt.V311, first: 0x90, body: "0001 00 01 02 80", cuts: []int{3, 4, 5},
			want: &Suback{PacketID: 1, Codes: []mqtt.ReasonCode{0, 1, 2, 0x80}},
		},
		{
			name: "suback 5", v: mqtt.V5, first: 0x90, body: `0001 08 1f "" 26 "" "" 00 80 83 87 8f 91 97 9e a1 a2`,
			cuts: []int{12, 13, 14, 15, 16, 17, 18, 19, 20},
			want: &Suback{
				PacketID: 1, Props: mqtt.Properties{text(mqtt.PropReasonString, ""), user("", "")},
				Codes: []mqtt.ReasonCode{0, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2},
			},
		},
		{
			name: "unsubscribe 3.1 with DUP", v: mqtt.V31, first: 0xaa, body: `0001 "a"`, loose: true,
			want: &Unsubscribe{PacketID: 1, Filters: []string{"a"}},
		},
		{
			name: "unsubscribe 3.1.1", v: mqtt.V311, first: 0xa2, body: `0001 "a" "b/+"`, cuts: []int{5},
			want: &Unsubscribe{PacketID: 1, Filters: []string{"a", "b/+"}},
		},
		{
			name: "unsubscribe 5", v: mqtt.V5, first: 0xa2, body: `0001 07 26 "k" "v" "a"`,
			want: &Unsubscribe{PacketID: 1, Props: mqtt.Properties{user("k", "v")}, Filters: []string{"a"}},
		},
		{name: "unsuback 3.1", v: mqtt.V31, first: 0xb0, body: "0001", want: &Unsuback{PacketID: 1}},
		{name: "unsuback 3.1.1", v: mqtt.V311, first: 0xb0, body: "0001", want: &Unsuback{PacketID: 1}},
		{
			name: "unsuback 5", v: mqtt.V5, first: 0xb0, body: `0001 04 1f "x" 00 11 80 83 87 8f 91`,
			cuts: []int{8, 9, 10, 11, 12, 13},
			want: &Unsuback{
				PacketID: 1, Props: mqtt.Properties{text(mqtt.PropReasonString, "x")},
				Codes: []mqtt.ReasonCode{0, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91},
			},
		},
	}
}

func otherVectors() []vector {
	out := []vector{
		{
			name: "disconnect 5 code", v: mqtt.V5, first: 0xe0, body: "8e", cuts: []int{0},
			want: &Disconnect{Code: mqtt.SessionTakenOver},
		},
		{name: "disconnect 5 long success", v: mqtt.V5, first: 0xe0, body: "00 00", cuts: []int{0, 1}, loose: true, want: &Disconnect{}},
		{
			name: "disconnect 5 every property", v: mqtt.V5, first: 0xe0,
			body: `04 14 11 00000001 1f "r" 26 "k" "v" 1c "s"`, cuts: []int{0, 1},
			want: &Disconnect{Code: mqtt.DisconnectWithWill, Props: mqtt.Properties{
				number(mqtt.PropSessionExpiry, 1), text(mqtt.PropReasonString, "r"), user("k", "v"),
				text(mqtt.PropServerReference, "s"),
			}},
		},
		{name: "auth 5 bare", v: mqtt.V5, first: 0xf0, want: &Auth{}},
		{name: "auth 5 bare in the long form", v: mqtt.V5, first: 0xf0, body: "00 00", cuts: []int{0}, loose: true, want: &Auth{}},
		{
			name: "auth 5 every property", v: mqtt.V5, first: 0xf0, body: `18 13 15 "m" 16 "d" 1f "r" 26 "k" "v"`, cuts: []int{0},
			want: &Auth{Code: mqtt.ContinueAuthentication, Props: mqtt.Properties{
				text(mqtt.PropAuthMethod, "m"), text(mqtt.PropAuthData, "d"), text(mqtt.PropReasonString, "r"), user("k", "v"),
			}},
		},
		{
			name: "auth 5 again", v: mqtt.V5, first: 0xf0, body: `19 04 15 "m"`, cuts: []int{0},
			want: &Auth{Code: mqtt.Reauthenticate, Props: mqtt.Properties{text(mqtt.PropAuthMethod, "m")}},
		},
	}
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		out = append(out,
			vector{name: "pingreq " + v.String(), v: v, first: 0xc0, want: &Pingreq{}},
			vector{name: "pingresp " + v.String(), v: v, first: 0xd0, want: &Pingresp{}},
			vector{name: "disconnect " + v.String(), v: v, first: 0xe0, want: &Disconnect{}},
		)
	}
	return out
}
