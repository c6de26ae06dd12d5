package bench

import (
	"fmt"
	"runtime"
	"time"

	"mqt/bench/internal/load"
	"mqt/bench/result"
)

// From these values on the generator is said to be limited.
const (
	limitPacing  = 2 * time.Millisecond   // 99th percentile, due to woken up
	limitHeld    = 100 * time.Millisecond // longest time that the generator did not run
	limitBusy    = 0.95                   // part of the time that the event loop did not wait
	limitCPU     = 0.95                   // part of all processors, by this process alone
	limitPause   = 20 * time.Millisecond  // longest pause of the garbage collector
	limitSched   = 10 * time.Millisecond  // 99th percentile of the Go scheduler's latency
	limitShort   = 0.99                   // of the intended messages that are sent
	limitWorking = 0.8                    // as limitBusy, when messages were not sent or the canary was quicker
)

// From these values on the load is said to be disturbed.
const (
	disturbHeld  = 20 * time.Millisecond // longest time that the generator did not run
	disturbOther = 0.25                  // processors that neither the generator nor the broker used
)

// fullCPU is the part of all processors from which on the generator and the
// broker fill them.
const fullCPU = 0.85

// limited returns why the load was held back by its maker, as far as the load
// itself shows it.
func (o *observer) limited(v load.View) []string {
	reasons := []string{}
	add := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	if h := v.Latencies.Pacing; h.H != nil {
		if p99 := time.Duration(h.H.ValueAtQuantile(99)) * time.Microsecond; p99 > limitPacing {
			add("messages were due %v before the generator woke up, at the 99th percentile", p99.Round(100*time.Microsecond))
		}
	}
	if held := max(o.canary.held(), longest(&v.Latencies.Pacing)); held > limitHeld {
		add("the generator did not run for %v", held.Round(time.Millisecond))
	}
	// A paced load is judged by how late it is: the busier it is, the more
	// messages it sends at a time.
	if v.Busy > limitBusy && v.Latencies.Pacing.H == nil {
		add("the load thread was busy %.0f %% of the time", v.Busy*100)
	}
	return reasons
}

func longest(h *load.Histogram) time.Duration {
	if h.H == nil {
		return 0
	}
	return time.Duration(h.H.Max()) * time.Microsecond
}

// verdict says whether the result can be believed.
func (o *observer) verdict(c Config, r *result.Result, out *load.Outcome) result.Verdict {
	v := result.Verdict{Generator: result.OK, Reasons: o.limited(out.View), SLO: []result.Threshold{}, Ceiling: c.Ceiling}
	add := func(format string, args ...any) { v.Reasons = append(v.Reasons, fmt.Sprintf(format, args...)) }
	if n := float64(runtime.GOMAXPROCS(0)); r.Resources.CPU != nil && *r.Resources.CPU > limitCPU*n {
		add("the generator used %.1f of %.0f processors", *r.Resources.CPU, n)
	}
	if p := r.Resources.GCPause; p != nil && time.Duration(*p) > limitPause {
		add("the garbage collector paused for up to %v", wholly(*p))
	}
	if p := r.Resources.Scheduling; p != nil && time.Duration(*p) > limitSched {
		add("the Go scheduler was late by up to %v, at the 99th percentile", wholly(*p))
	}
	if n := r.Counts; c.Load.Schedule != nil && out.Busy > limitWorking && float64(out.SentInTime) < limitShort*float64(n.Intended) {
		add("%.1f %% of the messages were sent in time, with the load thread busy %.0f %% of the time", 100*float64(out.SentInTime)/float64(n.Intended), out.Busy*100)
	}
	if c.Ceiling != nil && r.Rates.Sent != nil && *r.Rates.Sent > 0.9**c.Ceiling {
		add("the rate is within 10 %% of this machine's ceiling of %.0f msg/s", *c.Ceiling)
	}
	if why := o.canary.suspicion(r, out.Busy); why != "" {
		add("%s", why)
	}
	if len(v.Reasons) > 0 {
		v.Generator = result.Limited
	}
	v.Disturbed = disturbed(o.canary.held(), r.Resources, runtime.NumCPU())
	return v
}

// wholly returns an upper bound, in nanoseconds, as whole milliseconds.
func wholly(ns int64) time.Duration {
	return (time.Duration(ns) + time.Millisecond - 1).Truncate(time.Millisecond)
}

// disturbed returns what else slowed this machine of so many processors down:
// it did not run at all for a time, as a virtual one may not, or others used
// it.
func disturbed(held time.Duration, r result.Resources, cpus int) []string {
	why := []string{}
	if held > disturbHeld && !full(r, cpus) {
		why = append(why, fmt.Sprintf("this machine stood still for %v", held.Round(time.Millisecond)))
	}
	if r.OtherCPU != nil && *r.OtherCPU > disturbOther {
		why = append(why, fmt.Sprintf("other processes used %.2f processors", *r.OtherCPU))
	}
	return why
}

// full reports whether the generator and the broker themselves used all
// processors, so that either had to wait at times.
func full(r result.Resources, cpus int) bool {
	return r.CPU != nil && r.TargetCPU != nil && r.OtherCPU != nil &&
		*r.OtherCPU <= disturbOther && *r.CPU+*r.TargetCPU >= fullCPU*float64(cpus)
}

// warnings returns what a reader of the result should know.
func warnings(r *result.Result, out *load.Outcome) []string {
	w := []string{}
	add := func(format string, args ...any) { w = append(w, fmt.Sprintf(format, args...)) }
	n := r.Counts
	if unsent := n.Intended - min(n.Intended, n.Sent+n.Skipped); unsent > 0 && n.Wills == 0 {
		add("%d messages were due and never sent: the rate is more than the broker or the clients take", unsent)
	}
	if n.Expected > 0 && n.Delivered == 0 {
		add("nothing was delivered: may the clients read these topics, and does the broker know this kind of subscription?")
	}
	if n.Negative > 0 {
		add("%d messages came before they were sent: the result cannot be believed", n.Negative)
	}
	if n.Duplicated > 0 && r.Scenario.QoS != 1 {
		add("%d messages came more than once, which only QoS 1 allows", n.Duplicated)
	}
	if n.Unparsed > 0 {
		add("%d payloads are not of this run: something else publishes to its topics", n.Unparsed)
	}
	if n.Connected > 0 && n.ConnectFailed > 0 {
		add("%d attempts to connect failed", n.ConnectFailed)
	}
	if n.Disconnected > 0 {
		add("%d connections were lost", n.Disconnected)
	}
	for _, name := range result.Latencies() {
		if d := r.Latency[name]; d.Clipped > 0 {
			add("%d values of %s are above 120 s and counted as that", d.Clipped, name)
		}
	}
	if out.Interrupted {
		add("the run was interrupted")
	}
	return w
}
