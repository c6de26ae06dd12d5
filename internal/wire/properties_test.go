package wire

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

// everyProperty holds each of the 27 properties with a value that is valid.
func everyProperty() mqtt.Properties {
	var ps mqtt.Properties
	for id := mqtt.PropertyID(0); id < 128; id++ {
		switch id.Type() {
		case mqtt.TypeByte, mqtt.TypeUint16, mqtt.TypeUint32, mqtt.TypeVarint:
			ps = append(ps, number(id, 1))
		case mqtt.TypeString, mqtt.TypeBinary:
			ps = append(ps, text(id, "text"))
		case mqtt.TypePair:
			ps = append(ps, user("key", "value"))
		}
	}
	return ps
}

// TestPropertyPlaces puts every property into every packet: the names are the
// rows of the table in MQTT 5.0 section 2.2.2.2, packet by packet.
func TestPropertyPlaces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		first       byte
		head, after string // body before and after the property list
		want        string
	}{
		{"connect", 0x10, `"MQTT" 05 00 0000`, `"i"`, "session-expiry-interval authentication-method request-problem-information " +
			"request-response-information receive-maximum topic-alias-maximum user-property maximum-packet-size"},
		{"will", 0x10, `"MQTT" 05 04 0000 00 "i"`, `"t" ""`, "payload-format-indicator message-expiry-interval content-type response-topic " +
			"correlation-data will-delay-interval user-property"},
		{"connack", 0x20, "00 00", "", "session-expiry-interval assigned-client-identifier server-keep-alive authentication-method " +
			"response-information server-reference reason-string receive-maximum topic-alias-maximum maximum-qos retain-available " +
			"user-property maximum-packet-size wildcard-subscription-available subscription-identifier-available " +
			"shared-subscription-available"},
		{"publish", 0x30, `"t"`, "", "payload-format-indicator message-expiry-interval content-type response-topic correlation-data " +
			"subscription-identifier topic-alias user-property"},
		{"puback", 0x40, "0001 00", "", "reason-string user-property"},
		{"pubrec", 0x50, "0001 00", "", "reason-string user-property"},
		{"pubrel", 0x62, "0001 00", "", "reason-string user-property"},
		{"pubcomp", 0x70, "0001 00", "", "reason-string user-property"},
		{"subscribe", 0x82, "0001", `"t" 00`, "subscription-identifier user-property"},
		{"suback", 0x90, "0001", "00", "reason-string user-property"},
		{"unsubscribe", 0xa2, "0001", `"t"`, "user-property"},
		{"unsuback", 0xb0, "0001", "00", "reason-string user-property"},
		{"disconnect", 0xe0, "00", "", "session-expiry-interval server-reference reason-string user-property"},
		{"auth", 0xf0, "18", "", "authentication-method"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range everyProperty() {
				list, err := AppendProperties(nil, mqtt.Properties{p})
				if err != nil {
					t.Fatalf("AppendProperties(%v): %v", p, err)
				}
				body := append(AppendVarint(raw(t, tt.head), uint32(len(list))), list...)
				_, err = decode(frame(tt.first, append(body, raw(t, tt.after)...)), mqtt.V5)
				switch codeOf(err) {
				case mqtt.Success:
					got = append(got, p.ID.String())
				case mqtt.MalformedPacket:
				default: // the two that need an authentication method
					if p.ID != mqtt.PropAuthData && tt.name != "auth" {
						t.Errorf("%v: %v, want a malformed packet", p.ID, err)
					}
				}
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("accepts %s, want %s", s, tt.want)
			}
		})
	}
}

func TestPropertiesRoundTrip(t *testing.T) {
	t.Parallel()
	want := everyProperty()
	if len(want) != 27 {
		t.Fatalf("%d properties, want 27", len(want))
	}
	b, err := AppendProperties([]byte("x"), want)
	if err != nil {
		t.Fatal(err)
	}
	if got := RawProperties(b[1:]).Parse(); !reflect.DeepEqual(got, want) {
		t.Errorf("Parse(AppendProperties(%v)) = %v", want, got)
	}
	if got := RawProperties(nil).Parse(); got != nil {
		t.Errorf("Parse of nothing = %v, want nil", got)
	}
}

// TestPropertiesCut ends the list inside each property.
func TestPropertiesCut(t *testing.T) {
	t.Parallel()
	for _, p := range everyProperty() {
		b, err := AppendProperties(nil, mqtt.Properties{user("a", "b"), p})
		if err != nil {
			t.Fatal(err)
		}
		whole := len(b)
		for n := range whole {
			const anywhere = 0xFFFF
			_, err := scanProperties(b[:n:n], anywhere)
			if ok := n == 0 || n == 7; ok == codeOf(err).Failed() {
				t.Errorf("%v: scanProperties(% x): %v", p.ID, b[:n], err)
			}
			if got := RawProperties(b[:n:n]).Parse(); len(got) != min(n/7, 1) {
				t.Errorf("%v: Parse(% x) = %v, want %d properties", p.ID, b[:n], got, min(n/7, 1))
			}
		}
	}
}

// TestPropertyDuplicates repeats each property.
func TestPropertyDuplicates(t *testing.T) {
	t.Parallel()
	for _, p := range everyProperty() {
		where := propertyPlaces[p.ID]
		b, err := AppendProperties(nil, mqtt.Properties{p, p})
		if err != nil {
			t.Fatal(err)
		}
		_, err = scanProperties(b, where)
		want := mqtt.ProtocolError
		if p.ID == mqtt.PropUser {
			want = mqtt.Success
		}
		if codeOf(err) != want {
			t.Errorf("%v twice: %v, want %v", p.ID, err, want)
		}
	}
	b := []byte{byte(mqtt.PropSubscriptionID), 1, byte(mqtt.PropSubscriptionID), 1}
	if _, err := scanProperties(b, inPublish); err != nil {
		t.Errorf("subscription identifier twice in PUBLISH: %v", err)
	}
}

func TestAppendPropertiesRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 65_536)
	tests := []struct {
		name string
		p    mqtt.Property
		want string
	}{
		{"byte", number(mqtt.PropMaximumQoS, 256), "property maximum-qos is 256, above 255"},
		{"two bytes", number(mqtt.PropTopicAlias, 65_536), "property topic-alias is 65536, above 65535"},
		{"varint", number(mqtt.PropSubscriptionID, MaxRemaining+1), "property subscription-identifier is 268435456, above 268435455"},
		{"UTF-8", text(mqtt.PropContentType, "\xff"), "property content-type is not valid UTF-8"},
		{"NUL", text(mqtt.PropReasonString, "a\x00"), "property reason-string contains U+0000"},
		{"long text", text(mqtt.PropContentType, long), "property content-type is longer than 65,535 bytes"},
		{"long binary", text(mqtt.PropAuthData, long), "property authentication-data is longer than 65,535 bytes"},
		{"name", user("\x00", ""), "property user-property name contains U+0000"},
		{"value", user("", "\xc0"), "property user-property is not valid UTF-8"},
		{"unknown", number(5, 1), "property 0x05 does not exist"},
	}
	for _, tt := range tests {
		got, err := AppendProperties([]byte("kept"), mqtt.Properties{user("k", "v"), tt.p})
		if err == nil || err.Error() != tt.want || !bytes.Equal(got, []byte("kept")) {
			t.Errorf("%s: AppendProperties = %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}
