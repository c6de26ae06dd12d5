package wire

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	publish := &Publish{QoS: 1, Dup: true, Retain: true, PacketID: 7, Topic: []byte("a/\u202eb"), Payload: []byte("x\x1b[31m"),
		Props: encoded(t, mqtt.Properties{
			{ID: mqtt.PropContentType, Value: "text/plain"}, {ID: mqtt.PropMessageExpiry, Int: 9}, user("k\n", "v")})}
	connect := &Connect{Version: mqtt.V5, CleanStart: true, KeepAlive: 60, ClientID: "c", Username: "ann", HasUsername: true,
		Password: []byte("secret"), HasPassword: true,
		Props: mqtt.Properties{{ID: mqtt.PropAuthMethod, Value: "m"}, {ID: mqtt.PropAuthData, Value: "secret"}},
		Will:  &Will{Topic: "w", Payload: []byte("gone"), QoS: 2, Retain: true, Props: mqtt.Properties{{ID: mqtt.PropWillDelay, Int: 5}}}}
	tests := []struct {
		v    mqtt.Version
		p    Packet
		want string
	}{
		{0, connect, `CONNECT MQTT 5 client="c" clean-start keep-alive=60s user="ann" password=(6 bytes)` +
			` {authentication-method="m" authentication-data=(6 bytes)} will: q2 retain "w" (4 bytes) "gone" {will-delay-interval=5}`},
		{0, &Connect{Version: mqtt.V31, ClientID: "c", CleanStart: true}, `CONNECT MQTT 3.1 client="c" clean-session keep-alive=0s`},
		{mqtt.V5, &Connack{SessionPresent: true, Props: mqtt.Properties{{ID: mqtt.PropReceiveMaximum, Int: 10}}},
			`CONNACK success session-present {receive-maximum=10}`},
		{mqtt.V311, &Connack{Code: mqtt.NotAuthorized}, `CONNACK not authorized`},
		{mqtt.V5, publish, `PUBLISH #7 dup q1 retain "a/\u202eb" (6 bytes) "x\x1b[31m"` +
			` {content-type="text/plain" message-expiry-interval=9 user-property="k\n":"v"}`},
		{mqtt.V311, &Publish{Topic: []byte("a")}, `PUBLISH q0 "a" (0 bytes)`},
		{mqtt.V311, &Ack{Type: PUBACK, PacketID: 7}, `PUBACK #7`},
		{mqtt.V5, &Ack{Type: PUBREC, PacketID: 7, Code: mqtt.NoMatchingSubscribers}, `PUBREC #7 no matching subscribers`},
		{mqtt.V5, &Subscribe{PacketID: 1, Props: mqtt.Properties{{ID: mqtt.PropSubscriptionID, Int: 4}}, Filters: []SubscribeFilter{
			{Filter: "a/#", QoS: 1, NoLocal: true, RetainAsPublished: true, RetainHandling: 2}, {Filter: "b"}}},
			`SUBSCRIBE #1 "a/#" q1 no-local retain-as-published retain-handling=2, "b" q0 {subscription-identifier=4}`},
		{mqtt.V5, &Suback{PacketID: 1, Codes: []mqtt.ReasonCode{0, 2, mqtt.NotAuthorized}},
			`SUBACK #1 granted QoS 0, granted QoS 2, not authorized`},
		{mqtt.V311, &Unsubscribe{PacketID: 2, Filters: []string{"a", "b"}}, `UNSUBSCRIBE #2 "a", "b"`},
		{mqtt.V311, &Unsuback{PacketID: 2}, `UNSUBACK #2`},
		{mqtt.V5, &Unsuback{PacketID: 2, Codes: []mqtt.ReasonCode{0, mqtt.NoSubscriptionExisted}}, `UNSUBACK #2 success, no subscription existed`},
		{mqtt.V311, &Pingreq{}, `PINGREQ`},
		{mqtt.V311, &Disconnect{}, `DISCONNECT`},
		{mqtt.V5, &Disconnect{}, `DISCONNECT normal disconnection`},
		{mqtt.V5, &Disconnect{Code: mqtt.SessionTakenOver, Props: mqtt.Properties{{ID: mqtt.PropReasonString, Value: "why"}}},
			`DISCONNECT session taken over {reason-string="why"}`},
		{mqtt.V5, &Auth{Code: mqtt.ContinueAuthentication, Props: mqtt.Properties{{ID: mqtt.PropAuthMethod, Value: "m"}, {ID: mqtt.PropAuthData, Value: "secret"}}},
			`AUTH continue authentication {authentication-method="m" authentication-data=(6 bytes)}`},
	}
	for _, tt := range tests {
		b, err := tt.p.Append(nil, tt.v)
		if err != nil {
			t.Fatal(err)
		}
		if got := Describe(tt.v, b); got != tt.want {
			t.Errorf("Describe(%v, % x) =\n  %s, want\n  %s", tt.v, b, got, tt.want)
		}
	}
}

// TestDescribeWhatIsWrong: broken bytes are named and never shown.
func TestDescribeWhatIsWrong(t *testing.T) {
	t.Parallel()
	connect, err := (&Connect{Version: mqtt.V311, ClientID: "c", Username: "u", HasUsername: true, Password: []byte("secret"), HasPassword: true}).Append(nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	wrongFlags := append([]byte(nil), connect...)
	wrongFlags[9] |= flagReserved
	tests := []struct {
		in   []byte
		want string
	}{
		{nil, "nothing"},
		{[]byte{0x30}, "PUBLISH, not one whole packet: 1 bytes"},
		{connect[:len(connect)-1], "CONNECT, not one whole packet: 25 bytes"},
		{append(connect, 0), "CONNECT, not one whole packet: 27 bytes"},
		{wrongFlags, "CONNECT of 26 bytes, refused: malformed packet: reserved connect flag is set"},
		{[]byte{0, 0}, "type 0 of 2 bytes, refused: malformed packet: packet type 0 is reserved"},
		{[]byte{0x30, 2, 0, 0}, "PUBLISH of 4 bytes, refused: malformed packet: topic name is empty"},
	}
	for _, tt := range tests {
		if got := Describe(mqtt.V311, tt.in); got != tt.want {
			t.Errorf("Describe(% x) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestDescribeIsShort: a payload and a topic are cut, between characters.
func TestDescribeIsShort(t *testing.T) {
	t.Parallel()
	p := &Publish{Topic: []byte(strings.Repeat("t", 2000)), Payload: []byte(strings.Repeat("a", previewBytes-1) + "é and more")}
	b, err := p.Append(nil, mqtt.V311)
	if err != nil {
		t.Fatal(err)
	}
	want := `PUBLISH q0 "` + strings.Repeat("t", textBytes) + `"... (70 bytes) "` + strings.Repeat("a", previewBytes-1) + `"...`
	if got := Describe(mqtt.V311, b); got != want {
		t.Errorf("Describe = %s, want %s", got, want)
	}
}

// FuzzDescribe takes any bytes: the result is one line of printable text
// without the password.
func FuzzDescribe(f *testing.F) {
	for _, tt := range allVectors() {
		f.Add(byte(tt.v), frame(tt.first, raw(f, tt.body)))
	}
	f.Fuzz(func(t *testing.T, version byte, in []byte) {
		v := mqtt.Version(version%3) + mqtt.V31
		got := Describe(v, in)
		if got == "" || !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("Describe(% x) = %q, want one printable line", in, got)
		}
		var c Connect
		h, err := ParseHeader(in)
		if err != nil || h.Type != CONNECT || h.Total() != len(in) || c.Decode(v, h.Flags, in[h.Size:]) != nil || len(c.Password) < 4 {
			return
		}
		again := append([]byte(nil), in...)
		for i := range c.Password { // the last field
			again[len(again)-1-i] = '*'
		}
		if other := Describe(v, again); other != got {
			t.Fatalf("Describe(% x) = %q and with another password %q", in, got, other)
		}
	})
}

func encoded(t *testing.T, ps mqtt.Properties) RawProperties {
	t.Helper()
	b, err := AppendProperties(nil, ps)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
