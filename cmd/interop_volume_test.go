package cmd

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// volume returns how many messages a volume test sends: 2,000, or what
// MQT_INTEROP_MESSAGES says.
func volume(t *testing.T) int {
	t.Helper()
	text := os.Getenv("MQT_INTEROP_MESSAGES")
	if text == "" {
		return 2000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("MQT_INTEROP_MESSAGES=%q, want a positive number", text)
	}
	return n
}

// Many lines, as fast as the programs can, arrive once and in order.
func TestInteropVolume(t *testing.T) {
	n := volume(t)
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "%d\n", i+1)
	}
	matrix(t, [][2]string{{"5", "5"}, {"311", "311"}}, func(t *testing.T, x interop) {
		if x.broker == "mosquitto" && x.sub == (peer{"mosquitto", "5"}) && x.qos == 2 {
			t.Skip("mosquitto 2.0.11 exceeds the Receive Maximum of its own mosquitto_sub, which then closes the connection")
		}
		sub := start(t, x.sub.args(t, "sub", x.port, "-q", strconv.Itoa(x.qos), "-C", strconv.Itoa(n+1), "-t", x.id+"/#", "-t", "ready"))
		if got := sub.line(); got != "ready" {
			t.Fatalf("first message %q, want ready", got)
		}
		pub := x.publisher(t)
		written := make(chan struct{})
		go func() {
			defer close(written)
			pub.write(text.String())
			if x.pub.program == "mqt" {
				pub.stdin.Close()
			}
		}()
		got := sub.rest()
		<-written
		// mosquitto_pub -l loses what it has not sent when its input ends: not
		// before everything is there.
		pub.end()
		if got != text.String() {
			t.Errorf("sub wrote something else: %s", difference(got, n))
		}
	})
}

// difference says how the lines differ from the numbers 1 to n.
func difference(got string, n int) string {
	lines := strings.Fields(got)
	times := make(map[string]int, n)
	for _, l := range lines {
		times[l]++
	}
	lost, twice := 0, 0
	for i := range n {
		switch c := times[strconv.Itoa(i+1)]; {
		case c == 0:
			lost++
		case c > 1:
			twice++
		}
	}
	sorted := slices.IsSortedFunc(lines, func(a, b string) int {
		na, _ := strconv.Atoi(a)
		nb, _ := strconv.Atoi(b)
		return na - nb
	})
	return fmt.Sprintf("%d lines, %d of %d lost, %d more than once, in order: %t", len(lines), lost, n, twice, sorted)
}
