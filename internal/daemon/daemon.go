package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mqt/broker"
	"mqt/internal/compat/conf"
	"mqt/internal/transport"
)

// Options are what a configuration does not say.
type Options struct {
	// Stdout and Stderr get the log, as far as the configuration wants it there.
	Stdout, Stderr io.Writer
	// Version is the program's, for the HTTP side.
	Version string
	// Salvage starts with what can be read of a damaged store.
	Salvage bool
	// DevDir is where certificates for development are kept.
	DevDir string
	// Sockets are sockets that listen already. They serve the last listeners of
	// the configuration, in this order.
	Sockets []net.Listener
	// Hangup makes the broker read users, rights, keys and certificates again,
	// and open the log file anew. May be nil.
	Hangup <-chan os.Signal
	// Ready is called once, when all listeners accept; its error ends the
	// broker. May be nil.
	Ready func(Announcement) error
}

// Announcement is what people need to know when a broker accepts clients.
type Announcement struct {
	// URLs are how the listeners are reached, in the configuration's order,
	// with real ports.
	URLs []*url.URL
	// CAFile holds the authority of the certificates that were made for
	// development. Empty when none were.
	CAFile string
	// User and Password are the ones that were made up. Empty when none were.
	User, Password string
}

// shutdownGrace is how long clients may take to receive what waits for them.
const shutdownGrace = 5 * time.Second

// daemon is a broker with everything around it.
type daemon struct {
	c   conf.Config
	o   Options
	log *logger

	srv       *broker.Server
	gate      *gate
	secrets   *certificates
	listeners []*listener
	said      Announcement

	ready   atomic.Bool
	cleanup []func() error // in the order in which things were opened
}

// Run serves until ctx ends, then shuts down and returns nil, or until
// something fails. The configuration must have been checked; its listeners are
// those of conf.Config.Effective. Errors name the file or address, and a second
// line "hint: …" says what to do.
func Run(ctx context.Context, c conf.Config, o Options) (err error) {
	d := &daemon{c: c, o: o}
	defer func() { err = advise(errors.Join(err, d.close())) }()
	if d.log, err = openLog(c.Log, o.Stdout, o.Stderr); err != nil {
		return err
	}
	d.cleanup = append(d.cleanup, d.log.Close)
	for _, step := range []func(context.Context) error{d.limitMemory, d.openGate, d.openServer, d.listen} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return d.serve(ctx)
}

// close undoes what was done, the last thing first.
func (d *daemon) close() error {
	var errs []error
	for len(d.cleanup) > 0 {
		last := len(d.cleanup) - 1
		errs = append(errs, d.cleanup[last]())
		d.cleanup = d.cleanup[:last]
	}
	return errors.Join(errs...)
}

// limitMemory makes the garbage collector work harder before the broker has to
// refuse clients.
func (d *daemon) limitMemory(context.Context) error {
	if most := d.c.Limits.MaxMemory; most > 0 {
		before := debug.SetMemoryLimit(int64(most))
		d.cleanup = append(d.cleanup, func() error { debug.SetMemoryLimit(before); return nil })
	}
	return nil
}

// openServer makes the broker and opens its store.
func (d *daemon) openServer(context.Context) error {
	d.srv = newServer(d.c, d.log.Logger)
	d.srv.Trace = traceTo(d.o.Stderr, d.c.Log.TraceClients)
	if a := d.gate.authorizer(); a != nil {
		d.srv.Auth = a
	}
	if dir := d.c.Persistence.Location; dir != "" {
		so := storeOptions(d.c.Persistence.Sync)
		so.Salvage, so.Logger = d.o.Salvage, d.log.Logger
		store, err := broker.OpenStore(dir, so)
		if err != nil {
			return fmt.Errorf("open the store %s: %w", dir, err)
		}
		d.srv.Store = store
		d.cleanup = append(d.cleanup, store.Close)
	}
	return nil
}

// serve runs the broker on all listeners until ctx ends or one of them fails.
func (d *daemon) serve(ctx context.Context) error {
	if err := d.srv.Start(); err != nil {
		d.shutdown(ctx)
		return err
	}
	following, stop := context.WithCancel(ctx)
	var busy sync.WaitGroup
	defer busy.Wait()
	defer stop()
	busy.Go(func() { d.follow(following) })
	failed := make(chan error, len(d.listeners))
	for _, ln := range d.listeners {
		if !ln.web {
			busy.Go(func() { failed <- ln.serve(d.srv) })
		}
	}
	err := d.announce()
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	d.shutdown(ctx)
	return err
}

// announce tells everybody that clients may connect.
func (d *daemon) announce() error {
	if name := d.c.PIDFile; name != "" {
		if err := writePID(name); err != nil {
			return fmt.Errorf("write the process number: %w", err)
		}
		d.cleanup = append(d.cleanup, func() error { return os.Remove(name) })
	}
	d.ready.Store(true)
	if err := transport.Notify("READY=1"); err != nil {
		d.log.Warn("the service manager does not know that the broker is ready", "error", err.Error())
	}
	if d.o.Ready == nil {
		return nil
	}
	for _, ln := range d.listeners {
		d.said.URLs = append(d.said.URLs, ln.url)
	}
	return d.o.Ready(d.said)
}

// writePID writes the number of the process. The directory is made if need be:
// those under /run are gone after a restart of the machine.
func writePID(name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644)
}

// shutdown lets clients have what waits for them. HTTP answers to the end.
func (d *daemon) shutdown(ctx context.Context) {
	d.ready.Store(false)
	_ = transport.Notify("STOPPING=1") // it sees for itself
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if d.srv.Shutdown(grace) != nil {
		d.log.Warn("some clients did not take what was waiting for them", "within", shutdownGrace.String())
	}
	for _, ln := range d.listeners {
		_ = ln.Close() // those for MQTT are closed already
	}
}

// logger is a log that can be opened anew.
type logger struct {
	*slog.Logger
	file *logFile // nil: the log goes to no file
}
