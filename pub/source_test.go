package pub

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/record"
)

func TestNDJSON(t *testing.T) {
	t.Parallel()
	full := mqtt.Message{Topic: "a/b", Payload: []byte{0xff, 0}, QoS: 2, Retain: true, Dup: true, PacketID: 7,
		Received: time.Unix(1, 0).UTC(), Props: mqtt.Properties{
			{ID: mqtt.PropContentType, Value: "x"}, {ID: mqtt.PropSubscriptionID, Int: 3},
			{ID: mqtt.PropTopicAlias, Int: 1}, {ID: mqtt.PropUser, Key: "k", Value: "v"}}}
	sent := mqtt.Message{Topic: "a/b", Payload: []byte{0xff, 0}, QoS: 2, Retain: true, Props: mqtt.Properties{
		{ID: mqtt.PropContentType, Value: "x"}, {ID: mqtt.PropUser, Key: "k", Value: "v"}}}
	tests := []struct {
		name string
		in   string
		want []mqtt.Message
		err  string
	}{
		{name: "what belongs to the delivery goes", in: string(record.Append(nil, full)) + "\n", want: []mqtt.Message{sent}},
		{name: "blank lines", in: "\n  \n{\"topic\":\"t\",\"payload\":\"p\"}\r\n\n",
			want: []mqtt.Message{{Topic: "t", Payload: []byte("p")}}},
		{name: "the error names the line", in: "\n{\"topic\":\"t\"}\n{\"topic\":\"t\",\"qos\":3}\n",
			want: []mqtt.Message{{Topic: "t"}}, err: "line 3: "},
		{name: "wildcard", in: `{"topic":"a/#"}`, err: `line 1: topic "a/#" contains a wildcard`},
		{name: "no topic", in: `{"payload":"p"}`, err: "line 1: "},
		{name: "not JSON", in: "hello\n", err: "line 1: "},
	}
	for _, tt := range tests {
		var got []mqtt.Message
		var failed error
		for m, err := range NDJSON(strings.NewReader(tt.in)) {
			if err != nil {
				failed = err
				break
			}
			if len(m.Payload) == 0 {
				m.Payload = nil
			}
			got = append(got, m)
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: NDJSON = %+v, want %+v", tt.name, got, tt.want)
		}
		if text := errText(failed); !strings.HasPrefix(text, tt.err) || (text == "") != (tt.err == "") {
			t.Errorf("%s: NDJSON error = %q, want %q", tt.name, text, tt.err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		start := time.Now()
		var at []time.Duration
		for range Repeat(ctx, mqtt.Message{Topic: "t"}, 10, time.Second) {
			at = append(at, time.Since(start))
		}
		want := []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second}
		if !reflect.DeepEqual(at, want) || time.Since(start) != 3500*time.Millisecond {
			t.Errorf("Repeat at %v until %v, want %v until 3.5s", at, time.Since(start), want)
		}
	})
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, want := range map[string]string{"empty": "", "bytes": "a\x00\n\xff"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadFile(t.Context(), file); err != nil || string(got) != want {
			t.Errorf("ReadFile(%s) = %q, %v, want %q", name, got, err, want)
		}
	}
	if _, err := ReadFile(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ReadFile of nothing = %v, want %v", err, os.ErrNotExist)
	}
}

func TestReadStdin(t *testing.T) {
	t.Parallel()
	if got, err := ReadStdin(t.Context(), strings.NewReader("a\n")); err != nil || string(got) != "a\n" {
		t.Errorf("ReadStdin = %q, %v, want the bytes as they are", got, err)
	}
	if _, err := ReadStdin(t.Context(), strings.NewReader("")); !errors.Is(err, ErrNoInput) {
		t.Errorf("ReadStdin of nothing = %v, want %v", err, ErrNoInput)
	}
}

func TestInterruptible(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		pr, pw := io.Pipe()
		time.AfterFunc(time.Second, func() { cancel(cause) })
		_, err := ReadStdin(ctx, pr)
		if err != cause {
			t.Errorf("ReadStdin = %v, want %v", err, cause)
		}
		pw.Close() // lets the goroutine that reads end
	})
}
