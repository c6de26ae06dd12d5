package bench

import (
	"mqt/bench/internal/load"
	"mqt/bench/result"
)

// manyClients is from how many clients on the memory of each says something.
const manyClients = 1000

// resources returns what the load and its target used in the measured time.
func (o *observer) resources(c Config, out *load.Outcome) result.Resources {
	var r result.Resources
	if d := o.done.at.Sub(o.began.at); !o.began.at.IsZero() && d > 0 {
		own := float64(o.done.own-o.began.own) / float64(d)
		r.CPU = &own
		r.TargetCPU = processors(o.began, o.done)
		r.OtherCPU = others(o.began, o.done)
	}
	if o.largest > 0 {
		r.RSS = &o.largest
		if n := o.planned; n >= manyClients {
			each := float64(o.connected-min(o.connected, o.first)) / float64(n)
			r.BytesPerCon = &each
		}
	}
	r.TargetRSS = o.done.rss
	n := out.Counts.Delivered
	if c.Clients.Subscribers == 0 {
		n = out.Counts.Sent
	}
	if r.TargetCPU != nil && n > 0 {
		each := float64(o.done.target-o.began.target) / float64(n)
		r.CPUPerMsg = &each
	}
	r.GCPause, r.Scheduling = o.runtime.since()
	return r
}

// others returns how many processors all processes used between two looks but
// for this one and the target; nil is unknown.
func others(from, to used) *float64 {
	if from.all == 0 || to.all == 0 || processors(from, to) == nil {
		return nil
	}
	n := float64(to.all-from.all-(to.own-from.own)-(to.target-from.target)) / float64(to.at.Sub(from.at))
	return new(max(0, n))
}
