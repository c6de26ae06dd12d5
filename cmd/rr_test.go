package cmd

import (
	"bytes"
	"context"
	"reflect"
	"regexp"
	"testing"
	"time"

	"mqt/internal/mqtt"
)

func TestRROptions(t *testing.T) {
	t.Parallel()
	want := &rrOptions{Response: "answers", Latency: true, Timeout: seconds(1500 * time.Millisecond), Workers: 4}
	want.In = pubOptions{Conn: connDefaults("publish", "subscribe"), command: "rr", Repeat: 1, Topic: "ask", Input: inputMessage,
		Message: "x", QoS: 1, Stream: streamOptions{Count: 3, Every: seconds(time.Second)}, Change: changeOptions{Encode: "hex"}}
	want.Out = subOptions{Verbose: true, Output: "json", DropRetained: true, RetainAsPublished: true}
	want.In.Conn.NeedV5 = []string{"--retain-as-published"}
	var got *rrOptions
	c := newRR(testEnv(), func(_ context.Context, _ *Env, o *rrOptions) error { got = o; return nil })
	err := parse(t, c, "-t", "ask", "-e", "answers", "-m", "x", "-q1", "--latency", "-W", "1.5", "--count", "3", "--every=1", "--encode", "hex",
		"-vR", "-o", "json", "--retain-as-published")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("rr = %+v, %v, want %+v", got, err, want)
	}
}

func TestLatencyText(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{123: "123ns", 26199: "26.199000µs", 1234567: "1.234567ms", 1e9: "1.000000000", 61e9 + 5: "61.000000005"} {
		if got := latencyText(d); got != want {
			t.Errorf("latencyText(%d) = %q, want %q", d, got, want)
		}
	}
}

// responder answers what comes to "ask" with the payload doubled: on the
// response topic with its correlation data, after a message that has others.
// Payloads of one byte get no response.
func responder(t *testing.T, url string) {
	t.Helper()
	o := connDefaults()
	o.URL = url
	s, err := o.connectToReceive(t.Context(), testEnv())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	filter, err := mqtt.ParseFilter("ask")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Subscribe(t.Context(), []mqtt.Subscription{{Filter: filter}}, func(m mqtt.Message) {
		r := mqtt.Message{Topic: m.Props.Text(mqtt.PropResponseTopic), Payload: []byte("foreign")}
		if r.Topic == "" {
			r.Topic = "answers"
		} else if s.PublishAsync(r, nil) != nil {
			return
		}
		if len(m.Payload) == 1 {
			return
		}
		r.Payload = bytes.Repeat(m.Payload, 2)
		if m.Props.Has(mqtt.PropCorrelationData) {
			r.Props.SetText(mqtt.PropCorrelationData, m.Props.Text(mqtt.PropCorrelationData))
		}
		_ = s.PublishAsync(r, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRR(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	responder(t, url)
	note := `mqt: a message on "answers" has other correlation data than the request; it is no response\n`
	latency := `[0-9.]+(ns|µs|ms|s)`
	tests := []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string // regular expressions
	}{
		{name: "MQTT 5", args: []string{"-m", "ab"}, stdout: "abab\n", stderr: note},
		{name: "quiet", args: []string{"-m", "ab", "--quiet", "-q", "2"}, stdout: "abab\n"},
		{name: "MQTT 3.1.1", args: []string{"-m", "ab", "-V", "311", "-v"}, stdout: "answers abab\n"},
		{name: "latency", args: []string{"-m", "ab", "--latency", "--quiet"}, stdout: "abab\nLatency: " + latency + "\n"},
		{name: "bytes", args: []string{"-m", "00ff", "--encode", "hex", "-F", "%x", "--quiet"}, stdout: "00ff00ff\n"},
		{name: "several", args: []string{"-m", "n{{seq}}", "--template", "--count", "3", "--rate", "1000", "-V", "311"}, stdout: "n1n1\nn2n2\nn3n3\n",
			stderr: "mqt: 3 requests, 3 responses; latency min " + latency + ", mean " + latency + ", median " + latency + ", p99 " + latency + ", max " + latency + "\n"},
		{name: "no response", args: []string{"-m", "x", "-W", "0.05", "-V", "311"}, code: exitTimeout,
			stderr: `mqt: rr: no response on "answers" within 50ms: timed out\nmqt: hint: is there somebody who subscribes to "ask", and responds there\?\n`},
	}
	for _, tt := range tests {
		code, stdout, stderr := mqtRun(t, append([]string{"rr", "-L", url, "-t", "ask", "-e", "answers"}, tt.args...)...)
		match := func(re, s string) bool { return regexp.MustCompile("^" + re + "$").MatchString(s) }
		if code != tt.code || !match(tt.stdout, stdout) || !match(tt.stderr, stderr) {
			t.Errorf("%s: rr = %d, %q, %q, want %d, %q, %q", tt.name, code, stdout, stderr, tt.code, tt.stdout, tt.stderr)
		}
	}
}
