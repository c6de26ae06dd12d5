package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/broker"
)

// serveOptions are the flags of mqt serve.
type serveOptions struct {
	Listen    []string
	Port      int
	ReadyFile string
	Verbose   int
	Cert, Key string
	Sys       limitSeconds
	Auth      authOptions
	Store     storeOptions
	Trace     traceOptions
	Limits    broker.Limits
}

const serveExample = `  mqt serve                                  on 127.0.0.1, port 1883
  mqt serve -p 1884 -v
  mqt serve --listen mqtt://0.0.0.0:1883 --password-file users --acl-file rights
  mqt serve --lan                            for the whole network, with a made-up password
  mqt serve --data /var/lib/mqt              survives a crash without losing what it acknowledged
  mqt serve --listen mqtt://127.0.0.1:0 --ready-file broker.url`

func newServe(env *Env, run func(context.Context, *Env, *serveOptions) error) *cobra.Command {
	o := &serveOptions{}
	c := &cobra.Command{
		Use:   "serve [flags]",
		Short: "run a broker on this machine",
		Long: "Run a broker. It speaks MQTT 3.1, 3.1.1 and 5.0, listens on the loopback address\n" +
			"unless told otherwise, and then asks nobody for a password. It keeps everything in\n" +
			"memory unless --data names a directory.",
		Example: serveExample,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.finish(c.Flags()); err != nil {
				return err
			}
			return run(c.Context(), env, o)
		},
	}
	addGroup(c, "Listeners", o.bind)
	addGroup(c, "Who may connect", o.Auth.bind)
	addGroup(c, "Looking inside", o.Trace.bind)
	addGroup(c, "Durability", o.Store.bind)
	addGroup(c, "Limits (0 is the default, -1 is no limit)", o.bindLimits)
	return c
}

func (o *serveOptions) bind(f *pflag.FlagSet) {
	f.StringArrayVar(&o.Listen, "listen", nil, "listen at `URL`; may be repeated; the schemes are mqtt, mqtts, ws, wss, unix, and any, which tells MQTT, WebSocket and TLS apart on one port; port 0 is any free one (default mqtt://127.0.0.1:1883)")
	f.IntVarP(&o.Port, "port", "p", 0, "listen at this `port` of 127.0.0.1")
	f.StringVar(&o.ReadyFile, "ready-file", "", "when all listeners accept, write their URLs to `file`, one a line")
	f.StringVar(&o.Cert, "cert", "", "certificate chain for mqtts, wss and any, a PEM `file`")
	f.StringVar(&o.Key, "key", "", "its private key, a PEM `file`")
	f.CountVarP(&o.Verbose, "verbose", "v", "log connections to standard error; twice: packets too")
	f.Var(&o.Sys, "sys-interval", "publish the $SYS topics every so many `seconds` (default 10); -1 is never")
}

// bindLimits defines a flag for each field of broker.Limits.
func (o *serveOptions) bindLimits(f *pflag.FlagSet) {
	l := &o.Limits
	durations := []struct {
		to          *time.Duration
		name, usage string
	}{
		{&l.ConnectTimeout, "connect-timeout", "`seconds` a connection may take to send CONNECT (default 10)"},
		{&l.StallTimeout, "stall-timeout", "`seconds` a client may take nothing of what waits for it (default 10)"},
		{&l.MaxKeepAlive, "max-keep-alive", "longest keep alive in `seconds` (default no limit)"},
		{&l.MaxSessionExpiry, "max-session-expiry", "longest life of a session without connection in `seconds` (default no limit)"},
	}
	numbers := []struct {
		to          *int
		name, usage string
	}{
		{&l.MaxConnections, "max-connections", "most open connections `n` (default no limit)"},
		{&l.MaxConnectionsPerAddress, "max-connections-per-address", "most open connections of one address `n` (default no limit)"},
		{&l.MaxConnectSize, "max-connect-size", "largest CONNECT packet in `bytes` (default 65536)"},
		{&l.MaxPacketSize, "max-packet-size", "largest packet in `bytes` (default 2097152)"},
		{&l.MaxPropertiesSize, "max-properties-size", "largest property list of a message in `bytes` (default 65536)"},
		{&l.MaxTopicLevels, "max-topic-levels", "most levels of a topic `n` (default 200)"},
		{&l.ReceiveMaximum, "receive-maximum", "most QoS 2 messages a client may have open `n` (default 1000)"},
		{&l.TopicAliasMaximum, "topic-alias-maximum", "most topic aliases of a connection `n` (default 64); -1 is none"},
		{&l.MaxInflight, "max-inflight", "most QoS 1 and 2 messages a client has not acknowledged `n` (default 20; MQTT 5: 65535)"},
		{&l.MaxQueuedMessages, "max-queued-messages", "most messages that wait for a session `n` (default 1000)"},
		{&l.MaxQueuedBytes, "max-queued-bytes", "most `bytes` that wait for a session (default 16777216)"},
		{&l.MaxRetained, "max-retained", "most retained messages `n` (default 1000000)"},
		{&l.MaxRetainedBytes, "max-retained-bytes", "most `bytes` of retained messages (default 1073741824)"},
	}
	for _, d := range durations {
		f.Var((*limitSeconds)(d.to), d.name, d.usage)
	}
	for _, n := range numbers {
		f.Var((*limitNumber)(n.to), n.name, n.usage)
	}
}

func (o *serveOptions) finish(f *pflag.FlagSet) error {
	if f.Changed("port") {
		if len(o.Listen) > 0 {
			return usagef("serve: -p and --listen cannot be used together")
		}
		if o.Port < 0 || o.Port > 65535 {
			return usagef("serve: -p %d: a port is a number from 0 to 65535", o.Port)
		}
		o.Listen = []string{fmt.Sprintf("mqtt://127.0.0.1:%d", o.Port)}
	}
	switch {
	case len(o.Listen) > 0:
	case o.Auth.LAN:
		o.Listen = []string{"mqtt://0.0.0.0:1883"}
	default:
		o.Listen = []string{"mqtt://127.0.0.1:1883"}
	}
	if (o.Cert == "") != (o.Key == "") {
		return usagef("serve: --cert and --key belong together: one of them is missing")
	}
	if err := o.Auth.check(o.Listen); err != nil {
		return err
	}
	return o.Store.check(f)
}

// shutdownGrace is how long clients may take to receive what waits for them.
const shutdownGrace = 5 * time.Second

func runServe(ctx context.Context, env *Env, o *serveOptions) error {
	logger := o.logger(env)
	authorizer, follow, err := o.Auth.open(env, logger)
	if err != nil {
		return err
	}
	store, closeStore, err := o.Store.open(logger)
	if err != nil {
		return err
	}
	var following sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	following.Go(func() { follow(ctx) })
	srv := &broker.Server{Auth: authorizer, Limits: o.Limits, Store: store, Trace: o.Trace.hooks(env), Logger: logger, SysInterval: time.Duration(o.Sys)}
	err = o.serve(ctx, env, srv)
	cancel()
	following.Wait()
	return errors.Join(err, closeStore())
}

// serve runs srv on all listeners until ctx ends or one of them fails.
func (o *serveOptions) serve(ctx context.Context, env *Env, srv *broker.Server) error {
	listeners, err := o.listen(ctx)
	if err != nil {
		return err
	}
	spareProcessors(env)
	var serving sync.WaitGroup
	failed := make(chan error, len(listeners))
	for _, ln := range listeners {
		serving.Go(func() { failed <- serveOne(srv, ln) })
	}
	remove, err := o.announce(env, listeners)
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	remove()
	shutdown(ctx, env, srv)
	serving.Wait()
	return err
}

// spareProcessors lets more goroutines run than there are processors: an event
// loop that comes back from waiting then finds a place at once, where it would
// otherwise be handed one by another thread.
func spareProcessors(env *Env) {
	if env.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.NumCPU() + 2)
	}
}

func shutdown(ctx context.Context, env *Env, srv *broker.Server) {
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if srv.Shutdown(grace) != nil {
		env.notef("some clients did not take what was waiting for them within %v", shutdownGrace)
	}
}

func serveOne(srv *broker.Server, ln listener) error {
	err := srv.Serve(ln.Listener)
	if errors.Is(err, broker.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("serve %s: %w", ln.url, err)
}

func (o *serveOptions) logger(env *Env) *slog.Logger {
	level := slog.LevelWarn
	switch {
	case o.Verbose == 1:
		level = slog.LevelInfo
	case o.Verbose > 1:
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(env.Stderr, &slog.HandlerOptions{Level: level}))
}
