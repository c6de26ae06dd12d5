package bench

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"mqt/bench/internal/load"
	"mqt/bench/pace"
	"mqt/bench/result"
	"mqt/internal/transport"
)

// Run makes a load test and returns its result. A run that ctx ends early is
// returned with Run.Interrupted set. It fails when nothing could be measured:
// a Config that makes no sense, no connection at all.
func Run(ctx context.Context, c Config) (*result.Result, error) {
	s, ok := lookup(c.Scenario)
	if !ok {
		return nil, fmt.Errorf("scenario %q: want %s", c.Scenario, names())
	}
	c = c.withDefaults(s)
	if err := c.check(s); err != nil {
		return nil, err
	}
	p, err := c.plan(s)
	if err != nil {
		return nil, err
	}
	y := startCanary(ctx, p)
	defer y.close()
	o := newObserver(c, len(p.Clients), y)
	p.Watch = o.view
	out, err := load.Run(ctx, p)
	if err != nil {
		return nil, err
	}
	o.view(out.View)
	return assemble(c, s, out, o), nil
}

func names() string {
	var all []string
	for _, s := range Scenarios() {
		all = append(all, s.Name)
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// plan returns the load that c describes. c has its defaults.
func (c Config) plan(s Scenario) (load.Plan, error) {
	p := load.Plan{
		Kind:    s.kind,
		Clients: populate(c, s),

		TLS: c.Target.TLS, WSHeader: c.Target.WSHeader, Proxy: c.Target.Proxy, Sources: c.Target.Sources, Nagle: c.Target.NoDelayed,
		Version: c.Target.Version, KeepAlive: max(c.Clients.KeepAlive, 0),
		Persistent: c.Clients.Persistent, SessionExpiry: c.Clients.SessionExpiry,
		ConnectRate: c.Clients.Rate, AtOnce: c.Clients.AtOnce, ConnectTimeout: c.Clients.ConnectTimeout,
		WaitAll:     c.Clients.WaitAll || s.Name != "pub",
		Credentials: c.Clients.Credentials, Certificate: c.Clients.Certificate,

		QoS: c.Load.QoS, Retain: c.Load.Retain, Payload: c.Load.Payload, Template: c.Load.Template, Headers: c.Load.Headers,
		Schedule: c.Load.Schedule, Skip: c.Load.Skip,
		Window: c.Load.Window, Batch: c.Load.Batch, Outstanding: c.Load.Outstanding, Seed: c.Seed,

		StartAt: c.StartAt, Warmup: c.Warmup, Duration: c.Duration, Count: c.Count, Drain: c.Drain,
	}
	for _, size := range c.Load.Sizes {
		p.Sizes = append(p.Sizes, load.Size(size))
	}
	if g := c.Segment; g != nil {
		p.ConnectRate /= float64(g.Of)
		p.Count = uint64(math.Ceil(float64(p.Count) / float64(g.Of)))
		if p.Schedule != nil {
			p.Schedule = slice{p.Schedule, uint64(g.Index - 1), uint64(g.Of)}
		}
	}
	for _, text := range c.Target.URLs {
		u, err := transport.ParseURL(text)
		if err != nil {
			return p, err
		}
		p.Servers = append(p.Servers, u)
	}
	p.Credentials = credentials(p.Credentials, p.Servers[0])
	return p, nil
}

// credentials returns those of the URL when there are no others.
func credentials(own func(int) (string, string), u *url.URL) func(int) (string, string) {
	if own != nil || u.User == nil {
		return own
	}
	password, _ := u.User.Password()
	return func(int) (string, string) { return u.User.Username(), password }
}

// slice is every of-th message of a schedule, beginning with number first: the
// part of a load that one segment makes.
type slice struct {
	pace.Schedule
	first, of uint64
}

func (s slice) Due(i uint64) time.Duration { return s.Schedule.Due(i*s.of + s.first) }

func (s slice) Count(d time.Duration) uint64 {
	n := s.Schedule.Count(d)
	if n <= s.first {
		return 0
	}
	return (n - s.first + s.of - 1) / s.of
}

func (s slice) Rate(d time.Duration) float64 { return s.Schedule.Rate(d) / float64(s.of) }
