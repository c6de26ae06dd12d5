package pub

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"mqt/internal/mqtt"
)

func collect(t *testing.T, m mqtt.Message, r io.Reader) ([]string, error) {
	t.Helper()
	var out []string
	for got, err := range Lines(m, r) {
		if err != nil {
			return out, err
		}
		if got.Topic != m.Topic || got.QoS != m.QoS {
			t.Errorf("Lines changed the message: %+v", got)
		}
		out = append(out, string(got.Payload))
	}
	return out, nil
}

func TestLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3<<20)
	tests := []struct {
		name string
		in   string
		want []string
	}{
		{name: "empty", in: "", want: nil},
		{name: "one", in: "a\n", want: []string{"a"}},
		{name: "no newline at the end", in: "a\nb", want: []string{"a", "b"}},
		{name: "carriage return stays", in: "a\r\nb\r\n", want: []string{"a\r", "b\r"}},
		{name: "empty lines", in: "\n\na\n\n", want: []string{"", "", "a", ""}},
		{name: "NUL", in: "a\x00b\nc\n", want: []string{"a\x00b", "c"}},
		{name: "long", in: "a\n" + long + "\nb\n" + long, want: []string{"a", long, "b", long}},
		{name: "around the chunk", in: strings.Repeat("y", chunkSize-1) + "\n" + strings.Repeat("z", chunkSize) + "\n",
			want: []string{strings.Repeat("y", chunkSize-1), strings.Repeat("z", chunkSize)}},
	}
	readers := map[string]func(io.Reader) io.Reader{
		"whole":      func(r io.Reader) io.Reader { return r },
		"half":       iotest.HalfReader,
		"data+error": iotest.DataErrReader,
	}
	for _, tt := range tests {
		for how, wrap := range readers {
			for q := range mqtt.QoS(2) {
				got, err := collect(t, mqtt.Message{Topic: "t", QoS: q}, wrap(strings.NewReader(tt.in)))
				if err != nil || !equal(got, tt.want) {
					t.Errorf("Lines(%s, %s, QoS %d) = %.80q, %v, want %.80q", tt.name, how, q, got, err, tt.want)
				}
			}
		}
	}
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// At QoS 1 a payload must outlive the iteration.
func TestLinesKeepPayloads(t *testing.T) {
	t.Parallel()
	var in bytes.Buffer
	for i := range 100_000 {
		in.WriteString(strings.Repeat(string(rune('a'+i%26)), i%40) + "\n")
	}
	var kept [][]byte
	for m, err := range Lines(mqtt.Message{QoS: 1}, iotest.HalfReader(&in)) {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, m.Payload)
	}
	if len(kept) != 100_000 {
		t.Fatalf("Lines yielded %d messages, want 100000", len(kept))
	}
	for i, p := range kept {
		if want := strings.Repeat(string(rune('a'+i%26)), i%40); string(p) != want {
			t.Fatalf("payload %d = %q, want %q", i, p, want)
		}
		if cap(p) != len(p) {
			t.Fatalf("payload %d has room for %d more bytes: appending would overwrite the next", i, cap(p)-len(p))
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want []string
	}{
		{in: "", want: nil},
		{in: "\x00", want: []string{""}},
		{in: "a\nb\x00\r\n\x00\x00c", want: []string{"a\nb", "\r\n", "", "c"}},
	}
	for _, tt := range tests {
		for q := range mqtt.QoS(2) {
			var got []string
			for m, err := range Split(mqtt.Message{QoS: q}, iotest.OneByteReader(strings.NewReader(tt.in)), 0) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(m.Payload))
			}
			if !equal(got, tt.want) {
				t.Errorf("Split(%q, QoS %d) = %q, want %q", tt.in, q, got, tt.want)
			}
		}
	}
}

// A line is yielded when it is there, not when a buffer is full.
func TestLinesArePrompt(t *testing.T) {
	t.Parallel()
	pr, pw := io.Pipe()
	got := make(chan string)
	go func() {
		defer close(got)
		for m := range Lines(mqtt.Message{}, pr) {
			got <- string(m.Payload)
		}
	}()
	for _, line := range []string{"one", "two", ""} {
		if _, err := io.WriteString(pw, line+"\n"); err != nil {
			t.Fatal(err)
		}
		if g := <-got; g != line {
			t.Errorf("Lines = %q, want %q", g, line)
		}
	}
	pw.Close()
	if g, ok := <-got; ok {
		t.Errorf("Lines yielded %q after the end", g)
	}
}

func TestLinesReadError(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	got, err := collect(t, mqtt.Message{}, io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(boom)))
	if !equal(got, []string{"a"}) || !errors.Is(err, boom) || err.Error() != "read line 2: boom" {
		t.Errorf("Lines = %q, %v, want [a], read line 2: boom", got, err)
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n\x00"), byte(3))
	f.Add([]byte(""), byte(1))
	f.Fuzz(func(t *testing.T, in []byte, qos byte) {
		want := strings.Split(string(in), "\n")
		if want[len(want)-1] == "" {
			want = want[:len(want)-1]
		}
		got, err := collect(t, mqtt.Message{QoS: mqtt.QoS(qos % 3)}, iotest.OneByteReader(bytes.NewReader(in)))
		if err != nil || !equal(got, want) {
			t.Errorf("Lines(%q) = %q, %v, want %q", in, got, err, want)
		}
	})
}

func BenchmarkLines(b *testing.B) {
	in := bytes.Repeat([]byte("123456789\n"), 1_000_000)
	for _, q := range []mqtt.QoS{0, 1} {
		b.Run(map[mqtt.QoS]string{0: "QoS0", 1: "QoS1"}[q], func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for range Lines(mqtt.Message{Topic: "t", QoS: q}, bytes.NewReader(in)) {
					n++
				}
				if n != 1_000_000 {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(b.N)*1e6/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
