package result

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// hdrHeader is the length in bytes of what is in front of the counts of a
// histogram, and hdrLength where the length of the counts is in it.
const (
	hdrHeader = 40
	hdrLength = 4
)

// packed compresses a histogram, and puts in the length of its counts: foreign
// bytes hardly ever have a good checksum.
func packed(t testing.TB, raw []byte) string {
	raw = slices.Concat(raw, make([]byte, max(hdrHeader-len(raw), 0)))
	binary.BigEndian.PutUint32(raw[hdrLength:], uint32(len(raw)-hdrHeader))
	var body bytes.Buffer
	w := zlib.NewWriter(&body)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(hdrhistogram.V2CompressedEncodingCookieBase|0x10))
	out = binary.BigEndian.AppendUint32(out, uint32(body.Len()))
	return base64.StdEncoding.EncodeToString(append(out, body.Bytes()...))
}

// unpacked is the way back.
func unpacked(t testing.TB, text string) []byte {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zlib.NewReader(bytes.NewReader(b[8:]))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// FuzzDecode reads foreign histograms. One that is taken has percentiles in
// order and is the same after it was written.
func FuzzDecode(f *testing.F) {
	for _, h := range []*hdrhistogram.Histogram{NewHistogram(), hdrhistogram.New(1, 10, 1), hdrhistogram.New(1, longest, 2)} {
		f.Add(unpacked(f, Encode(h)))
	}
	f.Add(unpacked(f, dist(101, time.Microsecond, time.Millisecond).HDR))
	f.Fuzz(func(t *testing.T, raw []byte) {
		text := packed(t, raw)
		h, err := Decode(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "decode histogram: ") {
				t.Errorf("Decode = %v, want an error that says so", err)
			}
			return
		}
		d := NewDist(h, 0)
		if order := []int64{d.Min, d.P50, d.P90, d.P95, d.P99, d.P999, d.P9999, d.Max}; !slices.IsSorted(order) {
			t.Errorf("%s has the percentiles %v", text, order)
		}
		again, err := d.Histogram()
		if err != nil {
			t.Fatalf("Decode of what was decoded and encoded = %v", err)
		}
		if got := NewDist(again, 0); got != d {
			t.Errorf("%s = %+v, and after it was written %+v", text, d, got)
		}
	})
}

// FuzzMerge reads two foreign results. What is merged of them, or compared,
// can be written, and what is written can be read.
func FuzzMerge(f *testing.F) {
	const begin = `{"schema":"mqt.bench.result","version":"1.0.0",`
	small := `"latency":{"ack":{"hdr":"` + Encode(hdrhistogram.New(1, 10, 1)) + `"}},"series":[{"at_ns":1000000000,"response_hdr":"x"}],` +
		`"rates":{"sent":1},"resources":{"cpu":0.5},"errors":[{"text":"x","count":1}],"streams":{"worst":[{"lost":1}]},`
	f.Add(begin+small+`"run":{"segment":{"index":1,"of":2}}}`, begin+`"run":{"segment":{"index":2,"of":2}}}`, "response.p99>+5%")
	f.Add(begin+`"run":{"seed":1}}`, begin+small+`"run":{"seed":2}}`, "lost>0%, sent<-1e3%")
	f.Fuzz(func(t *testing.T, first, second, expr string) {
		a, err := Read(strings.NewReader(first))
		if err != nil {
			return
		}
		b, err := Read(strings.NewReader(second))
		if err != nil {
			return
		}
		if all, err := Merge([]*Result{a, b}); err == nil {
			if again, err := Read(strings.NewReader(written(t, all))); err != nil || !reflect.DeepEqual(again, all) {
				t.Errorf("Read of what was merged and written = %+v, %v, want %+v", again, err, all)
			}
		}
		c, err := Compare([]*Result{a}, []*Result{b})
		if err != nil {
			return
		}
		failed, err := c.Fail(expr)
		if n := strings.Count(expr, ",") + 1; len(failed) > n || err != nil && len(failed) > 0 {
			t.Errorf("Fail(%q) = %q, %v", expr, failed, err)
		}
	})
}
