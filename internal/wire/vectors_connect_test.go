package wire

import "mqt/internal/mqtt"

func connectVectors() []vector {
	return []vector{
		{
			name: "connect 3.1", v: mqtt.V31, first: 0x10,
			body: `"MQIsdp" 03 02 000a "id"`,
			want: &Connect{Version: mqtt.V31, CleanStart: true, KeepAlive: 10, ClientID: "id"},
		},
		{
			name: "connect 3.1 everything", v: mqtt.V31, first: 0x10,
			body: `"MQIsdp" 03 ec 000a "id" "w" "bye" "u" "p"`,
			want: &Connect{
				Version: mqtt.V31, KeepAlive: 10, ClientID: "id",
				Will:     &Will{Topic: "w", Payload: []byte("bye"), QoS: 1, Retain: true},
				Username: "u", HasUsername: true, Password: []byte("p"), HasPassword: true,
			},
			cuts: []int{24, 27}, // user name and password may be missing in spite of their flags
		},
		{
			name: "connect 3.1 without the announced user name", v: mqtt.V31, first: 0x10,
			body: `"MQIsdp" 03 c0 000a "id"`, loose: true,
			want: &Connect{Version: mqtt.V31, KeepAlive: 10, ClientID: "id"},
		},
		{
			name: "connect 3.1.1 empty client identifier", v: mqtt.V311, first: 0x10,
			body: `"MQTT" 04 02 ffff ""`,
			want: &Connect{Version: mqtt.V311, CleanStart: true, KeepAlive: 65535},
		},
		{
			name: "connect 3.1.1 everything", v: mqtt.V311, first: 0x10,
			body: `"MQTT" 04 d4 003c "id" "a/b" "" "user" "p"`,
			want: &Connect{
				Version: mqtt.V311, KeepAlive: 60, ClientID: "id",
				Will:     &Will{Topic: "a/b", QoS: 2},
				Username: "user", HasUsername: true, Password: []byte("p"), HasPassword: true,
			},
		},
		{
			name: "connect 3.1.1 empty user name and password", v: mqtt.V311, first: 0x10,
			body: `"MQTT" 04 c2 0000 "id" "" ""`,
			want: &Connect{
				Version: mqtt.V311, CleanStart: true, ClientID: "id", HasUsername: true, HasPassword: true,
			},
		},
		{
			name: "connect 5", v: mqtt.V5, first: 0x10,
			body: `"MQTT" 05 00 0000 00 "id"`,
			want: &Connect{Version: mqtt.V5, ClientID: "id"},
		},
		{
			name: "connect 5 password only", v: mqtt.V5, first: 0x10,
			body: `"MQTT" 05 42 0000 00 "" 0002 00ff`,
			want: &Connect{Version: mqtt.V5, CleanStart: true, Password: []byte{0, 255}, HasPassword: true},
		},
		{
			name: "connect 5 every property", v: mqtt.V5, first: 0x10,
			body: `"MQTT" 05 06 0000 [ 11 ffffffff 21 0001 27 00000001 22 ffff 19 01 17 00 26 "k" "v" 26 "k" "w" 15 "m" 16 "d" ] "id"
				[ 18 00000005 01 01 02 00000000 03 "c" 08 "r/t" 09 0002 00ff 26 "" "" ] "w" "p"`,
			want: &Connect{
				Version: mqtt.V5, CleanStart: true, ClientID: "id",
				Props: mqtt.Properties{
					number(mqtt.PropSessionExpiry, 0xFFFFFFFF), number(mqtt.PropReceiveMaximum, 1),
					number(mqtt.PropMaximumPacketSize, 1), number(mqtt.PropTopicAliasMaximum, 65535),
					number(mqtt.PropRequestResponseInfo, 1), number(mqtt.PropRequestProblemInfo, 0),
					user("k", "v"), user("k", "w"), text(mqtt.PropAuthMethod, "m"), text(mqtt.PropAuthData, "d"),
				},
				Will: &Will{Topic: "w", Payload: []byte("p"), Props: mqtt.Properties{
					number(mqtt.PropWillDelay, 5), number(mqtt.PropPayloadFormat, 1), number(mqtt.PropMessageExpiry, 0),
					text(mqtt.PropContentType, "c"), text(mqtt.PropResponseTopic, "r/t"),
					text(mqtt.PropCorrelationData, "\x00\xff"), user("", ""),
				}},
			},
		},
		{name: "connack 3.1", v: mqtt.V31, first: 0x20, body: "00 00", want: &Connack{}},
		{name: "connack 3.1 reserved byte", v: mqtt.V31, first: 0x20, body: "7f 00", want: &Connack{}, loose: true},
		{name: "connack 3.1.1 session", v: mqtt.V311, first: 0x20, body: "01 00", want: &Connack{SessionPresent: true}},
		{name: "connack 3.1.1 version", v: mqtt.V311, first: 0x20, body: "00 01", want: &Connack{Code: mqtt.UnsupportedProtocolVersion}},
		{name: "connack 3.1.1 identifier", v: mqtt.V311, first: 0x20, body: "00 02", want: &Connack{Code: mqtt.ClientIdentifierNotValid}},
		{name: "connack 3.1.1 unavailable", v: mqtt.V311, first: 0x20, body: "00 03", want: &Connack{Code: mqtt.ServerUnavailable}},
		{name: "connack 3.1.1 password", v: mqtt.V311, first: 0x20, body: "00 04", want: &Connack{Code: mqtt.BadUserNameOrPassword}},
		{name: "connack 3.1.1 not authorized", v: mqtt.V311, first: 0x20, body: "00 05", want: &Connack{Code: mqtt.NotAuthorized}},
		{name: "connack 5", v: mqtt.V5, first: 0x20, body: "01 00 00", want: &Connack{SessionPresent: true}},
		{
			name: "connack 5 every property", v: mqtt.V5, first: 0x20,
			body: `00 9d [ 11 00000000 21 ffff 24 00 25 01 27 ffffffff 12 "x" 22 0000 1f "why" 26 "k" "v" 28 01 29 00 2a 01
				13 0000 1a "i" 1c "h" 15 "m" 16 0000 ]`,
			want: &Connack{Code: mqtt.ServerMoved, Props: mqtt.Properties{
				number(mqtt.PropSessionExpiry, 0), number(mqtt.PropReceiveMaximum, 65535),
				number(mqtt.PropMaximumQoS, 0), number(mqtt.PropRetainAvailable, 1),
				number(mqtt.PropMaximumPacketSize, 0xFFFFFFFF), text(mqtt.PropAssignedClientID, "x"),
				number(mqtt.PropTopicAliasMaximum, 0), text(mqtt.PropReasonString, "why"), user("k", "v"),
				number(mqtt.PropWildcardAvailable, 1), number(mqtt.PropSubIDAvailable, 0),
				number(mqtt.PropSharedAvailable, 1), number(mqtt.PropServerKeepAlive, 0),
				text(mqtt.PropResponseInfo, "i"), text(mqtt.PropServerReference, "h"),
				text(mqtt.PropAuthMethod, "m"), text(mqtt.PropAuthData, ""),
			}},
		},
	}
}
