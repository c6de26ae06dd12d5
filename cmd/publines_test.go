package cmd

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mqt/internal/mqtt"
)

// drawInput makes what may come through a pipe: lines with any bytes, empty
// ones, Windows' line ends, now and then a megabyte, perhaps no end of the last.
func drawInput(t *rapid.T) []byte {
	line := rapid.OneOf(
		rapid.Just([]byte(nil)),
		rapid.Just([]byte("\r")),
		rapid.SliceOf(rapid.Byte()),
		rapid.Map(rapid.String(), func(s string) []byte { return []byte(s + "\r") }),
	)
	in := bytes.Join(rapid.SliceOfN(line, 0, 40).Draw(t, "lines"), []byte{'\n'})
	if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
		size := rapid.IntRange(1<<20-2, 1<<20+2).Draw(t, "size")
		in = append(in, bytes.Repeat([]byte{'\n', 0xff, 0}, 2)...)
		in = append(in, bytes.Repeat([]byte("long"), size/4)...)
	}
	if rapid.Bool().Draw(t, "ended") {
		in = append(in, '\n')
	}
	return in
}

// What arrives of pub -l, and of mosquitto_pub -l, is what the plainest way to
// split lines says.
func TestPubLinesArrive(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"mqt", "mosquitto_pub"} {
		t.Run(program, func(t *testing.T) { t.Parallel(); testLinesArrive(t, program) })
	}
}

// pubAs returns the environment in which program publishes to the broker.
func pubAs(program, broker string, args ...string) *Env {
	host, port, _ := strings.Cut(strings.TrimPrefix(broker, "mqtt://"), ":")
	words := append([]string{"-h", host, "-p", port}, args...)
	if program == "mqt" {
		words = append([]string{"pub"}, words...)
	}
	env := testEnv(words...)
	env.Program = program
	return env
}

func testLinesArrive(t *testing.T, program string) {
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	env := testEnv()
	o := connDefaults()
	o.URL = url
	s, err := o.connectToReceive(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	arrived := make(chan mqtt.Message, 100_000) // more than any input has
	filter, err := mqtt.ParseFilter("#")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Subscribe(t.Context(), []mqtt.Subscription{{Filter: filter, QoS: 2}}, func(m mqtt.Message) {
		m.Payload = bytes.Clone(m.Payload)
		arrived <- m
	})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		level := rapid.IntRange(1, 2).Draw(t, "QoS")
		want := strings.Split(string(in), "\n")
		if want[len(want)-1] == "" {
			want = want[:len(want)-1]
		}
		for _, step := range []struct {
			args []string
			in   []byte
		}{{args: []string{"-t", "lines", "-l"}, in: in}, {args: []string{"-t", "end", "-n"}}} {
			p := pubAs(program, url, append([]string{"-q", strconv.Itoa(level)}, step.args...)...)
			p.Stdin = bytes.NewReader(step.in)
			if code := Main(t.Context(), *p); code != 0 {
				t.Fatalf("pub %q = %d", step.args, code)
			}
		}
		var got []string
		for m := range arrived {
			if m.Topic == "end" {
				break
			}
			got = append(got, string(m.Payload))
		}
		if len(got) != len(want) {
			t.Fatalf("%d lines arrived, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("line %d arrived as %.80q (%d bytes), want %.80q (%d bytes)", i+1, got[i], len(got[i]), want[i], len(want[i]))
			}
		}
	})
}
