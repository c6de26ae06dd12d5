package report

import (
	"fmt"
	"io"
	"time"

	"mqt/bench/result"
)

// writeHlog writes HdrHistogram's interval log, format 1.3: the response times
// of each second, or what else was measured as one interval. Each other
// latency is one interval with a tag. The column of the largest value is in
// milliseconds, histograms are of microseconds.
//
// Source: https://github.com/HdrHistogram/HdrHistogram, class HistogramLogWriter.
func writeHlog(w io.Writer, r *result.Result, _ Options) error {
	start := float64(r.Run.Started.UnixMilli()) / 1000
	_, err := fmt.Fprintf(w, "#[Latencies of mqt bench, in microseconds]\n#[Histogram log format version 1.3]\n"+
		"#[StartTime: %.3f (seconds since epoch), %s]\n#[BaseTime: %.3f (seconds since epoch)]\n"+
		"\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
		start, r.Run.Started.UTC().Format(time.RFC3339), start)
	interval := func(tag string, at, length, most int64, hdr string) {
		if err == nil && hdr != "" {
			_, err = fmt.Fprintf(w, "%s%.3f,%.3f,%.3f,%s\n", tag, float64(at)/1e9, float64(length)/1e9, float64(most)/1e6, hdr)
		}
	}
	name, d := headline(r)
	seconds := 0
	for _, s := range r.Series {
		if s.HDR != nil && s.Max != nil {
			interval("", s.At, 1e9, *s.Max, *s.HDR)
			seconds++
		}
	}
	if seconds == 0 {
		interval("", 0, r.Run.Duration, d.Max, d.HDR)
	} else {
		name = result.Response
	}
	for _, other := range result.Latencies() {
		if d := r.Latency[other]; other != name {
			interval("Tag="+other+",", 0, r.Run.Duration, d.Max, d.HDR)
		}
	}
	return err
}
