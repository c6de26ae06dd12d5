package cmd

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/record"
)

// recorder is the standard output of "mqt sub -o ndjson", and counts lines.
type recorder struct {
	mu    sync.Mutex
	more  *sync.Cond
	text  bytes.Buffer
	lines int
	over  bool
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines += bytes.Count(p, []byte("\n"))
	r.more.Broadcast()
	return r.text.Write(p)
}

func (r *recorder) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.more.Broadcast()
}

// await waits for n lines.
func (r *recorder) await(t *testing.T, n int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.lines < n && !r.over {
		r.more.Wait()
	}
	if r.lines < n {
		t.Fatalf("sub ended after %d lines, want %d", r.lines, n)
	}
}

// replay publishes records to a broker of its own with mqt pub --ndjson and
// returns what mqt sub -o ndjson wrote of them. It never has more than a few
// on the way, for a broker may drop what is at QoS 0.
func replay(t *testing.T, records []string) []string {
	t.Helper()
	const few = 100
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	if code, _, stderr := mqtRun(t, "pub", "-L", url, "-t", "ready", "-m", "go", "-r", "-q", "1"); code != 0 {
		t.Fatalf("pub = %d, %s", code, stderr)
	}
	rec := &recorder{}
	rec.more = sync.NewCond(&rec.mu)
	var errs bytes.Buffer
	env := testEnv("sub", "-L", url, "-t", "ready", "-t", "r/#", "-q", "2", "-o", "ndjson", "--retain-as-published",
		"-C", fmt.Sprint(len(records)+1), "-D", "subscribe", "subscription-identifier", "7")
	env.Stdout, env.Stderr = rec, &errs
	subbed, pubbed := make(chan int, 1), make(chan int, 1)
	go func() { subbed <- Main(t.Context(), *env); rec.end() }()
	rec.await(t, 1)

	pr, pw := io.Pipe()
	in := testEnv("pub", "-L", url, "--ndjson")
	in.Stdin = pr
	go func() {
		code := Main(t.Context(), *in)
		if pr.Close(); code != 0 {
			rec.end() // no more will come
		}
		pubbed <- code
	}()
	for at := 0; at < len(records); at += few {
		end := min(at+few, len(records))
		if _, err := io.WriteString(pw, strings.Join(records[at:end], "")); err != nil {
			t.Fatalf("pub ended at record %d: %v", at, err)
		}
		rec.await(t, 1+end)
	}
	pw.Close()
	if p, s := <-pubbed, <-subbed; p != 0 || s != 0 {
		t.Fatalf("pub = %d, sub = %d, %s", p, s, &errs)
	}
	lines := strings.SplitAfter(rec.text.String(), "\n")
	return lines[1 : len(lines)-1] // without "ready" and what follows the last line end
}

// Whatever a message holds, sub -o ndjson records it and pub --ndjson
// publishes it again, to another broker if need be.
func TestReplay(t *testing.T) {
	t.Parallel()
	const n = 10_000
	r := rand.New(rand.NewPCG(5, 4))
	want := make([]mqtt.Message, n)
	made := make([]string, n)
	for i := range want {
		want[i] = randomMessage(r, i)
		made[i] = string(record.Append(nil, want[i])) + "\n"
	}
	first := replay(t, made)
	second := replay(t, first)
	for name, lines := range map[string][]string{"recorded": first, "recorded after the replay": second} {
		seen := make([]bool, n)
		for _, line := range lines {
			got, err := record.Parse([]byte(line))
			if err != nil {
				t.Fatalf("%s: %v in %s", name, err, line)
			}
			i := 0
			if _, err := fmt.Sscanf(got.Topic, "r/%d/", &i); err != nil || i >= n || seen[i] {
				t.Fatalf("%s: topic %q was not published, or comes again", name, got.Topic)
			}
			seen[i] = true
			if id, _ := got.Props.Uint(mqtt.PropSubscriptionID); id != 7 {
				t.Errorf("%s: %s lacks the subscription identifier", name, line)
			}
			if got = essence(got, want[i]); !reflect.DeepEqual(got, want[i]) {
				t.Fatalf("%s: %+v, want %+v", name, got, want[i])
			}
		}
		if len(lines) != n {
			t.Errorf("%s: %d messages, want %d", name, len(lines), n)
		}
	}
}

// essence takes off got what its delivery added. The time a message waited is
// taken off its expiry by each broker, so a little less is the same.
func essence(got, want mqtt.Message) mqtt.Message {
	got.PacketID, got.Received = 0, time.Time{}
	got.Props = got.Props.Without(mqtt.PropSubscriptionID)
	if len(got.Payload) == 0 {
		got.Payload = nil
	}
	left, ok := got.Props.Uint(mqtt.PropMessageExpiry)
	if all, _ := want.Props.Uint(mqtt.PropMessageExpiry); ok && left <= all && all-left < shortestExpiry {
		got.Props.SetUint(mqtt.PropMessageExpiry, all)
	}
	return got
}

// shortestExpiry is in seconds, and longer than any test.
const shortestExpiry = 1 << 16

// randomMessage returns message i, with anything that may be in a PUBLISH but
// a topic alias, which belongs to the connection.
func randomMessage(r *rand.Rand, i int) mqtt.Message {
	m := mqtt.Message{
		Topic:  fmt.Sprintf("r/%d/", i) + randomTopic(r),
		QoS:    mqtt.QoS(r.IntN(3)),
		Retain: r.IntN(2) == 0,
	}
	text := r.IntN(2) == 0
	m.Payload = randomBytes(r, r.IntN(200))
	if text {
		m.Payload = []byte(randomText(r, 50) + "\x00\n")
	}
	for _, add := range r.Perm(10) {
		switch p := &m.Props; add {
		case 0:
			if text {
				p.SetUint(mqtt.PropPayloadFormat, uint32(r.IntN(2)))
			}
		case 1:
			p.SetUint(mqtt.PropMessageExpiry, shortestExpiry+r.Uint32()/2)
		case 2:
			p.SetText(mqtt.PropContentType, randomText(r, 10))
		case 3:
			p.SetText(mqtt.PropResponseTopic, "a"+randomTopic(r))
		case 4:
			p.SetText(mqtt.PropCorrelationData, string(randomBytes(r, r.IntN(40))))
		case 5, 6, 7:
			p.AddUser(randomText(r, 8), randomText(r, 8))
		default:
			if r.IntN(2) == 0 {
				return m // without some of them
			}
		}
	}
	return m
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32() >> r.IntN(25)) // small ones, NUL among them, are frequent
	}
	if n == 0 {
		return nil
	}
	return b
}

// randomText returns text of all planes with control characters, but without
// U+0000, [MQTT-1.5.4-2].
func randomText(r *rand.Rand, most int) string {
	var b strings.Builder
	for range r.IntN(most + 1) {
		c := rune(1 + r.Uint32()>>(r.IntN(22)+11)&0x1fffff)
		if c >= 0xd800 && c < 0xe000 || c > 0x10ffff {
			c = '"'
		}
		b.WriteRune(c)
	}
	return b.String()
}

func randomTopic(r *rand.Rand) string {
	return strings.NewReplacer("+", "/", "#", "\\").Replace(randomText(r, 12))
}
