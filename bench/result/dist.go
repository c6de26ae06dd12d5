package result

// Dist is a distribution of durations, in nanoseconds.
type Dist struct {
	Count   uint64 `json:"count"`
	Min     int64  `json:"min_ns"`
	Mean    int64  `json:"mean_ns"`
	P50     int64  `json:"p50_ns"`
	P90     int64  `json:"p90_ns"`
	P95     int64  `json:"p95_ns"`
	P99     int64  `json:"p99_ns"`
	P999    int64  `json:"p99_9_ns"`
	P9999   int64  `json:"p99_99_ns"`
	Max     int64  `json:"max_ns"`
	Clipped uint64 `json:"clipped"` // above the histogram's range, counted as its largest value
	// HDR is the histogram, of microseconds, compressed in HdrHistogram's V2
	// encoding and base64.
	HDR string `json:"hdr"`
}
