package format

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

// screen returns a screen of a size that the test may change, and what it has
// written since the last look.
func screen(t *testing.T, columns, rows int) (s *Screen, size *[2]int, look func() string) {
	t.Helper()
	size = &[2]int{columns, rows}
	var out bytes.Buffer
	s, err := NewScreen(&out, ScreenOptions{Title: "Broker: h\x1b", Size: func() (int, int) { return size[0], size[1] }},
		func(w io.Writer) (Writer, error) { return New("text", w, Options{Verbose: true, Escape: true}) })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Draw(); err != nil {
		t.Fatal(err)
	}
	return s, size, func() string { defer out.Reset(); return strings.ReplaceAll(out.String(), "\x1b[", "^") }
}

func TestScreen(t *testing.T) {
	t.Parallel()
	s, size, look := screen(t, 12, 5)
	for _, step := range []struct {
		topic, payload string
		want           string
	}{
		{"a", "1", `^2J^1;1H^KBroker: h\x1^2;1H` + "^2;1H^Ka 1^3;1H"},
		{"b", "1", "^3;1H^Kb 1^4;1H"},
		{"a", "longer than the row", "^2;1H^Ka longer tha^4;1H"},
		{"a", "2", "^2;1H^Ka 2^4;1H"},
		{"b", "日本語日本語", "^3;1H^Kb 日本語日本^4;1H"},
		{"b", "x\x1b[2J\r\ny\tz", `^3;1H^Kb x\x1b[2J\r^4;1H`},
		{"b", "\n\ny\tz\n", "^3;1H^Kb   y z^4;1H"},
		{"c", "3", "^4;1H^Kc 3^5;1H"},
		{"d", "4", "^5;1H^K… 1 more^5;1H"},
		{"e", "5", "^5;1H^K… 2 more^5;1H"},
		{"d", "6", "^5;1H"},
	} {
		if err := s.Write(mqtt.Message{Topic: step.topic, Payload: []byte(step.payload)}); err != nil {
			t.Fatal(err)
		}
		if got := look(); got != step.want {
			t.Errorf("%s %q: screen gets %q, want %q", step.topic, step.payload, got, step.want)
		}
	}
	for _, step := range []struct {
		columns, rows int
		want          string
	}{
		{12, 5, ""},
		{9, 6, `^2J^1;1H^KBroker: h^2;1H^Ka 2^3;1H^Kb   y z^4;1H^Kc 3^5;1H^Kd 6^6;1H^K… 1 more^6;1H`},
		{3, 1, "^2J^1;1H^KBro^2;1H^Ka 2^3;1H^K… 4^3;1H"},
		{0, 0, `^2J^1;1H^KBroker: h\x1b^2;1H^Ka 2^3;1H^Kb   y z^4;1H^Kc 3^5;1H^Kd 6^6;1H^Ke 5^7;1H`},
	} {
		*size = [2]int{step.columns, step.rows}
		if err := s.Resize(); err != nil {
			t.Fatal(err)
		}
		if got := look(); got != step.want {
			t.Errorf("%v: screen gets %q, want %q", *size, got, step.want)
		}
	}
}

// A template's own colours are no columns, and end with their row.
func TestScreenTemplate(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s, err := NewScreen(&out, ScreenOptions{Size: func() (int, int) { return 4, 9 }},
		func(w io.Writer) (Writer, error) { return NewTemplate(`\e[31m%p`, w, Options{Escape: true}) })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Resize(); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := s.Write(mqtt.Message{Topic: "a", Payload: []byte("abcdef")}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "\x1b[2;1H\x1b[K\x1b[31mabcd\x1b[m\x1b[3;1H"; got != want {
		t.Errorf("screen gets %q, want %q", got, want)
	}
}

func TestScreenErrors(t *testing.T) {
	t.Parallel()
	want := errors.New("broken")
	if _, err := NewScreen(io.Discard, ScreenOptions{}, func(io.Writer) (Writer, error) { return nil, want }); !errors.Is(err, want) {
		t.Errorf("NewScreen = %v, want %v", err, want)
	}
	r, w := io.Pipe()
	r.CloseWithError(want)
	s, err := NewScreen(w, ScreenOptions{}, func(w io.Writer) (Writer, error) { return New("text", w, Options{}) })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(mqtt.Message{Topic: "a"}); !errors.Is(err, want) {
		t.Errorf("Write = %v, want %v", err, want)
	}
	if err := s.Draw(); !errors.Is(err, want) {
		t.Errorf("Draw = %v, want %v", err, want)
	}
}
