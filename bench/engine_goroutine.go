package bench

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// goroutines is the engine for every system: a reader and a writer for each
// connection. It costs more than an event loop and works the same.
type goroutines struct {
	load    *Load
	changed chan struct{} // something happened that done may want to know
	stop    context.CancelFunc
	ctx     context.Context // of all connections; ends with close
	tasks   sync.WaitGroup

	mu    sync.Mutex // guards the load while run is on, and the fields below
	conns []*goConn  // by client
	next  int        // first client that has not been dialled
	err   error      // the first failure
}

// goConn is one connection.
type goConn struct {
	c    *client
	nc   net.Conn
	kick chan struct{} // the writer should look for work
}

func newGoroutines(l *Load) (engine, error) {
	g := &goroutines{load: l, changed: make(chan struct{}, 1), conns: make([]*goConn, len(l.clients))}
	g.ctx, g.stop = context.WithCancel(context.Background())
	return g, nil
}

func (g *goroutines) run(ctx context.Context, done func() bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		g.mu.Lock()
		g.dial()
		g.kickRunnable()
		finished, err := done(), g.err
		g.mu.Unlock()
		switch {
		case err != nil:
			return err
		case finished:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-g.changed:
		case <-tick.C:
		}
	}
}

// dial begins as many connections as the plan allows. mu is held.
func (g *goroutines) dial() {
	for g.next < len(g.load.clients) && g.next-g.load.ready < g.load.plan.AtOnce {
		gc := &goConn{c: g.load.clients[g.next], kick: make(chan struct{}, 1)}
		g.conns[g.next] = gc
		g.next++
		g.tasks.Go(func() { g.serve(gc) })
	}
}

// serve connects, and reads until the connection ends.
func (g *goroutines) serve(gc *goConn) {
	var d net.Dialer
	nc, err := d.DialContext(g.ctx, "tcp", g.load.plan.Addr)
	if err != nil {
		g.fail(gc.c.explain(err))
		return
	}
	unhook := context.AfterFunc(g.ctx, func() { nc.Close() })
	defer unhook()
	defer nc.Close()
	g.mu.Lock()
	gc.nc = nc
	err = gc.c.start()
	g.mu.Unlock()
	if err != nil {
		g.fail(err)
		return
	}
	g.tasks.Go(func() { g.write(gc) })
	signal(gc.kick)
	g.fail(g.read(gc))
}

func (g *goroutines) read(gc *goConn) error {
	buf := make([]byte, 4096)
	have := 0
	for {
		n, err := gc.nc.Read(buf[have:])
		if err != nil {
			return gc.c.explain(fmt.Errorf("read: %w", err))
		}
		have += n
		g.mu.Lock()
		used, err := gc.c.receive(buf[:have])
		pending := len(gc.c.out) > 0
		g.kickRunnable()
		g.mu.Unlock()
		if err != nil {
			return err
		}
		if pending {
			signal(gc.kick)
		}
		signal(g.changed)
		have = copy(buf, buf[used:have])
		if have == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}

// kickRunnable tells the writers of publishers that may have room. mu is held.
func (g *goroutines) kickRunnable() {
	for _, p := range g.load.runnable {
		p.queued = false
		if gc := g.conns[p.client.conn]; gc != nil {
			signal(gc.kick)
		}
	}
	g.load.runnable = g.load.runnable[:0]
}

// write writes acknowledgements and messages whenever there are any.
func (g *goroutines) write(gc *goConn) {
	var b []byte
	for {
		g.mu.Lock()
		b = append(b[:0], gc.c.out...)
		gc.c.out = gc.c.out[:0]
		if p := gc.c.pub; p != nil && gc.c.phase == ready {
			if room := p.room(); room > 0 {
				b = append(b, p.next(room)...)
			}
		}
		g.mu.Unlock()
		if len(b) > 0 {
			if _, err := gc.nc.Write(b); err != nil {
				g.fail(gc.c.explain(fmt.Errorf("write: %w", err)))
				return
			}
			continue
		}
		select {
		case <-gc.kick:
		case <-g.ctx.Done():
			return
		}
	}
}

// fail keeps the first error.
func (g *goroutines) fail(err error) {
	g.mu.Lock()
	if g.err == nil {
		g.err = err
	}
	g.mu.Unlock()
	signal(g.changed)
}

func (g *goroutines) exclusively(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
}

func (g *goroutines) close() {
	g.stop()
	g.tasks.Wait()
}

// signal leaves a note without waiting.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
