package wire

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/eclipse/paho.golang/packets"

	"mqt/internal/mqtt"
)

// pair is one MQTT 5 packet in this package's words and in those of the second
// opinion, paho.
type pair struct {
	ours   Packet
	theirs packets.Packet
}

func ptr[T any](v T) *T { return &v }

func pairs() []pair {
	user1 := []packets.User{{Key: "k", Value: "v"}, {Key: "k", Value: "w"}}
	why := mqtt.Properties{text(mqtt.PropReasonString, "why"), user("k", "v"), user("k", "w")}
	pahoWhy := &packets.Properties{ReasonString: "why", User: user1}
	pubProps := mqtt.Properties{
		number(mqtt.PropPayloadFormat, 1), number(mqtt.PropMessageExpiry, 60), text(mqtt.PropContentType, "c"),
		text(mqtt.PropResponseTopic, "r/t"), text(mqtt.PropCorrelationData, "\x00\x01"), number(mqtt.PropTopicAlias, 9),
		number(mqtt.PropSubscriptionID, 300), user("k", "v"), user("k", "w"),
	}
	rawPub, _ := AppendProperties(nil, pubProps)
	pahoPub := &packets.Properties{
		PayloadFormat: ptr(byte(1)), MessageExpiry: ptr(uint32(60)), ContentType: "c", ResponseTopic: "r/t",
		CorrelationData: []byte{0, 1}, TopicAlias: ptr(uint16(9)), SubscriptionIdentifier: ptr(300), User: user1,
	}
	list := []pair{
		{
			&Publish{Topic: []byte("a/b"), Payload: []byte("hi"), Retain: true},
			&packets.Publish{Topic: "a/b", Payload: []byte("hi"), Retain: true, Properties: &packets.Properties{}},
		},
		{
			&Publish{Topic: []byte("a/b"), Payload: []byte("hi"), QoS: 2, Dup: true, PacketID: 77, Props: rawPub},
			&packets.Publish{Topic: "a/b", Payload: []byte("hi"), QoS: 2, Duplicate: true, PacketID: 77, Properties: pahoPub},
		},
		{&Ack{Type: PUBACK, PacketID: 7, Code: 0x10, Props: why}, &packets.Puback{PacketID: 7, ReasonCode: 0x10, Properties: pahoWhy}},
		{&Ack{Type: PUBREC, PacketID: 7, Code: 0x97, Props: why}, &packets.Pubrec{PacketID: 7, ReasonCode: 0x97, Properties: pahoWhy}},
		{&Ack{Type: PUBREL, PacketID: 7, Code: 0x92, Props: why}, &packets.Pubrel{PacketID: 7, ReasonCode: 0x92, Properties: pahoWhy}},
		{&Ack{Type: PUBCOMP, PacketID: 7, Props: why}, &packets.Pubcomp{PacketID: 7, Properties: pahoWhy}},
		{&Ack{Type: PUBACK, PacketID: 7}, &packets.Puback{PacketID: 7, Properties: &packets.Properties{}}},
		{
			&Subscribe{
				PacketID: 1, Props: mqtt.Properties{number(mqtt.PropSubscriptionID, 5), user("k", "v"), user("k", "w")},
				Filters: []SubscribeFilter{{Filter: "a/#", QoS: 1, NoLocal: true}, {Filter: "b", QoS: 2, RetainAsPublished: true, RetainHandling: 2}},
			},
			&packets.Subscribe{
				PacketID: 1, Properties: &packets.Properties{SubscriptionIdentifier: ptr(5), User: user1},
				Subscriptions: []packets.SubOptions{{Topic: "a/#", QoS: 1, NoLocal: true}, {Topic: "b", QoS: 2, RetainAsPublished: true, RetainHandling: 2}},
			},
		},
		{
			&Suback{PacketID: 1, Codes: []mqtt.ReasonCode{0, 2, 0x8F}, Props: why},
			&packets.Suback{PacketID: 1, Reasons: []byte{0, 2, 0x8F}, Properties: pahoWhy},
		},
		{
			&Unsubscribe{PacketID: 1, Filters: []string{"a", "b/+"}, Props: mqtt.Properties{user("k", "v"), user("k", "w")}},
			&packets.Unsubscribe{PacketID: 1, Topics: []string{"a", "b/+"}, Properties: &packets.Properties{User: user1}},
		},
		{
			&Unsuback{PacketID: 1, Codes: []mqtt.ReasonCode{0, 0x11}, Props: why},
			&packets.Unsuback{PacketID: 1, Reasons: []byte{0, 0x11}, Properties: pahoWhy},
		},
		{&Disconnect{Code: 0x8E, Props: why}, &packets.Disconnect{ReasonCode: 0x8E, Properties: pahoWhy}},
		{
			&Auth{Code: 0x18, Props: mqtt.Properties{text(mqtt.PropAuthMethod, "m"), text(mqtt.PropAuthData, "d")}},
			&packets.Auth{ReasonCode: 0x18, Properties: &packets.Properties{AuthMethod: "m", AuthData: []byte("d")}},
		},
		{&Pingreq{}, &packets.Pingreq{}},
		{&Pingresp{}, &packets.Pingresp{}},
	}
	return append(list, connectPairs()...)
}

func connectPairs() []pair {
	return []pair{
		{
			&Connect{
				Version: mqtt.V5, CleanStart: true, KeepAlive: 30, ClientID: "id",
				Props: mqtt.Properties{
					number(mqtt.PropReceiveMaximum, 10), number(mqtt.PropTopicAliasMaximum, 20), number(mqtt.PropMaximumPacketSize, 4096),
					number(mqtt.PropSessionExpiry, 3600), number(mqtt.PropRequestProblemInfo, 0), user("k", "v"),
				},
				Will:        &Will{Topic: "w", Payload: []byte("bye"), QoS: 1, Retain: true, Props: mqtt.Properties{user("a", "b"), number(mqtt.PropWillDelay, 5)}},
				HasUsername: true, Username: "u", HasPassword: true, Password: []byte("p"),
			},
			&packets.Connect{
				ProtocolName: "MQTT", ProtocolVersion: 5, CleanStart: true, KeepAlive: 30, ClientID: "id",
				Properties: &packets.Properties{
					ReceiveMaximum: ptr(uint16(10)), TopicAliasMaximum: ptr(uint16(20)), MaximumPacketSize: ptr(uint32(4096)),
					SessionExpiryInterval: ptr(uint32(3600)), RequestProblemInfo: ptr(byte(0)), User: []packets.User{{Key: "k", Value: "v"}},
				},
				WillFlag: true, WillTopic: "w", WillMessage: []byte("bye"), WillQOS: 1, WillRetain: true,
				WillProperties: &packets.Properties{WillDelayInterval: ptr(uint32(5)), User: []packets.User{{Key: "a", Value: "b"}}},
				UsernameFlag:   true, Username: "u", PasswordFlag: true, Password: []byte("p"),
			},
		},
		{
			&Connack{SessionPresent: true, Props: mqtt.Properties{
				number(mqtt.PropServerKeepAlive, 15), text(mqtt.PropAssignedClientID, "x"), number(mqtt.PropMaximumQoS, 1),
				number(mqtt.PropRetainAvailable, 1), number(mqtt.PropSharedAvailable, 0), text(mqtt.PropServerReference, "s"),
				number(mqtt.PropWildcardAvailable, 1), number(mqtt.PropSubIDAvailable, 1), text(mqtt.PropResponseInfo, "i"),
			}},
			&packets.Connack{SessionPresent: true, Properties: &packets.Properties{
				ServerKeepAlive: ptr(uint16(15)), AssignedClientID: "x", MaximumQOS: ptr(byte(1)), RetainAvailable: ptr(byte(1)),
				SharedSubAvailable: ptr(byte(0)), ServerReference: "s", WildcardSubAvailable: ptr(byte(1)),
				SubIDAvailable: ptr(byte(1)), ResponseInfo: "i",
			}},
		},
	}
}

// TestPahoReadsOurs parses what Append writes with paho's package.
func TestPahoReadsOurs(t *testing.T) {
	t.Parallel()
	for _, tt := range pairs() {
		b, err := tt.ours.Append(nil, mqtt.V5)
		if err != nil {
			t.Errorf("Append(%+v): %v", tt.ours, err)
			continue
		}
		cp, err := packets.ReadPacket(bytes.NewReader(b))
		if err != nil {
			t.Errorf("paho reads %+v: %v", tt.ours, err)
		} else if !reflect.DeepEqual(cp.Content, tt.theirs) {
			t.Errorf("paho reads %+v as %v, want %v", tt.ours, cp.Content, tt.theirs)
		}
	}
}

// TestWeReadPaho parses what paho writes. Its property order is its own.
func TestWeReadPaho(t *testing.T) {
	t.Parallel()
	for _, tt := range pairs() {
		var buf bytes.Buffer
		if _, err := tt.theirs.WriteTo(&buf); err != nil {
			t.Fatal(err)
		}
		got, err := decode(buf.Bytes(), mqtt.V5)
		if err != nil {
			t.Errorf("decode(% x) of paho's %v: %v", buf.Bytes(), tt.theirs, err)
		} else if got, want := inOrder(got), inOrder(tt.ours); !same(got, want) {
			t.Errorf("decode(% x) = %+v, want %+v", buf.Bytes(), got, want)
		}
	}
}
