package format

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/tinylib/msgp/msgp"

	"mqt/internal/mqtt"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want, err string }{ // want in hexadecimal
		{name: "hex", in: "", want: ""},
		{name: "hex", in: "00 fF:0a\n", want: "00ff0a"},
		{name: "hex", in: "0", err: "is not hexadecimal: an odd number of digits, 1, ends in half a byte"},
		{name: "hex", in: "0x00", err: "is not hexadecimal: 'x' is no digit"},
		{name: "base64", in: "AP8=", want: "00ff"},
		{name: "base64", in: "AP\n8", want: "00ff"},
		{name: "base64", in: "-_8", want: "fbff"},
		{name: "base64", in: "+/8=", want: "fbff"},
		{name: "base64", in: "A", err: "is not base64: at input byte "},
		{name: "base64", in: "a*b=", err: "is not base64: at input byte 1"},
		{name: "json", in: " {\"b\" : 1.50,\n \"a\":[ ] } ", want: hex.EncodeToString([]byte(`{"b":1.50,"a":[]}`))},
		{name: "json", in: "{", err: "is not valid JSON: "},
		{name: "json", in: "\"\xff\"", err: "is not valid UTF-8"},
		// The examples of RFC 8949, appendix A.
		{name: "cbor", in: "0", want: "00"},
		{name: "cbor", in: "1000000000000", want: "1b000000e8d4a51000"},
		{name: "cbor", in: "18446744073709551615", want: "1bffffffffffffffff"},
		{name: "cbor", in: "-1000", want: "3903e7"},
		{name: "cbor", in: "1.5", want: "f93e00"},
		{name: "cbor", in: "1.1", want: "fb3ff199999999999a"},
		{name: "cbor", in: `{"b":[2,3],"a":1}`, want: "a26161016162820203"},
		{name: "cbor", in: `[false,true,null,"ü"]`, want: "84f4f5f662c3bc"},
		{name: "cbor", in: "1e400", err: "holds 1e400, which 64 bits cannot hold"},
		{name: "cbor", in: "1 2", err: "is not valid JSON: something follows the value"},
		{name: "cbor", in: "", err: "is not valid JSON: it ends too early"},
		// https://github.com/msgpack/msgpack/blob/master/spec.md
		{name: "msgpack", in: `{"schema":0,"compact":true}`, want: "82a7636f6d70616374c3a6736368656d6100"},
		{name: "msgpack", in: "[200,-1,-200,70000,1.5,null,18446744073709551615]",
			want: "97ccc8ffd1ff38ce00011170cb3ff8000000000000c0cfffffffffffffffff"},
		{name: "msgpack", in: "nope", err: "is not valid JSON: "},
	}
	for _, tt := range tests {
		encode, err := NewEncode(tt.name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := encode([]byte(tt.in))
		text := ""
		if err != nil {
			text = err.Error()
		}
		if hex.EncodeToString(got) != tt.want || !strings.HasPrefix(text, tt.err) || (text == "") != (tt.err == "") {
			t.Errorf("%s of %q = %x, %v, want %s, %q", tt.name, tt.in, got, err, tt.want, tt.err)
		}
	}
	if _, err := NewEncode("xml"); err == nil || !strings.Contains(err.Error(), "one of hex, base64, json, cbor, msgpack") {
		t.Errorf("NewEncode(xml) = %v, want the names", err)
	}
}

// What the binary encodings make of JSON says the same when it is read back.
func FuzzEncode(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2,3.5,null,true,"x"],"":{}}`, "18446744073709551616", "-0", "1e5", "00 ff", "AP8=", `"\ud800"`} {
		f.Add([]byte(seed))
	}
	decoders := map[string]*Decoder{}
	for _, name := range []string{"cbor", "msgpack"} {
		d, err := NewDecoder(name, DecodeOptions{})
		if err != nil {
			f.Fatal(err)
		}
		decoders[name] = d
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		before := bytes.Clone(in)
		for _, name := range Encodings() {
			encode, err := NewEncode(name)
			if err != nil {
				t.Fatal(err)
			}
			out, err := encode(in)
			if !bytes.Equal(in, before) {
				t.Fatalf("%s changed its input", name)
			}
			if err != nil {
				continue
			}
			var got, want any
			switch name {
			case "cbor":
				mode, _ := cbor.DecOptions{DefaultMapType: reflect.TypeFor[map[string]any](), MaxNestedLevels: 65535}.DecMode()
				err = mode.Unmarshal(out, &got)
			case "msgpack":
				var rest []byte
				if got, rest, err = msgp.ReadIntfBytes(out); len(rest) > 0 {
					t.Errorf("msgpack of %q leaves %x", in, rest)
				}
			case "json":
				if a, b := exactly(out), exactly(in); a == nil || !reflect.DeepEqual(a, b) {
					t.Errorf("json of %q = %q", in, out)
				}
				continue
			default:
				continue
			}
			if err != nil || json.Unmarshal(in, &want) != nil || !reflect.DeepEqual(floats(got), floats(want)) {
				t.Errorf("%s of %q reads back as %#v, %v, want %#v", name, in, got, err, want)
			}
			text := decoders[name].Decode(mqtt.Message{Payload: out}).Payload
			if err := json.Unmarshal(text, &got); err != nil || !like(got, floats(want)) {
				t.Errorf("%s of %q is decoded as %q, %v", name, in, text, err)
			}
		}
	})
}

// floats makes every number one, so that values can be compared.
func floats(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = floats(v[k])
		}
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	}
	return v
}

// like reports whether got is want, or rounded as a number of 32 bits is shown.
func like(got, want any) bool {
	switch w := want.(type) {
	case float64:
		g, ok := got.(float64)
		return ok && (g == w || float64(float32(w)) == w && float32(g) == float32(w))
	case []any:
		g, ok := got.([]any)
		return ok && slices.EqualFunc(g, w, like)
	case map[string]any:
		g, ok := got.(map[string]any)
		return ok && maps.EqualFunc(g, w, like)
	}
	return reflect.DeepEqual(got, want)
}

// exactly returns what a text in JSON says, in a list, with numbers as they are
// written, since they need not fit into 64 bits; nil when it is none.
func exactly(text []byte) []any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v := []any{nil}
	if d.Decode(&v[0]) != nil {
		return nil
	}
	return v
}
