package result

import (
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func TestDist(t *testing.T) {
	t.Parallel()
	h := NewHistogram()
	for i := range int64(1000) {
		if err := h.RecordValue(i + 1); err != nil {
			t.Fatal(err)
		}
	}
	got := NewDist(h, 7)
	got.HDR = ""
	want := Dist{Count: 1000, Min: 1000, Mean: 500_500, P50: 500_000, P90: 900_000, P95: 950_000, P99: 990_000, P999: 999_000,
		P9999: 1_000_000, Max: 1_000_000, Clipped: 7}
	if got != want {
		t.Errorf("NewDist = %+v, want %+v", got, want)
	}
}

// TestPercentilesCoverTheirPart has 49 values: 44 of them are less than 90 %.
func TestPercentilesCoverTheirPart(t *testing.T) {
	t.Parallel()
	h := NewHistogram()
	for i := range int64(49) {
		if err := h.RecordValue(i + 1); err != nil {
			t.Fatal(err)
		}
	}
	d := Summarize(h, 0)
	got := [...]int64{d.P50, d.P90, d.P95, d.P99, d.P999, d.P9999}
	if want := [...]int64{25_000, 45_000, 47_000, 49_000, 49_000, 49_000}; got != want {
		t.Errorf("percentiles = %v, want %v", got, want)
	}
}

func TestDistOfNothing(t *testing.T) {
	t.Parallel()
	d := NewDist(NewHistogram(), 0)
	h, err := d.Histogram()
	if err != nil || h.TotalCount() != 0 {
		t.Fatalf("Histogram() = %v, %v", h, err)
	}
	d.HDR = ""
	if d != (Dist{}) {
		t.Errorf("NewDist of an empty histogram = %+v, want zeros", d)
	}
}

func TestHistogramComesBack(t *testing.T) {
	t.Parallel()
	d := dist(5000, 90*time.Microsecond, 3*time.Millisecond)
	h, err := d.Histogram()
	if err != nil {
		t.Fatal(err)
	}
	if got := NewDist(h, 0); got != d {
		t.Errorf("decoded and encoded again: %+v, want %+v", got, d)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"nothing":        "",
		"not base64":     "*",
		"short":          "AAAA",
		"other encoding": "AAAAAAAAAAAAAAAA",
		"cut off":        dist(100, time.Millisecond, time.Millisecond).HDR[:40],
		"wide range":     Encode(hdrhistogram.New(1, 1<<50, 2)),
		"many digits":    Encode(hdrhistogram.New(1, Highest, 4)),
	}
	for name, text := range tests {
		if _, err := Decode(text); err == nil || !strings.HasPrefix(err.Error(), "decode histogram: ") {
			t.Errorf("Decode of %s: error %v, want one that says so", name, err)
		}
	}
}
