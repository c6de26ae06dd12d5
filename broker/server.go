package broker

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mqt/broker/internal/subtree"
	"mqt/broker/internal/wheel"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("broker: server closed")

// Server is an MQTT broker that keeps its state in memory. The zero value is
// ready to use. Fields must not be changed after the first call to Serve.
type Server struct {
	// Limits bounds what clients may use. The zero value has safe defaults.
	Limits Limits
	// Auth decides who may connect and who may do what. Nil allows everything
	// to everybody.
	Auth Authorizer
	// Store keeps what must outlive the server: retained messages, and the
	// sessions, subscriptions and messages of clients that want them kept. What
	// a client is told has been taken is in the store. Nil keeps everything in
	// memory. It is not closed by the server.
	Store Store
	// Trace is told of what happens. Nil tells nobody.
	Trace *Trace
	// Logger receives a record per connection event at level Info, what
	// clients did wrong and what was dropped at Warn, and packets at Debug.
	// Nil discards them.
	Logger *slog.Logger
	// SysInterval is how often $SYS topics are refreshed. Zero means 10 s; a
	// negative value turns them off.
	SysInterval time.Duration
	// RefuseRetained makes a server without retained messages: clients may not
	// publish them, nor have a will that is retained. MQTT 5 clients are told
	// (Retain Available), those who try are disconnected. What the Store has
	// kept and what the program itself publishes is retained as ever.
	RefuseRetained bool
	// QueueQoS0 queues messages at QoS 0, too, for sessions whose client is
	// away. The Store does not keep them.
	QueueQoS0 bool
	// UpgradeQoS delivers each message with the QoS of the subscription, also
	// when it was published with a lower one. MQTT says that the lower of the
	// two counts.
	UpgradeQoS bool

	once   sync.Once
	failed error     // reading the store
	epoch  time.Time // zero of the server's clock
	lim    Limits

	policy  policy
	journal journal
	readers atomic.Uint64 // grows when a session got another client to be authorised
	log     *slog.Logger

	index    subtree.Tree[*subscription]
	retained retainedStore
	sessions registry
	groups   shareGroups
	stats    stats
	warnings throttle
	wheel    *wheel.Wheel
	memory   memory
	loops    loops
	batches  sync.Pool // of *batch, for goroutines that are not event loops

	stop    context.CancelFunc // ends the wheel and the event loops
	stopped sync.WaitGroup

	mu        sync.Mutex // guards the fields below; never held while another lock is taken
	closing   bool
	listeners map[net.Listener]func() // what to call when it is to be closed, may be nil
	conns     map[*conn]struct{}
	perAddr   map[string]int
	stopping  chan struct{} // closed when closing becomes true
	idle      chan struct{} // closed when closing and the last connection has gone
	serving   sync.WaitGroup

	draining atomic.Bool // Shutdown or Close was called
	over     atomic.Bool // every connection has gone; the loops may end
}

func (s *Server) init() {
	s.once.Do(func() {
		s.epoch = time.Now()
		s.lim = s.Limits.withDefaults()
		s.policy = newPolicy(s.Auth)
		s.journal = journal{store: s.Store, epoch: s.epoch, wake: make(chan struct{}, 1)}
		s.journal.backlog, _ = s.Store.(StoreBacklog)
		s.log = s.Logger
		if s.log == nil {
			s.log = slog.New(slog.DiscardHandler)
		}
		s.sessions.byID = make(map[string]*session)
		s.listeners = make(map[net.Listener]func())
		s.conns = make(map[*conn]struct{})
		s.perAddr = make(map[string]int)
		s.stopping = make(chan struct{})
		s.idle = make(chan struct{})
		s.batches.New = func() any { return newBatch(s) }
		s.wheel = wheel.New(100 * time.Millisecond)
		ctx, cancel := context.WithCancel(context.Background())
		s.stop = cancel
		if s.journal.on() {
			s.failed = s.restore() // before the wheel turns: what has expired meanwhile ends then
			s.stopped.Go(func() { s.journal.run(s, ctx.Done()) })
		}
		s.stopped.Go(func() { s.wheel.Run(ctx) })
		s.startMemory(ctx)
		s.startSys(ctx)
	})
}

// now is the server's clock: nanoseconds since it started. It never jumps.
func (s *Server) now() int64 { return int64(time.Since(s.epoch)) + 1 }

func (s *Server) at(ns int64) time.Time { return s.epoch.Add(time.Duration(ns)) }

// Start reads the store, so that what is wrong with it is known before anybody
// is served. Serve does it otherwise, at its first call. It may be called more
// than once, and blocks until the store is read.
func (s *Server) Start() error {
	s.init()
	return s.failed
}

// Serve accepts connections on ln and blocks until Shutdown or Close, after
// which it returns ErrServerClosed, or until ln fails, when it returns that
// error. It closes ln. On Linux the connections of a *net.TCPListener and a
// *net.UnixListener are served by event loops, and so are bare connections of a
// listener that has a method Bare() bool and returns true from it; every other
// connection gets a goroutine.
func (s *Server) Serve(ln net.Listener) error { return s.ServeListener(ln, ListenerOptions{}) }

func (s *Server) track(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.listeners[ln] = nil
	s.serving.Add(1)
	return true
}

// onClose sets what is called, with mu held, before ln is closed by the server. It reports false when that is happening already.
func (s *Server) onClose(ln net.Listener, stop func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners[ln] = stop
	return !s.closing
}

func (s *Server) untrack(ln net.Listener) {
	s.mu.Lock()
	delete(s.listeners, ln)
	s.mu.Unlock()
	ln.Close()
	s.serving.Done()
}

// Shutdown stops accepting, tells every MQTT 5 client that the server is
// shutting down (0x8B), sends what is already waiting for each client, and
// closes the connections. It returns when all are gone, or with ctx's error
// after closing the rest the hard way. Wills of closed connections are not
// published: nobody is left to receive them.
func (s *Server) Shutdown(ctx context.Context) error {
	s.init()
	s.beginClose()
	for _, c := range s.snapshotConns() {
		c.disconnect(nil, errShutdown)
	}
	var err error
	select {
	case <-s.idle:
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.finishClose()
	return err
}

// Close closes all listeners and connections at once and waits until the
// server's goroutines have ended. It always returns nil.
func (s *Server) Close() error {
	s.init()
	s.beginClose()
	s.finishClose()
	return nil
}

// beginClose closes the listeners and lets no further connection in.
func (s *Server) beginClose() {
	s.draining.Store(true)
	s.mu.Lock()
	first := !s.closing
	s.closing = true
	lns := slices.Collect(maps.Keys(s.listeners))
	for _, stop := range s.listeners {
		if stop != nil {
			stop()
		}
	}
	if first {
		close(s.stopping)
		if len(s.conns) == 0 {
			close(s.idle)
		}
	}
	s.mu.Unlock()
	for _, ln := range lns {
		ln.Close()
	}
	s.serving.Wait()
}

func (s *Server) finishClose() {
	for _, c := range s.snapshotConns() {
		c.abort(errShutdown)
	}
	<-s.idle
	s.over.Store(true)
	s.stop()
	s.loops.wake()
	s.stopped.Wait()
}

func (s *Server) snapshotConns() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		out = append(out, c)
	}
	return out
}
