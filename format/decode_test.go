package format

import (
	"bytes"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

// TestVectors decodes what other encoders have written: lines of hex digits, a
// space, and the JSON, or - when it must not be decoded.
func TestVectors(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"cbor", "msgpack"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile("testdata/" + name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			d, err := NewDecoder(name, DecodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			seen, failed := 0, uint64(0)
			for line := range strings.Lines(string(text)) {
				digits, want, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
				if !ok || digits == "#" {
					continue
				}
				seen++
				payload, err := hex.DecodeString(digits)
				if err != nil {
					t.Fatalf("%q: %v", line, err)
				}
				if want == "-" {
					want = string(payload)
					failed++
				}
				if got := d.Decode(mqtt.Message{Payload: payload}); string(got.Payload) != want {
					t.Errorf("%s %s = %s, want %s", name, digits, got.Payload, want)
				}
				if d.Failed() != failed {
					t.Fatalf("%s %s: %d failures, want %d", name, digits, d.Failed(), failed)
				}
			}
			if seen < 60 {
				t.Errorf("%d vectors, want more than 60", seen)
			}
		})
	}
}

func TestDecoders(t *testing.T) {
	t.Parallel()
	content := func(s string) mqtt.Properties {
		return mqtt.Properties{{ID: mqtt.PropContentType, Value: s}}
	}
	const raw = "" // the payload as it is, and counted
	tests := []struct {
		name, payload string
		props         mqtt.Properties
		want          string
	}{
		{name: "hex", payload: "7B7d", want: "{}"},
		{name: "hex", payload: "0x68 69\n", want: "hi"},
		{name: "hex", payload: "ff:00", want: "\xff\x00"},
		{name: "hex", payload: "abc", want: raw},
		{name: "hex", payload: "xy", want: raw},
		{name: "hex", payload: " ", want: raw},
		{name: "base64", payload: "aGk=", want: "hi"},
		{name: "base64", payload: "aG\r\nk", want: "hi"},
		{name: "base64", payload: "-_-_", want: "\xfb\xff\xbf"},
		{name: "base64", payload: "+/+/", want: "\xfb\xff\xbf"},
		{name: "base64", payload: "a", want: raw},
		{name: "base64", payload: "{}", want: raw},
		{name: "base64", payload: "==", want: raw},
		{name: "utf8", payload: "grüße", want: "grüße"},
		{name: "utf8", payload: "\ufeffx", want: "x"},
		{name: "utf8", payload: "\xff", want: raw},
		{name: "json", payload: "\ufeff{\"a\" : 1}", want: `{"a" : 1}`},
		{name: "json", payload: "{a}", want: raw},
		{name: "cbor", payload: strings.Repeat("\x81", 900) + "\x01", want: strings.Repeat("[", 900) + "1" + strings.Repeat("]", 900)},
		{name: "cbor", payload: strings.Repeat("\x81", 5000) + "\x01", want: raw},
		{name: "msgpack", payload: strings.Repeat("\x91", 900) + "\x01", want: strings.Repeat("[", 900) + "1" + strings.Repeat("]", 900)},
		{name: "msgpack", payload: strings.Repeat("\x91", 5000) + "\x01", want: raw},
		{name: "auto", payload: "text", want: "text"},
		{name: "auto", payload: "\ufeff[]", want: "[]"},
		{name: "auto", payload: "\xa1\x61a\x01", want: `{"a":1}`},
		{name: "auto", payload: "\x81\xa1a\x01", want: `{"a":1}`},
		{name: "auto", payload: "\x92\xc0\xc3", want: "[null,true]"},
		{name: "auto", payload: "\xff\x00", want: raw},
		{name: "auto", payload: "\xc3", want: raw},
		{name: "auto", payload: "\x18\x18", props: content("application/cbor"), want: "24"},
		{name: "auto", payload: "\xc3", props: content("application/MsgPack; x=y"), want: "true"},
		{name: "auto", payload: "text", props: content("application/cbor"), want: "text"},
	}
	for _, tt := range tests {
		d, err := NewDecoder(tt.name, DecodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		want, failed := tt.want, uint64(0)
		if want == raw {
			want, failed = tt.payload, 1
		}
		in := []byte(tt.payload)
		got := d.Decode(mqtt.Message{Topic: "t", Payload: in, Props: tt.props})
		if string(got.Payload) != want || d.Failed() != failed || string(in) != tt.payload {
			t.Errorf("%s of %q = %q with %d failures, want %q with %d", tt.name, tt.payload, got.Payload, d.Failed(), want, failed)
		}
		if empty := d.Decode(mqtt.Message{Topic: "t"}); len(empty.Payload) != 0 || d.Failed() != failed {
			t.Errorf("%s of an empty payload = %q with %d failures, want an empty one with %d", tt.name, empty.Payload, d.Failed(), failed)
		}
	}
}

func TestDecoderNames(t *testing.T) {
	t.Parallel()
	if names := DecoderNames(); names[0] != "auto" || !slices.Contains(names, "cbor") {
		t.Errorf("DecoderNames() = %q, want auto first, and cbor", names)
	}
	const want = `unknown decoder "xml": one of auto, json, cbor, `
	if _, err := NewDecoder("xml", DecodeOptions{}); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("NewDecoder(xml) error = %v, want %s…", err, want)
	}
}

// FuzzDecode checks that structures become JSON and that nothing else is
// changed.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"cbor", "msgpack"} {
		text, err := os.ReadFile("testdata/" + name + ".txt")
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			digits, _, _ := strings.Cut(line, " ")
			if payload, err := hex.DecodeString(digits); err == nil {
				f.Add(payload)
			}
		}
	}
	f.Add([]byte("68 65:6a"))
	f.Add([]byte("aGVq_w=="))
	for _, digits := range []string{protoReading, protoBatch, protoPayload} {
		payload, err := hex.DecodeString(digits)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	var all []*Decoder
	for _, name := range DecoderNames() {
		d, err := NewDecoder(name, DecodeOptions{ProtoFile: "testdata/reading.proto", Message: "Reading"})
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, d)
	}
	structures := []string{"json", "cbor", "msgpack", "protobuf", "sparkplug"}
	f.Fuzz(func(t *testing.T, payload []byte) {
		in := bytes.Clone(payload)
		for _, d := range all {
			before := d.Failed()
			out := d.Decode(mqtt.Message{Payload: payload}).Payload
			if !bytes.Equal(in, payload) {
				t.Fatalf("%s changed its input %q to %q", d.Name(), in, payload)
			}
			if d.Failed() > before {
				if !bytes.Equal(in, out) {
					t.Fatalf("%s failed and changed %q to %q", d.Name(), in, out)
				}
				continue
			}
			if len(in) > 0 && slices.Contains(structures, d.Name()) && !validJSON(out) {
				t.Fatalf("%s of %x = %q, which is not JSON", d.Name(), in, out)
			}
		}
	})
}
