package record

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mqt/internal/mqtt"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestAppend(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 11, 20, 23, 32, 29, 611361123, time.UTC)
	tests := []struct {
		name string
		m    mqtt.Message
		want string
	}{
		{name: "least", m: mqtt.Message{Topic: "a"},
			want: `{"topic":"a","qos":0,"retain":false,"payload":""}`},
		{name: "all", m: mqtt.Message{Topic: "a/é", Payload: []byte("x\n\"\\\x00\x7f\u0085"), QoS: 2, Retain: true, Dup: true, PacketID: 7, Received: when,
			Props: mqtt.Properties{
				{ID: mqtt.PropUser, Key: "k", Value: "1"},
				{ID: mqtt.PropContentType, Value: "text/plain"},
				{ID: mqtt.PropUser, Key: "k", Value: "2"},
				{ID: mqtt.PropCorrelationData, Value: "\x00\xff"},
				{ID: mqtt.PropSubscriptionID, Int: 3},
				{ID: mqtt.PropSubscriptionID, Int: 9},
			}},
			want: `{"time":"2026-11-20T23:32:29.611361123Z","topic":"a/é","qos":2,"retain":true,"dup":true,"mid":7,` +
				`"payload":"x\n\"\\\u0000\u007f\u0085","properties":[{"name":"user-property","key":"k","value":"1"},` +
				`{"name":"content-type","value":"text/plain"},{"name":"user-property","key":"k","value":"2"},` +
				`{"name":"correlation-data","value_base64":"AP8="},{"name":"subscription-identifier","value":3},` +
				`{"name":"subscription-identifier","value":9}]}`},
		{name: "binary", m: mqtt.Message{Topic: "a", Payload: []byte{0xff, 0, 1}},
			want: `{"topic":"a","qos":0,"retain":false,"payload_base64":"/wAB"}`},
		{name: "bad text", m: mqtt.Message{Topic: "a\xff"},
			want: `{"topic":"a\ufffd","qos":0,"retain":false,"payload":""}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := string(Append(nil, tt.m))
			if got != tt.want {
				t.Errorf("Append(%+v) =\n%s, want\n%s", tt.m, got, tt.want)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("Append(%+v) is not JSON", tt.m)
			}
		})
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, line string
		want       mqtt.Message
		err        string
	}{
		{name: "least", line: `{"topic":"a"}`, want: mqtt.Message{Topic: "a"}},
		{name: "line end", line: "{\"topic\":\"a\"}\r\n", want: mqtt.Message{Topic: "a"}},
		{name: "payload object", line: `{"topic":"a","payload":{"x": 1.50}}`, want: mqtt.Message{Topic: "a", Payload: []byte(`{"x": 1.50}`)}},
		{name: "payload null", line: `{"topic":"a","payload":null}`, want: mqtt.Message{Topic: "a"}},
		{name: "payload number", line: `{"topic":"a","payload":1e3}`, want: mqtt.Message{Topic: "a", Payload: []byte("1e3")}},
		{name: "correlation text", line: `{"topic":"a","properties":[{"name":"correlation-data","value":"q"}]}`,
			want: mqtt.Message{Topic: "a", Props: mqtt.Properties{{ID: mqtt.PropCorrelationData, Value: "q"}}}},
		{name: "empty", line: ``, err: `is not valid JSON`},
		{name: "array", line: `[]`, err: `is not a JSON object`},
		{name: "utf8", line: "{\"topic\":\"\xff\"}", err: `is not valid UTF-8`},
		{name: "no topic", line: `{"qos":1}`, err: `topic "" is empty`},
		{name: "wildcard", line: `{"topic":"a/#"}`, err: `topic "a/#" contains a wildcard, + or #`},
		{name: "unknown", line: `{"topic":"a","qso":1}`, err: `field "qso" is unknown`},
		{name: "twice", line: `{"topic":"a","topic":"b"}`, err: `field "topic" is there twice`},
		{name: "both payloads", line: `{"topic":"a","payload":"","payload_base64":""}`, err: `field "payload_base64" is there twice`},
		{name: "qos", line: `{"topic":"a","qos":3}`, err: `field "qos" is 3, not a whole number from 0 to 2`},
		{name: "qos text", line: `{"topic":"a","qos":"1"}`, err: `field "qos" is not a number`},
		{name: "retain", line: `{"topic":"a","retain":1}`, err: `field "retain" is not true or false`},
		{name: "time", line: `{"topic":"a","time":"now"}`, err: `field "time" is "now", not an RFC 3339 time`},
		{name: "base64", line: `{"topic":"a","payload_base64":"?"}`, err: `field "payload_base64" holds illegal base64 data at input byte 0`},
		{name: "property", line: `{"topic":"a","properties":[{"name":"colour","value":1}]}`, err: `field "properties" holds "colour", which is not a property`},
		{name: "property range", line: `{"topic":"a","properties":[{"name":"payload-format-indicator","value":256}]}`,
			err: `field "properties" holds "payload-format-indicator", which is 256, not a whole number from 0 to 255`},
		{name: "property without value", line: `{"topic":"a","properties":[{"name":"content-type"}]}`,
			err: `field "properties" holds "content-type", which needs "value" ("value_base64" for binary data)`},
		{name: "user property without key", line: `{"topic":"a","properties":[{"name":"user-property","value":"v"}]}`,
			err: `field "properties" holds "user-property", which needs "key" if and only if it is user-property`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse([]byte(tt.line))
			if msg := errText(err); msg != tt.err {
				t.Fatalf("Parse(%s) error = %q, want %q", tt.line, msg, tt.err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Parse(%s) = %+v, want %+v", tt.line, got, tt.want)
			}
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestSchema keeps a file that other readers of the format can be tried with.
func TestSchema(t *testing.T) {
	t.Parallel()
	m := mqtt.Message{Topic: "site-1/temp", Payload: []byte(`{"c":21.5}`), QoS: 1, Retain: true, PacketID: 12,
		Received: time.Date(2026, 11, 20, 12, 0, 0, 500, time.UTC),
		Props:    mqtt.Properties{{ID: mqtt.PropMessageExpiry, Int: 60}, {ID: mqtt.PropUser, Key: "unit", Value: "C"}}}
	got := append(Append(nil, m), '\n')
	file := filepath.Join("testdata", "record.ndjson")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("Append = %s, want %s", got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := message(t)
		line := Append(nil, m)
		got, err := Parse(line)
		if err != nil {
			t.Fatalf("Parse(%s) error = %v", line, err)
		}
		if !reflect.DeepEqual(got, m) {
			t.Fatalf("Parse(%s) = %+v, want %+v", line, got, m)
		}
	})
}

func message(t *rapid.T) mqtt.Message {
	m := mqtt.Message{
		Topic:    rapid.StringMatching(`[a-zé\x01"\\/ ]{1,20}`).Draw(t, "topic"),
		QoS:      mqtt.QoS(rapid.IntRange(0, 2).Draw(t, "qos")),
		Retain:   rapid.Bool().Draw(t, "retain"),
		Dup:      rapid.Bool().Draw(t, "dup"),
		PacketID: rapid.Uint16().Draw(t, "mid"),
		Received: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC(),
		Payload: rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 1, 2000),
			rapid.Map(rapid.StringN(1, 99, -1), func(s string) []byte { return []byte(s) })).Draw(t, "payload"),
	}
	for range rapid.IntRange(0, 5).Draw(t, "properties") {
		p := mqtt.Property{ID: mqtt.PropertyID(rapid.IntRange(1, 42).Draw(t, "id"))}
		switch typ := p.ID.Type(); typ {
		case mqtt.TypeNone:
			continue
		case mqtt.TypePair:
			p.Key, p.Value = rapid.String().Draw(t, "k"), rapid.String().Draw(t, "v")
		case mqtt.TypeString:
			p.Value = rapid.String().Draw(t, "v")
		case mqtt.TypeBinary:
			p.Value = string(rapid.SliceOf(rapid.Byte()).Draw(t, "v"))
		default:
			p.Int = uint32(rapid.Uint64Range(0, limit(typ)).Draw(t, "n"))
		}
		m.Props = append(m.Props, p)
	}
	return m
}

func TestAppendAllocatesNothing(t *testing.T) {
	m := mqtt.Message{Topic: "a/b", Payload: []byte("grüß\n"), Received: time.Unix(1, 2),
		Props: mqtt.Properties{{ID: mqtt.PropCorrelationData, Value: strings.Repeat("x", 1000)}}}
	buf := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { buf = Append(buf[:0], m) }); n != 0 {
		t.Errorf("Append allocates %v times, want 0", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"time":"2026-11-20T23:32:29.6Z","topic":"a","qos":1,"retain":true,"dup":true,"mid":7,"payload":"x","properties":[{"name":"user-property","key":"k","value":"v"}]}`))
	f.Add([]byte(`{"topic":"a","payload_base64":"/wAB","properties":[{"name":"correlation-data","value_base64":"AA=="}]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := Parse(line)
		if err != nil {
			return
		}
		out := Append(nil, m)
		if !json.Valid(out) || !utf8.Valid(out) {
			t.Fatalf("Append(%+v) = %q, want JSON", m, out)
		}
		again, err := Parse(out)
		if err != nil {
			t.Fatalf("Parse(%s) error = %v", out, err)
		}
		if twice := Append(nil, again); string(twice) != string(out) {
			t.Fatalf("Append(Parse(%s)) = %s", out, twice)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	m := mqtt.Message{Topic: "site-1/floor-3/temperature", Payload: []byte(`{"c":21.5,"unit":"C"}`), Received: time.Unix(1, 2)}
	buf := make([]byte, 0, 4096)
	for b.Loop() {
		buf = Append(buf[:0], m)
	}
}

func BenchmarkParse(b *testing.B) {
	line := Append(nil, mqtt.Message{Topic: "site-1/floor-3/temperature", Payload: []byte(`{"c":21.5,"unit":"C"}`), Received: time.Unix(1, 2)})
	for b.Loop() {
		if _, err := Parse(line); err != nil {
			b.Fatal(err)
		}
	}
}
