package format

import (
	"cmp"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

// What protoc --encode wrote, and the Python classes of Eclipse Tahu's schema
// for Sparkplug.
const (
	protoReading = "0a086b31203c2278223e110000000000803540188180808080808010220c01feffffffffffffffff01032a060a016112016230013a0c088d" +
		"b183d8061080cab5ee0142070a056e6f7274684a0200ff5533335340"
	protoBatch   = "0a030a01610a0911000000000000f0bf"
	protoPayload = "08eaf2f5a8a02b12170a08496e707574732f41100118eaf2f5a8a02b200b7001121f0a0454656d7020094a100a07656e67556e697412" +
		"05080c420143656666aa41120610072003380112260a055461626c6520108a011a08021201781201791803180c220c0a0208050a0632046669766512" +
		"260a054d6f746f72201392011a0a0131120a0a0372706d20045884071a070a0170100318012801121c0a0446696c65201228013000420918022a0561" +
		"2e62696e82010201021802"
)

func TestProtobuf(t *testing.T) {
	t.Parallel()
	files := map[string]string{"Place": "testdata/place.proto"}
	reading := `{"sensor":"k1 <\"x\">","celsius":21.5,"serial":"9007199254740993","history":[1,-2,3],"labels":{"a":"b"},"state":"GOOD",` +
		`"at":"2026-11-20T23:32:29.500Z","place":{"building":"north"},"raw":"AP8=","volts":3.3}`
	const none = "" // not decoded
	tests := []struct{ message, topic, payload, want string }{
		{"Reading", "t", protoReading, reading},
		{"plant.v1.Reading", "t", protoReading, reading},
		{"Reading.Batch", "t", protoBatch, `{"readings":[{"sensor":"a"},{"celsius":-1}]}`},
		{"Place", "t", "0a05", none},                                   // cut short
		{"Empty", "t", "0a0161", none},                                 // nothing that it knows
		{"Reading", "t", hex.EncodeToString([]byte("21 °C")), none},    // text
		{"Place", "t", "0a0161120162", `{"building":"a"}`},             // a field of a later version
		{"Reading.Batch", "t", strings.Repeat("0a00", 2) + "0a", none}, // one byte too many
	}
	for _, tt := range tests {
		d, err := NewDecoder("protobuf", DecodeOptions{ProtoFile: cmp.Or(files[tt.message], "testdata/reading.proto"), Message: tt.message})
		if err != nil {
			t.Fatal(err)
		}
		checkDecode(t, d, tt.topic, tt.payload, tt.want)
	}
}

// checkDecode decodes hex digits; want is empty when they must stay as they
// are.
func checkDecode(t *testing.T, d *Decoder, topic, digits, want string) {
	t.Helper()
	payload, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	failed := uint64(0)
	if want == "" {
		want, failed = string(payload), 1
	}
	got := d.Decode(mqtt.Message{Topic: topic, Payload: payload})
	if string(got.Payload) != want || d.Failed() != failed {
		t.Errorf("%s of %s = %s with %d failures, want %s with %d", d.Name(), digits, got.Payload, d.Failed(), want, failed)
	}
}

func TestSparkplug(t *testing.T) {
	t.Parallel()
	want := `{"timestamp":"1486144502122","metrics":[` +
		`{"name":"Inputs/A","alias":"1","timestamp":"1486144502122","datatype":11,"booleanValue":true},` +
		`{"name":"Temp","datatype":9,"properties":{"keys":["engUnit"],"values":[{"type":12,"stringValue":"C"}]},"floatValue":21.3},` +
		`{"alias":"7","datatype":3,"isNull":true},` +
		`{"name":"Table","datatype":16,"datasetValue":{"numOfColumns":"2","columns":["x","y"],"types":[3,12],` +
		`"rows":[{"elements":[{"intValue":5},{"stringValue":"five"}]}]}},` +
		`{"name":"Motor","datatype":19,"templateValue":{"version":"1","metrics":[{"name":"rpm","datatype":4,"longValue":"900"}],` +
		`"parameters":[{"name":"p","type":3,"intValue":1}],"isDefinition":true}},` +
		`{"name":"File","datatype":18,"isHistorical":true,"isTransient":false,"metadata":{"size":"2","fileName":"a.bin"},"bytesValue":"AQI="}],` +
		`"seq":"2"}`
	state := hex.EncodeToString([]byte(`{"online":true}`))
	for _, tt := range []struct{ decoder, topic, payload, want string }{
		{"sparkplug", "spBv1.0/G/DDATA/E/D", protoPayload, want},
		{"auto", "spBv1.0/G/DDATA/E/D", protoPayload, want},
		{"auto", "other", protoPayload, ""},
		{"auto", "spBv1.0/G/DDATA/E/D", "c3", ""},
		{"sparkplug", "spBv1.0/STATE/host", state, `{"online":true}`},
		{"sparkplug", "STATE/host", hex.EncodeToString([]byte("ONLINE")), "ONLINE"},
		{"auto", "spBv1.0/STATE/host", state, `{"online":true}`},
		{"sparkplug", "spBv1.0/G/DDATA/E/D", state, ""},
	} {
		d, err := NewDecoder(tt.decoder, DecodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		checkDecode(t, d, tt.topic, tt.payload, tt.want)
	}
}

func TestProtobufErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	one := write("one.proto", `syntax = "proto3"; message One { map<string, int32> m = 1; }`)
	tests := []struct{ file, message, want string }{
		{"", "x", "protobuf needs the file that describes the message"},
		{filepath.Join(dir, "none.proto"), "x", "no such file"},
		{write("bad.proto", "syntax = \"proto3\";\nmessage {"), "x", "bad.proto:2:9: syntax error"},
		{write("import.proto", `syntax = "proto3"; import "lost.proto";`), "x", "lost.proto"},
		{write("empty.proto", `syntax = "proto3";`), "x", "empty.proto describes no message"},
		{"testdata/reading.proto", "", "reading.proto describes more than one message: name one of plant.v1.Reading, plant.v1.Reading.Batch, plant.v1.Empty"},
		{"testdata/reading.proto", "Writing", `reading.proto does not describe one message "Writing": name one of plant.v1.Reading, `},
		{one, "", ""},
		{one, "One", ""},
	}
	for _, tt := range tests {
		_, err := NewDecoder("protobuf", DecodeOptions{ProtoFile: tt.file, Message: tt.message})
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("NewDecoder(protobuf, %s, %s) error = %v, want %s", tt.file, tt.message, err, tt.want)
		}
	}
}
