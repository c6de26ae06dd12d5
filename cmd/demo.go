package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"mqt/broker"
	"mqt/format"
	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/sub"
)

// demoOptions are the flags of mqt demo.
type demoOptions struct {
	Duration seconds
}

const demoLong = `Show in a few seconds what MQTT and mqt do: start a broker on a free port, let
simulated devices publish, show what arrives, list what is retained, and let a
device die so that its will appears. Nothing is installed and nothing is left.`

func newDemo(env *Env, run func(context.Context, *Env, *demoOptions) error) *cobra.Command {
	o := &demoOptions{Duration: seconds(10 * time.Second)}
	c := &cobra.Command{
		Use:     "demo [flags]",
		Short:   "see all of it in ten seconds",
		Long:    demoLong,
		Example: "  mqt demo\n  mqt demo --duration 1m",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Duration == 0 {
				return usagef("demo: --duration 0: the time is more than 0")
			}
			return run(c.Context(), env, o)
		},
	}
	c.Flags().Var(&o.Duration, "duration", "run for so many `seconds`")
	return c
}

func runDemo(ctx context.Context, env *Env, o *demoOptions) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	d := &demo{env: env, addr: ln.Addr().String(), duration: o.Duration.duration(), end: env.Now().Add(o.Duration.duration())}
	srv := &broker.Server{}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	err = d.play(ctx)
	err = errors.Join(err, srv.Close())
	if e := <-served; !errors.Is(e, broker.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	if err == nil {
		err = d.summary()
	}
	return err
}

// demo is one performance.
type demo struct {
	// Set before the goroutines start; read-only after.
	env      *Env
	addr     string
	duration time.Duration
	end      time.Time
	will     chan struct{} // closed when the will was shown

	mu      sync.Mutex // guards the fields below and standard output
	tail    format.Writer
	seen    int // messages shown
	alerts  int
	retains int // retained messages listed
	willed  bool
	err     error // of standard output, the first
}

// play runs the acts in order.
func (d *demo) play(ctx context.Context) error {
	if err := d.open(); err != nil {
		return err
	}
	viewer, err := d.dial(ctx, client.Options{ClientID: "demo-viewer"})
	if err != nil {
		return err
	}
	defer viewer.Close()
	if err := d.watch(ctx, viewer); err != nil {
		return err
	}
	devices, err := d.startDevices(ctx)
	defer func() {
		for _, dev := range devices {
			dev.stop()
		}
	}()
	if err != nil {
		return err
	}
	if err := d.wait(ctx, d.duration*6/10); err != nil {
		return err
	}
	if err := d.kill(ctx, devices[len(devices)-1]); err != nil {
		return err
	}
	if err := d.wait(ctx, time.Until(d.end)); err != nil {
		return err
	}
	return d.listRetained(ctx)
}

func (d *demo) open() (err error) {
	d.will = make(chan struct{})
	d.tail, err = format.New("pretty", d.env.Stdout, format.Options{AutoFlush: true, Width: d.env.Width,
		Location: d.env.Now().Location()})
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(d.addr)
	if err != nil {
		return err
	}
	d.say("A broker runs on mqtt://%s for %v. In another terminal:", d.addr, d.duration)
	d.say("  mqt sub -p %s -t 'site-1/#'                          what follows here", port)
	d.say("  mqt sub -p %s -t 'site-1/+/temperature' --select value", port)
	d.say("  mqt pub -p %s -t site-1/hello -m 'hi there'          it shows up below", port)
	d.say("  mqt retained list -p %s                              what the broker keeps", port)
	d.say("")
	return d.failed()
}

// say writes a line of the story between the messages.
func (d *demo) say(text string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := fmt.Fprintf(d.env.Stdout, text+"\n", args...); d.err == nil {
		d.err = err
	}
}

func (d *demo) failed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

func (d *demo) dial(ctx context.Context, o client.Options) (*client.Client, error) {
	o.CleanStart = true
	o.Dial = func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", d.addr)
	}
	c, err := client.Connect(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("demo: connect to our own broker: %w", err)
	}
	return c, nil
}

// watch shows what arrives.
func (d *demo) watch(ctx context.Context, viewer *client.Client) error {
	filter, err := mqtt.ParseFilter("site-1/#")
	if err != nil {
		return err
	}
	_, err = viewer.Subscribe(ctx, []mqtt.Subscription{{Filter: filter, QoS: mqtt.AtLeastOnce}}, d.show)
	return err
}

func (d *demo) show(m mqtt.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.tail.Write(m); d.err == nil {
		d.err = err
	}
	d.seen++
	if m.QoS == mqtt.AtLeastOnce && m.Topic == alertTopic {
		d.alerts++
	}
	if string(m.Payload) == statusOffline && !d.willed {
		d.willed = true
		close(d.will)
	}
}

// wait lets the devices work.
func (d *demo) wait(ctx context.Context, t time.Duration) error {
	if !pause(ctx, t) {
		return context.Cause(ctx)
	}
	return d.failed()
}

// kill lets a device vanish and waits until its will was shown.
func (d *demo) kill(ctx context.Context, dev *device) error {
	d.say("\nThe device %q loses its connection. It had left a will:", dev.name)
	dev.vanish()
	patience := time.NewTimer(10 * time.Second)
	defer patience.Stop()
	select {
	case <-d.will:
		d.say("")
		return d.failed()
	case <-patience.C:
		return errors.New("demo: the will did not arrive within 10s")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// listRetained shows what a new subscriber would get at once.
func (d *demo) listRetained(ctx context.Context) error {
	c, err := d.dial(ctx, client.Options{ClientID: "demo-lister"})
	if err != nil {
		return err
	}
	defer c.Close()
	all, err := mqtt.ParseFilter("site-1/#")
	if err != nil {
		return err
	}
	kept, _, err := sub.Gather(ctx, c, sub.CollectOptions{Filters: []mqtt.Filter{all}, Version: c.Version()})
	if err != nil {
		return err
	}
	d.say("\nThe broker keeps the latest status of each device for whoever subscribes later:\n")
	d.mu.Lock()
	defer d.mu.Unlock()
	d.retains = len(kept)
	return writeTable(d.env.Stdout, d.env.Width, kept)
}

func (d *demo) summary() error {
	_, err := fmt.Fprintf(d.env.Stdout, "\n%s in %v: %s at QoS 1, %s, 1 will.\n"+
		"The broker has stopped. \"mqt serve\" runs one that stays; see \"mqt --help\".\n",
		count(d.seen, "message"), d.duration, count(d.alerts, "alert"), count(d.retains, "retained message"))
	return err
}
