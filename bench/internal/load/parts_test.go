package load

import (
	"bytes"
	"encoding/hex"
	"io"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mqt/bench/payload"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

func TestHeader(t *testing.T) {
	t.Parallel()
	want := header{publisher: 0xABCDEF, seq: 0x01020304, intended: 0x1122334455667788}
	b := make([]byte, HeaderSize)
	want.put(b)
	if got := hex.EncodeToString(b); got != "01abcdef"+"01020304"+"1122334455667788" {
		t.Errorf("put(%+v) = %s, want version, publisher, sequence number and time, big-endian", want, got)
	}
	if got, ok := parseHeader(b); !ok || got != want {
		t.Errorf("parseHeader(put(%+v)) = %+v, %v", want, got, ok)
	}
	if _, ok := parseHeader(b[:15]); ok {
		t.Error("parseHeader accepts 15 bytes")
	}
	b[0] = 2
	if _, ok := parseHeader(b); ok {
		t.Error("parseHeader accepts version 2")
	}
}

func TestPlanCheck(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*Plan)
		want   string
	}{
		{"good", func(*Plan) {}, ""},
		{"nobody", func(p *Plan) { p.Clients = nil }, "no clients"},
		{"no broker", func(p *Plan) { p.Servers = nil }, "no broker"},
		{"QoS", func(p *Plan) { p.QoS = 3 }, "QoS is 3"},
		{"small payload", func(p *Plan) { p.Sizes = []Size{{15, 1}} }, "payload of 15 bytes"},
		{"weight", func(p *Plan) { p.Sizes = []Size{{16, 0}} }, "the weight 0"},
		{"template", func(p *Plan) { p.Template = payload.Parse([]byte("x"), 0) }, "of another size"},
		{"window", func(p *Plan) { p.Window = 65536 }, "window of 65536"},
		{"batch", func(p *Plan) { p.Batch = 0 }, "not positive"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := plan("127.0.0.1:1", topics(1), nil)
			tc.change(&p)
			got := ""
			if err := p.check(); err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tc.want) || (got == "") != (tc.want == "") {
				t.Errorf("check(%+v) = %q, want %q", p, got, tc.want)
			}
		})
	}
}

func TestTopic(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, tc := range []struct{ text, want, sample string }{
		{"a/b", "", "a/b"},
		{"a/%s/b", "a/7/b", "a/0/b"},
		{"%s%s", "77", "00"},
		{"r/%rand_1", "r/0", "r/0"},
	} {
		topic, err := parseTopic(tc.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(topic.appendTo(nil, 7, rng)); got != tc.want || topic.sample() != tc.sample {
			t.Errorf("topic %q = %q, sample %q, want %q and %q", tc.text, got, topic.sample(), tc.want, tc.sample)
		}
	}
	for _, text := range []string{"%", "a/%x", "%rand_", "%rand_0", "%rand_99999999999999999999"} {
		if _, err := parseTopic(text); err == nil {
			t.Errorf("parseTopic(%q) succeeds", text)
		}
	}
}

// FuzzTopic: the topic names of messages and their sample differ in digits only,
// and so are all valid, or none.
func FuzzTopic(f *testing.F) {
	f.Add("a/%s/%rand_10", uint64(7))
	f.Add("%rand_99999+%s#", uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, text string, seq uint64) {
		topic, err := parseTopic(text)
		if err != nil || len(text) > 1000 {
			return
		}
		if topic.parts == nil { // the same for all messages
			if string(topic.text) != text || topic.sample() != text {
				t.Errorf("topic %q = %q, sample %q", text, topic.text, topic.sample())
			}
			return
		}
		name, sample := string(topic.appendTo(nil, seq, rand.New(rand.NewPCG(seq, 2)))), topic.sample()
		letters := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return -1
				}
				return r
			}, s)
		}
		if letters(name) != letters(sample) || (mqtt.CheckTopic(name) == nil) != (mqtt.CheckTopic(sample) == nil) {
			t.Errorf("topic %q = %q, sample %q", text, name, sample)
		}
	})
}

func TestRing(t *testing.T) {
	t.Parallel()
	var r ring
	const kept = 100
	for seq := range uint64(200_000) {
		r.put(seq, min(seq, kept), slot{sent: int64(seq)})
		for _, back := range []uint64{0, kept / 2, kept} {
			if back > seq {
				continue
			}
			if s := r.at(seq-back, seq+1); s == nil || s.sent != int64(seq-back) {
				t.Fatalf("message %d after %d = %+v", seq-back, seq, s)
			}
		}
	}
	if len(r.slots) != 128 {
		t.Errorf("the ring has %d slots for %d messages, want 128", len(r.slots), kept)
	}
	if r.at(200_000, 200_000) != nil || r.at(100, 200_000) != nil {
		t.Error("the ring returns what it does not have")
	}
}

func TestWholeSequenceNumber(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		near uint64
		seq  uint32
		want uint64
	}{
		{0, 5, 5},
		{1<<32 - 1, 0, 1 << 32},
		{1<<32 + 5, 0xFFFFFFFF, 1<<32 - 1},
		{5<<32 + 5, 7, 5<<32 + 7},
		{3, 0xFFFFFFFF, 0xFFFFFFFF},
	} {
		if got := whole(tc.near, tc.seq); got != tc.want {
			t.Errorf("whole(%#x) near %#x = %#x, want %#x", tc.seq, tc.near, got, tc.want)
		}
	}
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte{0x30, 3, 0, 1, 'a'}, byte(0))
	f.Add([]byte{0x20, 2, 0, 0, 0x90, 3, 0, 1, 0}, byte(0))
	f.Add([]byte{0x20, 3, 0, 0, 0, 0x40, 2, 0, 1}, byte(3))
	f.Add([]byte{0x20, 2, 0, 0, 0x90, 3, 0, 1, 0, 0x32, 7, 0, 1, 'a', 0, 1, 1, 0}, byte(2))
	ours := make([]byte, HeaderSize)
	header{seq: 1, intended: 2}.put(ours)
	f.Add(slices.Concat([]byte{0x20, 2, 0, 0, 0x90, 3, 0, 1, 0, 0x30, 3 + HeaderSize, 0, 1, 'a'}, ours), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, kind byte) {
		p := plan("127.0.0.1:1", []string{"a"}, []string{"a"})
		p.Version, p.QoS, p.Servers = mqtt.V311+mqtt.Version(kind&1), mqtt.QoS(kind>>1%3), []*url.URL{{}}
		l, err := newLoad(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range l.clients {
			l.busy++
			if err := c.start(0); err != nil {
				t.Fatal(err)
			}
			if n, err := c.receive(b, int64(time.Second)); n < 0 || n > len(b) {
				t.Errorf("receive(%x) = %d, %v", b, n, err)
			}
			checkPackets(t, p.Version, c.out)
		}
	})
}

// checkPackets wants whole packets of a client in out.
func checkPackets(t *testing.T, v mqtt.Version, out []byte) {
	t.Helper()
	r := wire.Reader{R: bytes.NewReader(out)}
	for {
		h, body, err := r.Next()
		if err == io.EOF {
			return
		}
		if err == nil {
			err = wire.New(h.Type).Decode(v, h.Flags, body)
		}
		if err != nil {
			t.Fatalf("the client writes % x: %v", out, err)
		}
	}
}
