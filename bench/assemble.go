package bench

import (
	"cmp"
	"slices"
	"time"

	"mqt/bench/internal/load"
	"mqt/bench/result"
	"mqt/internal/transport"
)

// assemble makes the result of a load that has ended.
func assemble(c Config, s Scenario, out *load.Outcome, o *observer) *result.Result {
	r := &result.Result{
		Schema: result.Schema, Version: result.Version,
		Run: result.Run{
			Tool: "mqt", Build: c.Build, Command: c.Command, Started: out.Began,
			Warmup: int64(c.Warmup), Duration: int64(out.Measured), Drain: int64(out.Drained),
			Seed: c.Seed, Segment: c.Segment, Interrupted: out.Interrupted,
		},
		Host:      host(),
		Target:    result.Target{URL: transport.Redact(c.Target.URLs[0]), Version: c.Target.Version.String(), Embedded: c.Target.Embedded},
		Scenario:  c.scenario(),
		Counts:    out.Counts,
		Rates:     rates(c, s, out),
		Latency:   latency(&out.Latencies),
		Series:    o.series(out),
		Streams:   streams(out),
		Resources: o.resources(c, out),
		Warnings:  []string{},
		Errors:    failures(out.Errors),
	}
	if c.Target.PID != 0 {
		r.Target.PID = &c.Target.PID
	}
	if d := o.canary.dist(); d != nil {
		r.Latency[result.Canary] = *d
	}
	r.Verdict = o.verdict(c, r, out)
	r.Warnings = warnings(r, out)
	return r
}

func (c Config) scenario() result.Scenario {
	s := result.Scenario{
		Name: c.Scenario, Preset: c.Preset,
		Publishers: c.Clients.Publishers, Subscribers: c.Clients.Subscribers, Idle: c.Clients.Idle,
		QoS: int(c.Load.QoS), Retain: c.Load.Retain, Sizes: []int{}, Arrival: "closed", Late: "queue",
	}
	for _, size := range c.Load.Sizes {
		s.Sizes = append(s.Sizes, size.Bytes)
	}
	if c.Load.Skip {
		s.Late = "skip"
	}
	if c.Load.Schedule != nil {
		s.Arrival = c.Load.Schedule.Name()
		d := c.Duration
		if d == 0 && c.Count > 0 {
			d = c.Load.Schedule.Due(c.Count)
		}
		mean := float64(c.Load.Schedule.Count(d)) / d.Seconds()
		s.Target = &mean
	}
	return s
}

// rates returns means over the measured time.
func rates(c Config, s Scenario, out *load.Outcome) result.Rates {
	var r result.Rates
	if d := out.Connecting.Seconds(); d > 0 {
		r.Connect = per(out.Counts.Connected, d)
	}
	d := out.Measured.Seconds()
	if d <= 0 {
		return r
	}
	n := out.Counts
	before := s.kind == load.Retained || s.kind == load.Offline // is when they publish
	if !before && (n.Sent > 0 || n.Intended > 0) {
		r.Offered, r.Sent = per(n.Intended, d), per(out.SentInTime, d)
	}
	if !before && n.Acked > 0 {
		r.Acked = per(out.AckedInTime, d)
	}
	if c.Clients.Subscribers > 0 {
		r.Delivered = per(out.InTime, d)
	}
	r.Achieved = achieved(out)
	return r
}

func per(n uint64, seconds float64) *float64 {
	v := float64(n) / seconds
	return &v
}

// achieved returns the part of what was intended that came to pass in time.
func achieved(out *load.Outcome) *float64 {
	n := out.Counts
	if n.Intended == 0 {
		return nil
	}
	part := float64(out.SentInTime) / float64(n.Intended)
	switch {
	case n.Expected > 0 && n.Sent == 0: // wills, which the broker sends
		part = float64(out.InTime) / float64(n.Expected)
	case n.Expected > 0:
		fanout := float64(n.Expected) / float64(n.Sent)
		part = float64(out.InTime) / (float64(n.Intended) * fanout)
	}
	part = min(part, 1)
	return &part
}

// latency returns the distributions that were measured.
func latency(l *load.Latencies) map[string]result.Dist {
	out := map[string]result.Dist{}
	for name, h := range map[string]*load.Histogram{
		result.Connect: &l.Connect, result.Subscribe: &l.Subscribe, result.Ack: &l.Ack, result.Response: &l.Response,
		result.Service: &l.Service, result.SendLag: &l.SendLag, result.Pacing: &l.Pacing,
	} {
		if h.H != nil {
			out[name] = result.NewDist(h.H, h.Clipped)
		}
	}
	return out
}

// worst is how many streams a result names.
const worst = 10

func streams(out *load.Outcome) result.Streams {
	bad := func(s load.Stream) uint64 { return s.Lost + s.Duplicated + s.Reordered }
	slices.SortStableFunc(out.Streams, func(a, b load.Stream) int { return cmp.Compare(bad(b), bad(a)) })
	r := result.Streams{Count: out.StreamCount, Worst: []result.Stream{}}
	for _, s := range out.Streams[:min(worst, len(out.Streams))] {
		r.Worst = append(r.Worst, result.Stream(s))
	}
	return r
}

// failures returns the kinds of errors, the most frequent first.
func failures(kinds map[string]uint64) []result.Failure {
	out := []result.Failure{}
	for text, n := range kinds {
		out = append(out, result.Failure{Text: text, Count: n})
	}
	slices.SortFunc(out, func(a, b result.Failure) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text))
	})
	return out
}

// second returns the one of a load's seconds in the form of a result.
func second(i int, s *load.Second) result.Second {
	r := result.Second{
		At: int64(i) * int64(time.Second), Intended: s.Intended, Sent: s.Sent, Acked: s.Acked,
		Delivered: s.Delivered, Clients: uint64(s.Clients),
	}
	if h := s.Histogram(); h != nil {
		d := result.NewDist(h, 0)
		r.P50, r.P99, r.Max, r.HDR = &d.P50, &d.P99, &d.Max, &d.HDR
	}
	return r
}
