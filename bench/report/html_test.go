package report

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"mqt/bench/result"
)

func TestHTMLHasEverything(t *testing.T) {
	t.Parallel()
	page := written(t, "html", Options{Baseline: sample()}, sample())
	for _, want := range []string{"<strong>FAILED</strong>", "response.p99&lt;50ms", "not met", "offered (sent)", "acknowledged", "delivered", "target",
		"Latency over time", "99.9 %", "response of the baseline", "Heat map", `class="heat"`, "Integrity", "Connection phase", "Resources",
		"912 → 912", "prefers-color-scheme: dark", "@media print", `download="result.json"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if found := regexp.MustCompile(`\bNaN\b|\bInf\b|%!`).FindString(page); found != "" { // base64 may have them in a word
		t.Errorf("the page has a number that is none, %s", found)
	}
}

// TestHTMLLoadsNothing looks for what a browser would fetch or run.
func TestHTMLLoadsNothing(t *testing.T) {
	t.Parallel()
	page := written(t, "html", Options{Baseline: sample()}, searched())
	for _, bad := range []string{"<script", "<link", "<img", "<iframe", "http://", "https://", "url(", "@import", "src="} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

func TestHTMLOfTwoRunsIsOnePage(t *testing.T) {
	t.Parallel()
	page := written(t, "html", Options{}, sample(), searched())
	for text, want := range map[string]int{"<!DOCTYPE": 1, "<style>": 1, "<body>": 1, "<header": 2, "Latency by rate": 1, "Latency over time": 2} {
		if n := strings.Count(page, text); n != want {
			t.Errorf("%s is there %d times, want %d", text, n, want)
		}
	}
}

func TestHTMLCarriesTheResult(t *testing.T) {
	t.Parallel()
	page := written(t, "html", Options{}, sample())
	m := regexp.MustCompile(`href="data:application/json;base64,([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no link to the result")
	}
	text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(m[1], "&#43;", "+"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := result.Read(strings.NewReader(string(text)))
	if err != nil || got.Counts != sample().Counts {
		t.Errorf("the link's result: %+v, %v", got, err)
	}
}

// TestHTMLEscapes makes markup of every text of a result.
func TestHTMLEscapes(t *testing.T) {
	t.Parallel()
	const bad = `"><script>alert(1)</script>`
	for _, r := range []*result.Result{sample(), searched()} {
		n := 0
		eachText(reflect.ValueOf(r), func(text reflect.Value) { text.SetString(bad); n++ })
		page := written(t, "html", Options{Baseline: r}, r)
		if strings.Contains(page, "<script") || strings.Contains(page, `"">`) {
			t.Error("text of the result became part of the page")
		}
		if shown := strings.Count(page, "&lt;script"); n < 30 || shown < 10 {
			t.Errorf("%d texts, %d shown", n, shown)
		}
	}
}

// eachText calls do for every text in v.
func eachText(v reflect.Value, do func(reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		do(v)
	case reflect.Pointer:
		if !v.IsNil() {
			eachText(v.Elem(), do)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), do)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				eachText(v.Field(i), do)
			}
		}
	}
}

// TestPageEscapesEverything finds a value in the template that is not escaped.
func TestPageEscapesEverything(t *testing.T) {
	t.Parallel()
	for _, m := range regexp.MustCompile(`\{\{(\.[^}]*)\}\}`).FindAllStringSubmatch(pageHTML, -1) {
		if m[1] != ".SVG" && m[1] != ".JSON" { // made of numbers and escaped text, and of base64
			t.Errorf("{{%s}} is not escaped: {{html %s}}", m[1], m[1])
		}
	}
}

// TestPlotsAreXML reads the plots of all results as XML, so that a browser
// draws all of them.
func TestPlotsAreXML(t *testing.T) {
	t.Parallel()
	short := sample()
	short.Series = short.Series[:1]
	long := sample()
	for len(long.Series) < 130 {
		s := long.Series[len(long.Series)%60]
		s.At = int64(len(long.Series)) * 1e9
		long.Series = append(long.Series, s)
	}
	odd := sample()
	odd.Series[3] = result.Second{At: -5e18, P50: new(int64(-1)), Max: new(int64(0)), HDR: new("x")}
	odd.Series[4] = result.Second{At: math.MaxInt64, Intended: math.MaxUint64}
	odd.Search = &result.Search{Trial: []result.Trial{{Rate: -1, P50: new(int64(0)), P999: new(int64(0))}, {P50: new(int64(1)), P999: new(int64(2))}}}
	for _, r := range []*result.Result{sample(), bare(), searched(), short, long, odd} {
		for _, f := range figures(r, r) {
			in := xml.NewDecoder(strings.NewReader(f.SVG))
			for {
				_, err := in.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s: %v", f.Title, err)
				}
			}
			if strings.Contains(f.SVG, "NaN") || strings.Contains(f.SVG, "Inf") {
				t.Errorf("%s has a number that is none: %s", f.Title, f.SVG)
			}
		}
	}
}

func TestTicks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a    axis
		want string
	}{
		{linear(1000, rateLabel), "0 200 400 600 800 1,000"},
		{linear(0, rateLabel), "0 0.2 0.4 0.6 0.8 1"},
		{linear(123456, rateLabel), "0 20k 40k 60k 80k 100k 120k"},
		{logarithmic(4e5, 3e6, tickLabel), "200 µs 500 µs 1 ms 2 ms 5 ms"},
		{logarithmic(1e3, 1e3, tickLabel), "1 µs 2 µs 5 µs"},
		{logarithmic(1e6, 1e11, tickLabel), "1 ms 10 ms 100 ms 1 s 10 s 100 s"},
	} {
		var got []string
		for _, v := range tt.a.ticks(5) {
			got = append(got, tt.a.label(v))
		}
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("ticks of %+v: %s, want %s", tt.a, text, tt.want)
		}
	}
	for n, want := range map[float64]string{3: "0s 1s 2s 3s", 60: "0s 10s 20s 30s 40s 50s 1m", 3600: "0s 10m 20m 30m 40m 50m 1h"} {
		var got []string
		for _, v := range seconds(n).timeTicks(10) {
			got = append(got, seconds(n).label(v))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("ticks of %v s: %s, want %s", n, text, want)
		}
	}
}

func TestAxisEndsAtItsEnds(t *testing.T) {
	t.Parallel()
	for _, a := range []axis{{hi: 10, from: 50, to: 150}, {lo: 1, hi: 10, from: 150, to: 50, log: true}} {
		for v, want := range map[float64]float64{-5e18: a.from, 0: a.from, 10: a.to, 1e30: a.to} {
			if got := a.at(v); got != want {
				t.Errorf("%+v at %v = %v, want %v", a, v, got, want)
			}
		}
	}
}

func TestPlotEscapes(t *testing.T) {
	t.Parallel()
	p := newPlot(seconds(1), linear(1, rateLabel), "<x>", "a & b")
	if svg := string(p.figure("", "").SVG); strings.Contains(svg, "<x>") || strings.Contains(svg, "a & b") {
		t.Errorf("not escaped: %s", svg)
	}
}
