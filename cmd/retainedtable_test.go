package cmd

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"mqt/format"
	"mqt/internal/mqtt"
	"mqt/sub"
)

func tableSamples() []mqtt.Message {
	return []mqtt.Message{
		{Topic: "home/temp", Payload: []byte("21.5")},
		{Topic: "wide/日本語", Payload: []byte(strings.Repeat("日本語", 40)), Props: mqtt.Properties{{ID: mqtt.PropMessageExpiry, Int: 90}}},
		{Topic: "plant/line-4/station-17/arm/gripper/pressure/sensor/calibrated", Payload: []byte("{\"value\":1.25,\"unit\":\"bar\"}")},
		{Topic: "esc\x1b", Payload: bytes.Repeat([]byte{0xff}, 100)},
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	want := `TOPIC        BYTES  EXPIRES  PAYLOAD
home/temp        4  -        21.5
wide/日本語    360  1m30s    日本語日本語日本語日本…
plant/line-4/station-17/arm/gripper/pressure/sensor/calibrated
                27  -        {"value":1.25,"unit":"…
esc\x1b        100  -        0xffffffffffffffffffff…
`
	var out bytes.Buffer
	if err := writeTable(&out, 52, tableSamples()); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("table =\n%swant\n%s", &out, want)
	}
}

// Deep levels leave room for their names on a terminal.
func TestTreeFits(t *testing.T) {
	t.Parallel()
	var root sub.Tree
	topic := "a/b/c/d/e/f/g/h/i/j"
	root.Add(topic, 4)
	for width, want := range map[int]string{
		24: "…        └─ i (1 message, 4 bytes)\n…        └─ j: deep\n",
		1:  "…i (1 message, 4 bytes)\n…j: deep\n",
		0:  strings.Repeat("   ", 8) + "└─ i (1 message, 4 bytes)\n" + strings.Repeat("   ", 9) + "└─ j: deep\n",
	} {
		var out bytes.Buffer
		w := treeWriter{w: bufio.NewWriter(&out), payloads: map[string][]byte{topic: []byte("deep")}, width: width}
		w.children(&root, "", "")
		if err := w.w.Flush(); err != nil || !strings.HasSuffix(out.String(), "\n"+want) {
			t.Errorf("tree of %d columns =\n%swant it to end with\n%s", width, &out, want)
		}
	}
}

// No line is wider than the terminal but for a topic that is.
func TestTableFits(t *testing.T) {
	t.Parallel()
	for _, width := range []int{60, 80, 120, 200} {
		var out bytes.Buffer
		if err := writeTable(&out, width, tableSamples()); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := format.Columns(strings.TrimSuffix(line, "\n")); n > width && !strings.HasPrefix(line, "plant/") {
				t.Errorf("in %d columns %q takes %d", width, line, n)
			}
		}
	}
}
