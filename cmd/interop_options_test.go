package cmd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// A file arrives byte for byte, whatever is in it.
func TestInteropBinary(t *testing.T) {
	data := make([]byte, 300_000)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	matrix(t, [][2]string{{"5", "5"}, {"311", "311"}}, func(t *testing.T, x interop) {
		start(t, x.pub.args(t, "pub", x.port, "-t", x.id, "-f", file, "-r", "-q", "1")).end()
		got := start(t, x.sub.args(t, "sub", x.port, "-t", x.id, "-N", "-C", "1", "-q", strconv.Itoa(x.qos))).rest()
		if !bytes.Equal([]byte(got), data) {
			t.Errorf("%d bytes arrived of %d, or others", len(got), len(data))
		}
	})
}

// A message comes at the lower of the two levels [MQTT-3.8.4-8].
func TestInteropGrantedQoS(t *testing.T) {
	matrix(t, [][2]string{{"5", "5"}, {"311", "311"}}, func(t *testing.T, x interop) {
		sub := x.subscribe(t, 3)
		for qos := range 3 {
			payload := fmt.Sprint("sent at ", qos)
			start(t, x.pub.args(t, "pub", x.port, append([]string{"-t", x.id + "/t", "-q", strconv.Itoa(qos), "-m", payload},
				x.withProperties("publish")...)...)).end()
			line := x.line(x.id+"/t", payload, min(qos, x.qos), false)
			if got := normal(sub.line()); got != line {
				t.Errorf("sub wrote %q, want %q", got, line)
			}
		}
		if got := sub.rest(); got != "" {
			t.Errorf("sub wrote %q too", got)
		}
	})
}

// What a subscription of MQTT 5 asks for: the publisher's retain flag, its own
// identifier.
func TestInteropSubscriptionOptions(t *testing.T) {
	matrix(t, [][2]string{{"5", "5"}}, func(t *testing.T, x interop) {
		qos := strconv.Itoa(x.qos)
		publish := func(payload string, flags ...string) {
			t.Helper()
			start(t, x.pub.args(t, "pub", x.port, append([]string{"-t", x.id + "/t", "-m", payload, "-q", qos}, flags...)...)).end()
		}
		sub := start(t, x.sub.args(t, "sub", x.port, "-q", qos, "-F", "%p r%r id=%S", "-t", x.id+"/+", "-t", "ready", "-C", "3",
			"--retain-as-published", "-D", "subscribe", "subscription-identifier", "268435455"))
		for i, want := range []string{"ready r1 id=268435455", "kept r1 id=268435455", "passing r0 id=268435455"} {
			switch i {
			case 1:
				publish("kept", "-r")
			case 2:
				publish("passing")
			}
			if got := sub.line(); got != want {
				t.Errorf("sub wrote %q, want %q", got, want)
			}
		}
		sub.rest()
	})
}
