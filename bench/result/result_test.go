package result

import (
	"fmt"
	"time"
)

func ptr[T any](v T) *T { return &v }

// dist returns the distribution of n durations that grow from lowest by step.
func dist(n int, lowest, step time.Duration) Dist {
	h := NewHistogram()
	for i := range n {
		if err := h.RecordValue((lowest + time.Duration(i)*step).Microseconds()); err != nil {
			panic(err)
		}
	}
	return NewDist(h, 0)
}

// sample is a result with a value in every field.
func sample() *Result {
	response := dist(1000, time.Millisecond, 10*time.Microsecond)
	slo := []Threshold{{Expression: "response.p99<50ms", Measured: ptr(10.9), Passed: true}, {Expression: "lost==0", Measured: ptr(2.0)}}
	r := &Result{
		Schema: Schema, Version: Version,
		Run: Run{Tool: "mqt", Build: "1.2.3", Command: "mqt bench p2p -c 2", Started: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC),
			Warmup: 1e9, Duration: 2e9, Drain: 2e9, Seed: 42, Segment: &Segment{Index: 1, Of: 2}},
		Host:   Host{Name: "one", OS: "linux", Arch: "amd64", CPUs: 2, CPU: "model", Memory: 1 << 32, Go: "go1.26"},
		Target: Target{URL: "mqtt://localhost:1883", Version: "5.0", PID: ptr(4711)},
		Scenario: Scenario{Name: "p2p", Preset: "p2p-1K-1K-1K-1K", Publishers: 1, Subscribers: 1, QoS: 1, Sizes: []int{16},
			Target: ptr(500.0), Arrival: "constant", Late: "queue"},
		Verdict: Verdict{Generator: OK, Disturbed: []string{"other processes"}, Passed: ptr(false), SLO: slo, Ceiling: ptr(1e6)},
		Counts: Counts{Connected: 2, Subscribed: 1, Intended: 1002, Sent: 1002, Acked: 1002, Expected: 1002, Delivered: 1000, Lost: 2,
			BytesSent: 16032, BytesDelivered: 16000},
		Rates:     Rates{Connect: ptr(100.0), Offered: ptr(501.0), Sent: ptr(501.0), Acked: ptr(501.0), Delivered: ptr(500.0), Achieved: ptr(0.998)},
		Latency:   map[string]Dist{Response: response, Connect: dist(2, time.Millisecond, time.Millisecond)},
		Streams:   Streams{Count: 1, Worst: []Stream{{Publisher: 0, Subscriber: 1, Expected: 1002, Lost: 2}}},
		Resources: Resources{CPU: ptr(0.5), RSS: ptr[int64](1 << 24), GCPause: ptr[int64](1000), Scheduling: ptr[int64](1000), TargetCPU: ptr(0.25), TargetRSS: ptr[int64](1 << 20), OtherCPU: ptr(0.1), CPUPerMsg: ptr(500.0), BytesPerCon: ptr(4096.0)},
		Warnings:  []string{"a warning"},
		Errors:    []Failure{{Text: "connection lost", Count: 1}},
	}
	for i := range 2 {
		h := dist(500, time.Millisecond, 10*time.Microsecond)
		r.Series = append(r.Series, Second{At: int64(i) * 1e9, Intended: 501, Sent: 501, Acked: 501, Delivered: 500, Clients: 2,
			P50: &h.P50, P99: &h.P99, Max: &h.Max, HDR: &h.HDR, TargetCPU: ptr(0.25), TargetRSS: ptr[int64](1 << 20)})
	}
	return r
}

// segments returns the results of n machines that share a load.
func segments(n int) []*Result {
	var out []*Result
	for i := range n {
		r := sample()
		r.Run.Segment = &Segment{Index: i + 1, Of: n}
		r.Host.Name = fmt.Sprintf("host%d", i+1)
		r.Latency[Response] = dist(1000, time.Duration(i+1)*time.Millisecond, 10*time.Microsecond)
		out = append(out, r)
	}
	return out
}
