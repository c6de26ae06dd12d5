package format

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"mqt/internal/mqtt"
)

// Made with protoc 3.21.12 --encode=sparkplug.Payload, from the text that
// stands before each.
const (
	// metrics{name:"temp" alias:1 datatype:10 double_value:21.5}
	// metrics{name:"rpm" alias:2 datatype:7 int_value:900} seq:0
	sparkNodeBirth = "12130a0474656d701001200a690000000000803540120c0a0372706d100220075084071800"
	// metrics{name:"level" alias:3 datatype:10 double_value:0.5}
	// metrics{name:"no alias" datatype:12 string_value:"x"} seq:1
	sparkDeviceBirth = "12140a056c6576656c1003200a69000000000000e03f120f0a086e6f20616c696173200c7a01781801"
	// metrics{alias:1 datatype:10 double_value:22} metrics{alias:9 datatype:7 int_value:1} seq:2
	sparkNodeData = "120d1001200a69000000000000364012061009200750011802"
	// metrics{alias:3 datatype:10 double_value:0.75} metrics{alias:1 int_value:4}
	// metrics{name:"own" alias:3 int_value:5} seq:3
	sparkDeviceData = "120d1003200a69000000000000e83f12041001500412090a036f776e100350051803"
)

func sparkplugMessage(t *testing.T, topic, digits string) mqtt.Message {
	t.Helper()
	payload, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return mqtt.Message{Topic: topic, Payload: payload}
}

func TestSparkplugAliases(t *testing.T) {
	t.Parallel()
	nodeBirth, deviceBirth := "spBv1.0/G/NBIRTH/E", "spBv1.0/G/DBIRTH/E/D"
	bareNode := `{"metrics":[{"alias":"1","datatype":10,"doubleValue":22},{"alias":"9","datatype":7,"intValue":1}],"seq":"2"}`
	named := strings.Replace(bareNode, `{"alias":"1"`, `{"name":"temp","alias":"1"`, 1)
	bareDevice := `{"metrics":[{"alias":"3","datatype":10,"doubleValue":0.75},{"alias":"1","intValue":4},{"name":"own","alias":"3","intValue":5}],"seq":"3"}`
	namedDevice := strings.Replace(bareDevice, `{"alias":"3"`, `{"name":"level","alias":"3"`, 1)
	steps := []struct{ topic, payload, want string }{
		{"spBv1.0/G/NDATA/E", sparkNodeData, bareNode},
		{nodeBirth, sparkNodeBirth, ""},
		{"spBv1.0/G/NDATA/E", sparkNodeData, named},
		{"spBv1.0/G/NDATA/F", sparkNodeData, bareNode}, // another node
		{"spBv1.0/H/NDATA/E", sparkNodeData, bareNode}, // in another group
		{"spBv1.0/G/DDATA/E/D", sparkDeviceData, bareDevice},
		{deviceBirth, sparkDeviceBirth, ""},
		{"spBv1.0/G/DDATA/E/D", sparkDeviceData, namedDevice},
		{"spBv1.0/G/DDATA/E/C", sparkDeviceData, bareDevice}, // another device
		{"spBv1.0/G/DCMD/E/D", sparkDeviceData, namedDevice},
		{"spBv1.0/G/NDATA/E", sparkNodeData, named},
		{deviceBirth, sparkNodeBirth, ""}, // with other metrics than before
		{"spBv1.0/G/DDATA/E/D", sparkNodeData, named},
		{nodeBirth, sparkNodeBirth, ""}, // the devices are to be born again
		{"spBv1.0/G/DDATA/E/D", sparkNodeData, bareNode},
		{"spBv1.0/NDATA", sparkNodeData, bareNode},
	}
	for _, name := range []string{"sparkplug", "auto"} {
		d, err := NewDecoder(name, DecodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range steps {
			got := d.Decode(sparkplugMessage(t, s.topic, s.payload))
			if s.want != "" && string(got.Payload) != s.want {
				t.Errorf("%s: step %d: %s = %s, want %s", name, i, s.topic, got.Payload, s.want)
			}
		}
	}
}

// Whoever publishes births without end does not fill the memory.
func TestSparkplugAliasesBounded(t *testing.T) {
	t.Parallel()
	a := &aliases{}
	decode, err := newSparkplugWith(a)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("n", 60_000)
	for i := range 400 {
		decode(nil, sparkplugMessage(t, fmt.Sprintf("spBv1.0/G/NBIRTH/%s%d", long, i), sparkNodeBirth))
		decode(nil, sparkplugMessage(t, "spBv1.0/G/NBIRTH/same", sparkNodeBirth))
	}
	if n := len(a.names); n > maxAliasBytes/120_000+2 || a.bytes > maxAliasBytes || a.bytes < 0 {
		t.Errorf("%d nodes with %d bytes are remembered", n, a.bytes)
	}
	decode(nil, sparkplugMessage(t, "spBv1.0/G/NBIRTH/E", sparkNodeBirth))
	out, _ := decode(nil, sparkplugMessage(t, "spBv1.0/G/NDATA/E", sparkNodeData))
	if !strings.Contains(string(out), `"name":"temp"`) {
		t.Errorf("after so many births a new one is not remembered: %s", out)
	}
}

// FuzzSparkplugAliases decodes a run of foreign messages, each with a byte for
// its topic and one for its length in front. Apart from the names that are
// added, they are what they are without the births before them, and what is
// remembered is counted right.
func FuzzSparkplugAliases(f *testing.F) {
	var script []byte
	for _, m := range []struct {
		topic  byte
		digits string
	}{{0, sparkNodeBirth}, {2, sparkNodeData}, {1, sparkDeviceBirth}, {3, sparkDeviceData}, {1, sparkNodeBirth}, {0, sparkNodeBirth}, {3, sparkNodeData}} {
		payload, err := hex.DecodeString(m.digits)
		if err != nil {
			f.Fatal(err)
		}
		script = append(append(script, m.topic, byte(len(payload))), payload...)
	}
	f.Add(script)
	topics := [...]string{"spBv1.0/G/NBIRTH/E", "spBv1.0/G/DBIRTH/E/D", "spBv1.0/G/NDATA/E", "spBv1.0/G/DDATA/E/D"}
	plain, err := newSparkplug(DecodeOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		var known aliases
		for len(script) > 1 {
			n := min(int(script[1]), len(script)-2)
			m := mqtt.Message{Topic: topics[script[0]%4], Payload: script[2 : 2+n]}
			script = script[2+n:]
			want, ok := plain(nil, mqtt.Message{Payload: m.Payload})
			if !ok {
				continue // nothing is learned of it
			}
			named := known.apply(m)
			if named == nil {
				continue
			}
			if got, ok := plain(nil, mqtt.Message{Payload: named}); !ok || bare(got, want) != bare(want, want) {
				t.Fatalf("%s %x = %s, %t, want %s, and names", m.Topic, m.Payload, got, ok, want)
			}
		}
		sum := 0
		for node, devices := range known.names {
			for device, names := range devices {
				for _, name := range names {
					sum += cost(node, device, name)
				}
			}
		}
		if sum != known.bytes {
			t.Errorf("the names take %d bytes, and are counted as %d", sum, known.bytes)
		}
	})
}

// bare returns a payload without the names of those metrics that have none in
// plain, the same payload.
func bare(payload, plain []byte) string {
	out := ""
	other := gjson.GetBytes(plain, "metrics").Array()
	for i, metric := range gjson.GetBytes(payload, "metrics").Array() {
		text := metric.Raw
		if i < len(other) && !other[i].Get("name").Exists() {
			text = strings.Replace(text, `"name":`+metric.Get("name").Raw+",", "", 1)
		}
		out += text
	}
	return out
}
