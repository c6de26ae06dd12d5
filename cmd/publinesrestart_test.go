package cmd

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

// TestPubLinesArriveAfterRestart ends the broker while lines are published at
// QoS 1, and starts it again: each line arrives, and in its order. The broker
// may keep as many as come, for it drops what is more.
func TestPubLinesArriveAfterRestart(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"mqt", "mosquitto_pub"} {
		t.Run(program, func(t *testing.T) { t.Parallel(); testLinesRestart(t, program) })
	}
}

func testLinesRestart(t *testing.T, program string) {
	const n = 900
	lines := numberedLines(n)
	dir := t.TempDir()
	broker := startServe(t, "--listen", "mqtt://127.0.0.1:0", "--data", dir, "--max-queued-messages", "100000")
	url := broker.urls[0]
	arrived := make(chan string, 4*n) // more than there are, with those that come again
	collect(t, url, arrived)

	pr, pw := io.Pipe()
	p := pubAs(program, url, "-t", "lines", "-l", "-q", "1")
	var errs bytes.Buffer
	p.Stdin, p.Stderr = pr, &errs
	published := make(chan int, 1)
	go func() {
		published <- Main(t.Context(), *p)
		_ = pr.Close() // never fails
	}()
	fed := make(chan error, 1)
	if _, err := io.WriteString(pw, strings.Join(lines[:n/2], "\n")+"\n"); err != nil {
		t.Fatal(err)
	}
	first := <-arrived // the broker is in the midst of them
	go func() {
		_, err := io.WriteString(pw, strings.Join(lines[n/2:], "\n")) // no end of the last line
		fed <- err
		_ = pw.Close() // never fails
	}()
	broker.stop(t)
	startServe(t, "--listen", url, "--data", dir, "--max-queued-messages", "100000")
	if code, err := <-published, <-fed; code != exitDone || err != nil {
		t.Fatalf("pub = %d, %v, %s", code, err, &errs)
	}
	for got, next := first, 0; ; got = <-arrived {
		at := -1
		if _, err := fmt.Sscanf(got, "%d:", &at); err != nil || at < 0 || at > next || got != lines[at] {
			t.Fatalf("%.80q arrived, want line %d: %.80q", got, next, lines[next])
		}
		if at == next { // else it comes again
			next++
		}
		if next == n {
			return
		}
	}
}

// numberedLines returns lines of random bytes behind their numbers.
func numberedLines(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		b := randomBytes(r, r.IntN(60))
		lines[i] = fmt.Sprintf("%d:%s", i, bytes.ReplaceAll(b, []byte("\n"), []byte("\r")))
	}
	return lines
}

// collect puts what is published to "lines" into arrived, over the broker's end
// and return.
func collect(t *testing.T, url string, arrived chan<- string) {
	t.Helper()
	o := connDefaults()
	o.URL, o.ID, o.Persistent = url, "collector", true
	s, err := o.connectToReceive(t.Context(), testEnv())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	filter, err := mqtt.ParseFilter("lines")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Subscribe(t.Context(), []mqtt.Subscription{{Filter: filter, QoS: 1}}, func(m mqtt.Message) { arrived <- string(m.Payload) })
	if err != nil {
		t.Fatal(err)
	}
}
