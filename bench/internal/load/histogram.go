package load

import "github.com/HdrHistogram/hdrhistogram-go"

// top is the largest duration a histogram tells apart, in microseconds: 120 s.
const top = 120_000_000

// Histogram counts durations. The zero value is ready; it costs nothing until
// the first is recorded.
type Histogram struct {
	H       *hdrhistogram.Histogram // of microseconds; nil when empty
	Clipped uint64                  // longer than 120 s, recorded as that
}

func newHDR() *hdrhistogram.Histogram { return hdrhistogram.New(1, top, 3) }

// record adds one duration in nanoseconds.
func (h *Histogram) record(ns int64) { h.recordN(ns, 1) }

// recordN adds one duration n times.
func (h *Histogram) recordN(ns int64, n uint64) {
	if h.H == nil {
		h.H = newHDR()
	}
	us := ns / 1000
	if us > top {
		us = top
		h.Clipped += n
	}
	h.H.RecordValues(us, int64(n)) // us is within the range
}

// copy returns what does not change with h.
func (h *Histogram) copy() Histogram {
	if h.H == nil {
		return Histogram{}
	}
	return Histogram{hdrhistogram.Import(h.H.Export()), h.Clipped}
}

// quantile returns the duration in nanoseconds that q per cent do not exceed.
func (h *Histogram) quantile(q float64) int64 {
	if h.H == nil {
		return 0
	}
	return h.H.ValueAtQuantile(q) * 1000
}

// Latencies are the distributions that a load measures; package result says
// what each is.
type Latencies struct {
	Connect, Subscribe, Ack, Response, Service, SendLag, Pacing Histogram
}

func (l *Latencies) copy() Latencies {
	return Latencies{
		Connect:   l.Connect.copy(),
		Subscribe: l.Subscribe.copy(),
		Ack:       l.Ack.copy(),
		Response:  l.Response.copy(),
		Service:   l.Service.copy(),
		SendLag:   l.SendLag.copy(),
		Pacing:    l.Pacing.copy(),
	}
}
