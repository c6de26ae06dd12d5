package report

import (
	"reflect"
	"testing"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ f, got, want string }{
		{"duration", duration(0), "0"},
		{"duration", duration(7), "7ns"},
		{"duration", duration(999), "999ns"},
		{"duration", duration(1000), "1.00µs"},
		{"duration", duration(99_940), "99.9µs"},
		{"duration", duration(99_960), "100µs"},
		{"duration", duration(999_400), "999µs"},
		{"duration", duration(999_600), "1.00ms"},
		{"duration", duration(-1_500_000), "-1.50ms"},
		{"duration", duration(120e9), "120s"},
		{"length", length(60e9), "1m"},
		{"length", length(90e9), "1m30s"},
		{"length", length(3600e9), "1h"},
		{"length", length(3660e9), "1h1m"},
		{"length", length(7205e9), "2h0m5s"},
		{"length", length(10e9), "10s"},
		{"length", length(1500e6), "1.5s"},
		{"length", length(0), "0s"},
		{"scaled", scaled(999), "999"},
		{"scaled", scaled(12.345), "12.3"},
		{"scaled", scaled(999.7), "1.00k"},
		{"scaled", scaled(2e9), "2.00G"},
		{"size", size(1023), "1023 B"},
		{"size", size(1 << 20), "1.00 MiB"},
		{"size", size(1 << 50), "1024 TiB"},
		{"count", count(0), "0"},
		{"count", count(123), "123"},
		{"count", count(1234567), "1,234,567"},
		{"whole", whole(0.5), "0.5"},
		{"whole", whole(999.7), "999.7"},
		{"whole", whole(999.96), "1,000"},
		{"whole", whole(1234.6), "1,235"},
		{"percent", percent(0.34), "34 %"},
		{"percent", percent(1), "100 %"},
		{"percent", percent(0.99999), "99.999 %"},
		{"percent", percent(0.9999999), "99.999 %"},
		{"clean", clean("a\x1b[2Jé\n\u202e\xff"), `a\x1b[2Jé\n\u202e\ufffd`},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %q, want %q", tt.f, tt.got, tt.want)
		}
	}
}

func TestShellWords(t *testing.T) {
	t.Parallel()
	got := shellWords(`a 'b c' "d \" e" f\ g 'h\' i`)
	want := []string{"a", "'b c'", `"d \" e"`, `f\ g`, `'h\'`, "i"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("shellWords = %q, want %q", got, want)
	}
	for _, odd := range []string{"", " ", `\`, `a \`, "'", `"\`} {
		shellWords(odd) // must not panic
	}
}

func TestSpark(t *testing.T) {
	t.Parallel()
	values := []*float64{new(0.0), new(1.0), nil, new(8.0), new(4.0)}
	for width, want := range map[int]string{10: "▁▁ █▄", 2: "▁█"} {
		if got := spark(values, width); got != want {
			t.Errorf("spark in %d columns = %q, want %q", width, got, want)
		}
	}
	if got := spark([]*float64{new(0.0), nil}, 5); got != "▁ " {
		t.Errorf("spark of nothing = %q", got)
	}
}

func TestAtMost(t *testing.T) {
	t.Parallel()
	for ns, want := range map[int64]string{0: "≤ 0", 7: "≤ 7ns", 999: "≤ 999ns", 212_000: "≤ 212µs", 212_001: "≤ 213µs", 999_001: "≤ 1.00ms", 1_900_000: "≤ 1.90ms", 1_048_576: "≤ 1.05ms"} {
		if got := atMost(ns); got != want {
			t.Errorf("atMost(%d) = %q, want %q", ns, got, want)
		}
	}
}
