package result

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// sum returns a + b, nil when one of them was not measured.
func sum[T int64 | float64](a, b *T) *T {
	if a == nil || b == nil {
		return nil
	}
	s := *a + *b
	return &s
}

// most returns the larger of a and b, of those that were measured.
func most[T int64 | float64](a, b *T) *T {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

// addCounts adds the fields of a and b.
func addCounts(a, b Counts) Counts {
	return Counts{
		Connected: a.Connected + b.Connected, ConnectFailed: a.ConnectFailed + b.ConnectFailed,
		Disconnected: a.Disconnected + b.Disconnected, Subscribed: a.Subscribed + b.Subscribed,
		Intended: a.Intended + b.Intended, Sent: a.Sent + b.Sent, Skipped: a.Skipped + b.Skipped,
		Acked: a.Acked + b.Acked, Refused: a.Refused + b.Refused,
		Expected: a.Expected + b.Expected, Delivered: a.Delivered + b.Delivered, Lost: a.Lost + b.Lost,
		Duplicated: a.Duplicated + b.Duplicated, Reordered: a.Reordered + b.Reordered,
		Unparsed: a.Unparsed + b.Unparsed, Negative: a.Negative + b.Negative, Wills: a.Wills + b.Wills,
		BytesSent: a.BytesSent + b.BytesSent, BytesDelivered: a.BytesDelivered + b.BytesDelivered,
	}
}

func mergeRates(all []*Result) Rates {
	out := all[0].Rates
	for _, r := range all[1:] {
		out.Connect, out.Offered = sum(out.Connect, r.Rates.Connect), sum(out.Offered, r.Rates.Offered)
		out.Sent, out.Acked = sum(out.Sent, r.Rates.Sent), sum(out.Acked, r.Rates.Acked)
		out.Delivered = sum(out.Delivered, r.Rates.Delivered)
	}
	out.Achieved = achieved(all)
	return out
}

// achieved is the mean of the segments' shares, each by what it had to achieve.
func achieved(all []*Result) *float64 {
	var part, whole float64
	for _, r := range all {
		if r.Rates.Achieved == nil {
			return nil
		}
		weight := float64(r.Counts.Intended)
		part += *r.Rates.Achieved * weight
		whole += weight
	}
	if whole == 0 {
		return all[0].Rates.Achieved
	}
	part /= whole
	return &part
}

// names returns which latencies any of all has.
func names(all []*Result) []string {
	found := map[string]bool{}
	for _, r := range all {
		for name := range r.Latency {
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func mergeLatency(all []*Result, name string) (Dist, error) {
	total, clipped := NewHistogram(), uint64(0)
	for _, r := range all {
		d, ok := r.Latency[name]
		if !ok {
			continue
		}
		h, err := d.Histogram()
		if err != nil {
			return Dist{}, fmt.Errorf("merge: %s of segment %d: %w\nhint: the file was changed; run that segment again", name, r.Run.Segment.Index, err)
		}
		clipped += d.Clipped + add(total, h)
	}
	return NewDist(total, clipped), nil
}

// add adds h to total, and returns how many of its values total cannot hold.
// They count as its largest value, as they would have there.
func add(total, h *hdrhistogram.Histogram) uint64 {
	dropped := total.Merge(h)
	if dropped == 0 || total.RecordValues(Highest, dropped) != nil {
		return 0
	}
	return uint64(dropped)
}

// mergeSeries adds what the segments did in the same second of their
// measured time.
func mergeSeries(all []*Result) ([]Second, error) {
	seconds := map[int64][]Second{}
	for _, r := range all {
		for _, s := range r.Series {
			seconds[s.At] = append(seconds[s.At], s)
		}
	}
	var out []Second
	for _, at := range slices.Sorted(maps.Keys(seconds)) {
		s, err := mergeSecond(seconds[at])
		if err != nil {
			return nil, fmt.Errorf("merge: second %d: %w\nhint: a file was changed; run that segment again", at/1e9, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func mergeSecond(parts []Second) (Second, error) {
	out := Second{At: parts[0].At}
	total, whole := NewHistogram(), true
	for _, s := range parts {
		out.Intended += s.Intended
		out.Sent += s.Sent
		out.Acked += s.Acked
		out.Delivered += s.Delivered
		out.Clients += s.Clients
		out.Max = most(out.Max, s.Max)
		out.TargetCPU, out.TargetRSS = most(out.TargetCPU, s.TargetCPU), most(out.TargetRSS, s.TargetRSS)
		if s.HDR == nil {
			whole = whole && s.P50 == nil // otherwise its part of the percentiles is unknown
			continue
		}
		h, err := Decode(*s.HDR)
		if err != nil {
			return Second{}, err
		}
		add(total, h)
	}
	if !whole || total.TotalCount() == 0 {
		return out, nil
	}
	d := NewDist(total, 0)
	out.P50, out.P99, out.HDR = &d.P50, &d.P99, &d.HDR
	return out, nil
}

// mergeStreams keeps the worst ten.
func mergeStreams(all []*Result) Streams {
	var out Streams
	for _, r := range all {
		out.Count += r.Streams.Count
		out.Worst = append(out.Worst, r.Streams.Worst...)
	}
	bad := func(s Stream) uint64 { return s.Lost + s.Duplicated + s.Reordered }
	slices.SortStableFunc(out.Worst, func(a, b Stream) int { return cmp.Compare(bad(b), bad(a)) })
	out.Worst = out.Worst[:min(len(out.Worst), 10)]
	return out
}

// mergeResources adds what the generators used; the broker is the same for all.
func mergeResources(all []*Result) Resources {
	out := all[0].Resources
	for _, r := range all[1:] {
		out.CPU, out.RSS = sum(out.CPU, r.Resources.CPU), sum(out.RSS, r.Resources.RSS)
		out.GCPause, out.Scheduling = most(out.GCPause, r.Resources.GCPause), most(out.Scheduling, r.Resources.Scheduling)
		out.TargetCPU, out.TargetRSS = most(out.TargetCPU, r.Resources.TargetCPU), most(out.TargetRSS, r.Resources.TargetRSS)
		out.OtherCPU = most(out.OtherCPU, r.Resources.OtherCPU)
		out.BytesPerCon = most(out.BytesPerCon, r.Resources.BytesPerCon)
	}
	return out
}

// cpuPerMessage needs the messages of all segments.
func cpuPerMessage(r *Result) *float64 {
	n := r.Counts.Delivered
	if r.Scenario.Subscribers == 0 {
		n = r.Counts.Sent
	}
	if r.Resources.TargetCPU == nil || n == 0 {
		return nil
	}
	each := *r.Resources.TargetCPU * float64(r.Run.Duration) / float64(n)
	return &each
}
