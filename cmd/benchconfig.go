package cmd

import (
	"context"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"mqt/bench"
	"mqt/bench/pace"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// benchPlan is a load test, ready to run.
type benchPlan struct {
	bench.Config
	closer io.Closer // the TLS key log
}

// plan reads the files that the flags name and puts everything together.
func (o *benchOptions) plan(ctx context.Context, env *Env) (*benchPlan, error) {
	p := &benchPlan{closer: io.NopCloser(nil)}
	p.Config = bench.Config{
		Scenario: o.Scenario.name,
		Preset:   o.Goal.Preset,
		Warmup:   o.Time.Warmup.duration(),
		Duration: o.Time.measured(),
		Drain:    o.Time.Drain.duration(),
		Count:    uint64(o.Time.Count),
		Seed:     o.Time.Seed,
		Segment:  o.Time.Segment,
		StartAt:  o.Time.StartAt,
		Command:  o.Command,
		Build:    currentVersion().Version,
	}
	user, password, err := o.Broker.plan(ctx, env, p)
	if err == nil {
		err = o.Clients.plan(&p.Clients, user, password)
		p.Clients.ConnectTimeout = o.Broker.Conn.ConnectTimeout.duration()
	}
	if err == nil {
		err = o.Load.plan(env, &p.Load)
	}
	if err == nil {
		err = o.schedule(&p.Config, o.Load.total(o.Clients.Roles.publishers))
	}
	if err != nil {
		_ = p.closer.Close() // that error is the one to tell
		return nil, err
	}
	return p, nil
}

// plan fills in the target, and returns who the clients are.
func (o *benchBroker) plan(ctx context.Context, env *Env, p *benchPlan) (user, password string, err error) {
	urls, err := o.urls()
	if err != nil {
		return "", "", err
	}
	t, err := o.each()[0].target(os.Getpid)
	if err != nil {
		return "", "", err
	}
	p.closer = t.closer
	if err := o.Conn.fetchPassword(ctx, env, &t.Client); err != nil {
		return "", "", err
	}
	p.Target = bench.Target{
		URLs:     urls,
		Version:  t.Client.Version,
		TLS:      t.Transport.TLS,
		WSHeader: t.Transport.WSHeader,
		Proxy:    t.Transport.Proxy,
		Sources:  o.Sources,
		Embedded: o.Embedded,
		PID:      o.PID,
	}
	return t.Client.Username, string(t.Client.Password), nil
}

// each returns the flags for each broker.
func (o *benchBroker) each() []connOptions {
	var all []connOptions
	one := func(set func(c *connOptions)) {
		c := o.Conn
		set(&c)
		all = append(all, c)
	}
	if o.Conn.URL != "" {
		for u := range strings.SplitSeq(o.Conn.URL, ",") {
			one(func(c *connOptions) { c.URL = u })
		}
		return all
	}
	for h := range strings.SplitSeq(o.Conn.Host, ",") {
		one(func(c *connOptions) { c.Host = h })
	}
	return all
}

// urls returns where the brokers are, without user and password.
func (o *benchBroker) urls() ([]string, error) {
	var urls []string
	for _, c := range o.each() {
		text := c.address()
		u, err := transport.ParseURL(text)
		if err != nil {
			return nil, usagef("bench: %w", err)
		}
		secure := u.Scheme == "mqtts" || u.Scheme == "wss"
		if c.TLS.wanted() && !secure {
			return nil, usagef("bench: %s:// is without TLS, but a TLS flag is given\nhint: write --url %ss://…, or add --no-tls", u.Scheme, u.Scheme)
		}
		urls = append(urls, plainURL(u, c.WSPath))
	}
	return urls, nil
}

// plainURL returns what of a URL says where the broker is.
func plainURL(u *url.URL, wsPath string) string {
	u.User = nil
	switch u.Scheme {
	case "mqtt", "mqtts":
		u.Path, u.RawPath, u.RawQuery, u.Fragment, u.RawFragment = "", "", "", "", ""
	case "ws", "wss":
		if wsPath != "" {
			u.Path, u.RawPath = wsPath, ""
		}
	}
	return u.String()
}

// plan fills in the clients.
func (o *benchClients) plan(c *bench.Clients, user, password string) (err error) {
	*c = bench.Clients{
		Publishers: o.Roles.publishers, Subscribers: o.Roles.subscribers, Idle: o.Roles.idle,
		First: o.First, Prefix: o.Prefix, ShortIDs: o.ShortIDs,
		Rate:          o.perSecond(),
		KeepAlive:     time.Duration(o.Keep) * time.Second,
		Persistent:    o.Clean == "false",
		SessionExpiry: time.Duration(o.Expiry.Seconds) * time.Second,
		WaitAll:       o.WaitAll,
	}
	if o.Keep == 0 {
		c.KeepAlive = -1
	}
	if c.Credentials, err = o.credentials(user, password); err != nil {
		return err
	}
	c.Certificate, err = o.certificates()
	return err
}

// plan fills in what is published.
func (o *benchLoad) plan(env *Env, w *bench.Workload) error {
	*w = bench.Workload{
		Filters: o.Filters,
		QoS:     mqtt.QoS(o.QoS),
		Retain:  o.Retain,
		Sizes:   o.Sizes,
		Headers: o.Headers,
		Skip:    o.Late == "skip",
		Window:  o.Window,
	}
	if len(o.Topics) > 0 {
		w.Topic = o.Topics[0]
	}
	return o.payload(env, w)
}

// schedule fills in when messages are due, at so many a second; 0 is as fast
// as possible. It spans the measured time, without the warm-up.
func (o *benchOptions) schedule(c *bench.Config, rate float64) error {
	if len(o.Load.Stages) > 0 {
		c.Load.Schedule = pace.Stages(o.Load.Stages)
		return nil
	}
	if rate == 0 {
		c.Load.Schedule = nil
		return nil
	}
	length := c.Duration
	if length == 0 {
		length = time.Duration(float64(c.Count) / rate * float64(time.Second))
	}
	s, err := pace.Arrival(o.Load.Arrival, pace.Load{Rate: rate, Length: length, Seed: o.Time.Seed})
	if err != nil {
		return usagef("bench: --arrival: %w", err)
	}
	c.Load.Schedule = s
	return nil
}
