package format

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/influxdata/line-protocol/v2/lineprotocol"

	"mqt/internal/mqtt"
)

// readLines reads line protocol with InfluxData's own decoder: tags, then
// fields, each as name=value.
func readLines(data []byte) ([]string, error) {
	var out []string
	d := lineprotocol.NewDecoderWithBytes(data)
	for d.Next() {
		measurement, err := d.Measurement()
		if err != nil {
			return nil, err
		}
		line := []string{string(measurement)}
		for {
			key, value, err := d.NextTag()
			if err != nil {
				return nil, err
			}
			if key == nil {
				break
			}
			line = append(line, string(key)+"="+string(value))
		}
		for {
			key, value, err := d.NextField()
			if err != nil {
				return nil, err
			}
			if key == nil {
				break
			}
			line = append(line, fmt.Sprintf("%s=%v:%v", key, value.Kind(), value.Interface()))
		}
		at, err := d.TimeBytes()
		if err != nil {
			return nil, err
		}
		out = append(out, strings.Join(append(line, string(at)), "|"))
	}
	return out, nil
}

func TestInflux(t *testing.T) {
	t.Parallel()
	const at = "|1795217549611361123"
	tests := []struct{ topic, payload, want string }{
		{"a/b", "21", "mqtt|topic=a/b|value=float:21" + at},
		{"a/b", "-2.5e3", "mqtt|topic=a/b|value=float:-2500" + at},
		{"a/b", "true", "mqtt|topic=a/b|value=bool:true" + at},
		{"a/b", `"x\n\"y\\"`, "mqtt|topic=a/b|value=string:x\n\"y\\" + at},
		{"a/b", `on, "fire"\`, `mqtt|topic=a/b|value=string:on, "fire"\` + at},
		{`a b,c=d"e\`, "1", `mqtt|topic=a b,c=d"e|value=float:1` + at},
		{"a\nb", "1", "mqtt|topic=a_b|value=float:1" + at},
		{"a", `{"t":21.5,"in":{"x":[1,{"y":false}],"n":null},"time":"now","":2,"k ,=\\":"v"}`,
			`mqtt|topic=a|t=float:21.5|in_x_0=float:1|in_x_1_y=bool:false|payload_time=string:now|value=float:2|k ,==string:v` + at},
		{"a", `[1,[2]]`, "mqtt|topic=a|0=float:1|1_0=float:2" + at},
		{"a", `{"big":1e999,"x":1}`, "mqtt|topic=a|x=float:1" + at},
		{"a", "", ""}, {"a", "null", ""}, {"a", `{"a":{},"b":[null]}`, ""}, {"a", "1e999", ""},
		{"a", "\xff", ""},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		warned := 0
		w, err := New("influx", &out, Options{Warn: func(error) { warned++ }})
		if err != nil {
			t.Fatal(err)
		}
		writeAll(t, w, []mqtt.Message{{Topic: tt.topic, Payload: []byte(tt.payload), Received: when}})
		lines, err := readLines(out.Bytes())
		if got := strings.Join(lines, "\n"); err != nil || got != tt.want {
			t.Errorf("influx of %q %q = %q\nread as %q, %v\nwant    %q", tt.topic, tt.payload, out.Bytes(), got, err, tt.want)
		}
		if binary := !utf8.ValidString(tt.payload); binary != (warned == 1) {
			t.Errorf("influx of %q warned %d times, binary: %v", tt.payload, warned, binary)
		}
	}
}

// FuzzInflux checks that InfluxData's decoder accepts every line, and finds the
// payload in it when it is a plain text.
func FuzzInflux(f *testing.F) {
	f.Add("a/b", []byte(`{"x": [1, "y z", {"a,b": true}]}`))
	f.Add("a \\", []byte("two\nlines \"\\"))
	f.Add("", []byte(`{"\\": 1}`))
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		w := newInflux(io.Discard, Options{})
		m := mqtt.Message{Topic: topic, Payload: payload, Received: when}
		line := w(nil, m)
		lines, err := readLines(line)
		if err != nil || len(lines) > 1 || len(lines) == 0 && len(line) > 0 {
			t.Fatalf("influx of %q %q = %q, read as %q, %v", topic, payload, line, lines, err)
		}
		if len(payload) > 0 && utf8.Valid(payload) && !validJSON(payload) && !strings.Contains(lines[0], "|value=string:"+string(payload)+"|") {
			t.Fatalf("influx of %q %q = %q, without the payload", topic, payload, line)
		}
	})
}
