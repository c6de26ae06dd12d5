package wire

import (
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 65_536)
	expiry := mqtt.Properties{number(mqtt.PropSessionExpiry, 1)}
	one := []SubscribeFilter{{Filter: "a"}}
	tests := []struct {
		name string
		v    mqtt.Version
		p    Packet
		want string
	}{
		{"connect version", 0, &Connect{}, "encode CONNECT: protocol version is not supported"},
		{"connect version 6", 0, &Connect{Version: 6}, "encode CONNECT: protocol version is not supported"},
		{"connect properties", 0, &Connect{Version: 4, Props: expiry}, "encode CONNECT: property session-expiry-interval needs MQTT 5"},
		{"connect property", 0, &Connect{Version: 5, Props: mqtt.Properties{number(mqtt.PropTopicAlias, 1)}},
			"encode CONNECT: property topic-alias must not stand in this packet"},
		{"connect value", 0, &Connect{Version: 5, Props: mqtt.Properties{number(mqtt.PropReceiveMaximum, 0)}},
			"encode CONNECT: property receive-maximum is 0"},
		{"connect identifier", 0, &Connect{Version: 4, ClientID: "\xff"}, "encode CONNECT: client identifier is not valid UTF-8"},
		{"connect long identifier", 0, &Connect{Version: 4, ClientID: long}, "encode CONNECT: client identifier is longer than 65,535 bytes"},
		{"connect password only", 0, &Connect{Version: 4, HasPassword: true}, "encode CONNECT: password without a user name"},
		{"connect long password", 0, &Connect{Version: 5, HasPassword: true, Password: []byte(long)},
			"encode CONNECT: password is longer than 65,535 bytes"},
		{"connect will topic", 0, &Connect{Version: 5, Will: &Will{}}, "encode CONNECT: will topic is empty"},
		{"connect will wildcard", 0, &Connect{Version: 4, Will: &Will{Topic: "#"}}, "encode CONNECT: will topic contains a wildcard, + or #"},
		{"connect will QoS", 0, &Connect{Version: 4, Will: &Will{Topic: "t", QoS: 4}}, "encode CONNECT: will QoS is 3"},
		{"connect will properties", 0, &Connect{Version: 5, Will: &Will{Topic: "t", Props: expiry}},
			"encode CONNECT: property session-expiry-interval must not stand in this packet"},
		{"connack code", 5, &Connack{Code: mqtt.ServerShuttingDown}, "encode CONNACK: CONNACK must not have the reason code 0x8B"},
		{"connack session", 4, &Connack{Code: mqtt.Banned, SessionPresent: true}, "encode CONNACK: session present in a refusal"},
		{"publish QoS", 4, &Publish{Topic: []byte("a"), QoS: 3, PacketID: 1}, "encode PUBLISH: QoS is 3"},
		{"publish DUP", 4, &Publish{Topic: []byte("a"), Dup: true}, "encode PUBLISH: DUP is set at QoS 0"},
		{"publish identifier", 4, &Publish{Topic: []byte("a"), QoS: 1}, "encode PUBLISH: packet identifier is 0"},
		{"publish no topic", 4, &Publish{}, "encode PUBLISH: topic name is empty"},
		{"publish no topic 5", 5, &Publish{TopicAlias: 1}, "encode PUBLISH: topic name is empty"},
		{"publish long topic", 4, &Publish{Topic: []byte(long)}, "encode PUBLISH: topic name is longer than 65,535 bytes"},
		{"publish wildcard", 4, &Publish{Topic: []byte("a/#")}, "encode PUBLISH: topic name contains a wildcard, + or #"},
		{"publish properties 3.1.1", 4, &Publish{Topic: []byte("a"), Props: RawProperties{1, 0}}, "encode PUBLISH: a property needs MQTT 5"},
		{"publish properties", 5, &Publish{Topic: []byte("a"), Props: RawProperties{1}}, "encode PUBLISH: property list ends inside a property"},
		{"publish too long", 4, &Publish{Topic: []byte("a"), Payload: make([]byte, MaxRemaining-2)},
			"encode PUBLISH: packet is longer than the wire can carry"},
		{"ack type", 5, &Ack{Type: CONNECT, PacketID: 1}, "encode CONNECT: not an acknowledgement"},
		{"ack identifier", 5, &Ack{Type: PUBACK}, "encode PUBACK: packet identifier is 0"},
		{"ack code", 5, &Ack{Type: PUBREL, PacketID: 1, Code: mqtt.QuotaExceeded}, "encode PUBREL: PUBREL must not have the reason code 0x97"},
		{"ack failure 3.1.1", 4, &Ack{Type: PUBACK, PacketID: 1, Code: mqtt.QuotaExceeded}, "encode PUBACK: a failure needs MQTT 5"},
		{"ack property", 5, &Ack{Type: PUBACK, PacketID: 1, Props: expiry},
			"encode PUBACK: property session-expiry-interval must not stand in this packet"},
		{"subscribe identifier", 5, &Subscribe{Filters: one}, "encode SUBSCRIBE: packet identifier is 0"},
		{"subscribe nothing", 5, &Subscribe{PacketID: 1}, "encode SUBSCRIBE: no topic filter"},
		{"subscribe empty filter", 5, &Subscribe{PacketID: 1, Filters: []SubscribeFilter{{}}}, "encode SUBSCRIBE: topic filter is empty"},
		{"subscribe QoS", 4, &Subscribe{PacketID: 1, Filters: []SubscribeFilter{{Filter: "a", QoS: 3}}},
			"encode SUBSCRIBE: maximum QoS is not 0, 1 or 2"},
		{"subscribe retain handling", 5, &Subscribe{PacketID: 1, Filters: []SubscribeFilter{{Filter: "a", RetainHandling: 19}}},
			"encode SUBSCRIBE: retain handling is not 0, 1 or 2"},
		{"subscribe no local shared", 5, &Subscribe{PacketID: 1, Filters: []SubscribeFilter{{Filter: "$share/g/a", NoLocal: true}}},
			"encode SUBSCRIBE: no local on a shared subscription"},
		{"subscribe option 3.1.1", 4, &Subscribe{PacketID: 1, Filters: []SubscribeFilter{{Filter: "a", RetainAsPublished: true}}},
			"encode SUBSCRIBE: a subscription option other than QoS needs MQTT 5"},
		{"subscribe properties 3.1.1", 4, &Subscribe{PacketID: 1, Filters: one, Props: mqtt.Properties{user("k", "v")}},
			"encode SUBSCRIBE: property user-property needs MQTT 5"},
		{"suback nothing", 4, &Suback{PacketID: 1}, "encode SUBACK: no reason code"},
		{"suback code", 4, &Suback{PacketID: 1, Codes: []mqtt.ReasonCode{3}}, "encode SUBACK: SUBACK must not have the reason code 0x03"},
		{"unsubscribe nothing", 4, &Unsubscribe{PacketID: 1}, "encode UNSUBSCRIBE: no topic filter"},
		{"unsubscribe filter", 4, &Unsubscribe{PacketID: 1, Filters: []string{"a\x00"}}, "encode UNSUBSCRIBE: topic filter contains U+0000"},
		{"unsuback nothing", 5, &Unsuback{PacketID: 1}, "encode UNSUBACK: no reason code"},
		{"disconnect code", 5, &Disconnect{Code: mqtt.Banned}, "encode DISCONNECT: DISCONNECT must not have the reason code 0x8A"},
		{"auth 3.1.1", 4, &Auth{}, "encode AUTH: authentication needs MQTT 5"},
		{"auth method", 5, &Auth{Code: mqtt.ContinueAuthentication}, "encode AUTH: no authentication method"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.p.Append([]byte("kept"), tt.v)
			if err == nil || err.Error() != tt.want || string(got) != "kept" {
				t.Errorf("Append = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// TestAppendOlder checks what an older version gets of a packet of MQTT 5.
func TestAppendOlder(t *testing.T) {
	t.Parallel()
	why := mqtt.Properties{text(mqtt.PropReasonString, "why")}
	tests := []struct {
		name string
		v    mqtt.Version
		p    Packet
		want string
	}{
		{"connack properties", 4, &Connack{SessionPresent: true, Props: why}, "20 02 01 00"},
		{"connack session 3.1", 3, &Connack{SessionPresent: true}, "20 02 00 00"},
		{"puback code and properties", 4, &Ack{Type: PUBACK, PacketID: 1, Code: mqtt.NoMatchingSubscribers, Props: why}, "40 02 0001"},
		{"suback failures", 4, &Suback{PacketID: 1, Codes: []mqtt.ReasonCode{1, mqtt.NotAuthorized}, Props: why}, "90 04 0001 01 80"},
		{"suback failures 3.1", 3, &Suback{PacketID: 1, Codes: []mqtt.ReasonCode{mqtt.QuotaExceeded}}, "90 03 0001 80"},
		{"unsuback codes", 4, &Unsuback{PacketID: 1, Codes: []mqtt.ReasonCode{0x11}, Props: why}, "b0 02 0001"},
		{"disconnect", 4, &Disconnect{Code: mqtt.KeepAliveTimeout, Props: why}, "e0 00"},
		{"publish fields of Decode", 5, &Publish{Topic: []byte("a"), TopicAlias: 7, PacketID: 9}, "30 04 0001 61 00"},
	}
	for _, tt := range tests {
		if got, err := tt.p.Append(nil, tt.v); string(got) != string(raw(t, tt.want)) || err != nil {
			t.Errorf("%s: Append = % x, %v, want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestConnackReturnCodes(t *testing.T) {
	t.Parallel()
	want := map[mqtt.ReasonCode]byte{
		mqtt.Success: 0, mqtt.UnsupportedProtocolVersion: 1, mqtt.ClientIdentifierNotValid: 2,
		mqtt.BadUserNameOrPassword: 4, mqtt.NotAuthorized: 5,
		mqtt.ServerUnavailable: 3, mqtt.ServerBusy: 3, mqtt.ServerShuttingDown: 3, mqtt.QuotaExceeded: 3,
		mqtt.UseAnotherServer: 3, mqtt.ServerMoved: 3, mqtt.ConnectionRateExceeded: 3,
	}
	for code := range 256 {
		c := mqtt.ReasonCode(code)
		w, ok := want[c]
		if !ok {
			w = 5
		}
		got, err := (&Connack{Code: c}).Append(nil, mqtt.V311)
		if err != nil || len(got) != 4 || got[3] != w {
			t.Errorf("Append(CONNACK %v) = % x, %v, want return code %d", c, got, err, w)
		}
	}
}

func TestAppendAck(t *testing.T) {
	t.Parallel()
	for typ, want := range map[Type]string{PUBACK: "40 02 1234", PUBREC: "50 02 1234", PUBREL: "62 02 1234", PUBCOMP: "70 02 1234"} {
		if got := AppendAck(nil, typ, 0x1234); string(got) != string(raw(t, want)) {
			t.Errorf("AppendAck(%v) = % x, want %s", typ, got, want)
		}
	}
	p := Ack{PacketID: 9}
	if err := p.Decode(mqtt.V5, 0, []byte{0, 1}); codeOf(err) != mqtt.ImplementationSpecificError {
		t.Errorf("Decode without a Type: %v, want %v", err, mqtt.ImplementationSpecificError)
	}
}
