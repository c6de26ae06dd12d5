package load

import (
	"context"
	"net"
	"sync"
	"time"

	"mqt/internal/transport"
)

// goroutines is the engine for every system and every transport: a reader and
// a writer for each connection. It costs more than an event loop and works the
// same.
type goroutines struct {
	load  *Load
	ctx   context.Context // of all connections; ends with close
	stop  context.CancelFunc
	tasks sync.WaitGroup

	dialer func(ctx context.Context, c *client) (net.Conn, error)

	mu    sync.Mutex // guards the load while run is on, and the fields below
	conns []*goConn  // by client
}

// goConn is one connection.
type goConn struct {
	c      *client
	nc     net.Conn      // nil before it is connected
	kick   chan struct{} // the writer should look for work
	cancel context.CancelFunc
	buf    []byte // of the writer
}

func newGoroutines(l *Load) (engine, error) {
	g := &goroutines{load: l, conns: make([]*goConn, len(l.clients))}
	g.dialer = g.dial
	g.ctx, g.stop = context.WithCancel(context.Background())
	return g, nil
}

func (g *goroutines) run(ctx context.Context) {
	g.mu.Lock()
	g.load.begin(g.load.time())
	g.mu.Unlock()
	timer := time.NewTimer(0)
	defer timer.Stop()
	before := g.load.time()
	for range timer.C {
		woken := g.load.time()
		g.mu.Lock()
		g.load.idle += woken - before // and busy while others have the load
		now := g.load.time()
		over := g.load.step(ctx, now)
		if !over {
			g.serve(now)
			g.kickRunnable()
		}
		before = g.load.time()
		wait := g.load.until(now) - before
		g.mu.Unlock()
		if over {
			return
		}
		timer.Reset(time.Duration(max(wait, 0)))
	}
}

// serve does what the load asks for. mu is held.
func (g *goroutines) serve(now int64) {
	l := g.load
	for _, f := range l.hangUps {
		if gc := g.conns[f.c.index]; gc != nil {
			g.conns[f.c.index] = nil
			if f.polite && gc.nc != nil {
				gc.nc.SetWriteDeadline(time.Now().Add(time.Second))
				gc.nc.Write([]byte(disconnect)) // or it is dead already
			}
			gc.cancel()
		}
		if f.err != nil {
			l.lost(f.c, f.err, now)
		}
	}
	l.hangUps = l.hangUps[:0]
	for _, c := range l.flushes {
		if gc := g.conns[c.index]; gc != nil {
			signal(gc.kick)
		}
	}
	l.flushes = l.flushes[:0]
	for c := l.dial(now); c != nil; c = l.dial(now) {
		ctx, cancel := context.WithCancel(g.ctx)
		gc := &goConn{c: c, kick: make(chan struct{}, 1), cancel: cancel}
		g.conns[c.index] = gc
		g.tasks.Go(func() {
			defer cancel()
			g.lost(gc, g.connect(ctx, gc))
		})
	}
}

// lost takes note of the end of a connection, unless it was hung up.
func (g *goroutines) lost(gc *goConn, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conns[gc.c.index] == gc {
		g.conns[gc.c.index] = nil
		g.load.lost(gc.c, err, g.load.time())
	}
}

// connect connects, and reads until the connection ends.
func (g *goroutines) connect(ctx context.Context, gc *goConn) error {
	nc, err := g.dialer(ctx, gc.c)
	if err != nil {
		return err
	}
	defer nc.Close()
	unhook := context.AfterFunc(ctx, func() { nc.Close() })
	defer unhook()
	g.mu.Lock()
	if g.conns[gc.c.index] == gc {
		gc.nc = nc
		err = gc.c.start(g.load.time())
	}
	g.mu.Unlock()
	if err != nil {
		return err
	}
	g.tasks.Go(func() { g.write(ctx, nc, gc) })
	signal(gc.kick)
	return g.read(nc, gc)
}

func (g *goroutines) dial(ctx context.Context, c *client) (net.Conn, error) {
	p := &g.load.plan
	o, err := p.Transport(c.index)
	if err != nil {
		return nil, err
	}
	return transport.Dial(ctx, p.Server(c.index), o)
}

func (g *goroutines) read(nc net.Conn, gc *goConn) error {
	buf := make([]byte, 2048)
	have := 0
	for {
		n, err := nc.Read(buf[have:])
		if err != nil {
			return err
		}
		have += n
		used, err := g.receive(gc, buf[:have])
		if err != nil {
			return err
		}
		have = copy(buf, buf[used:have])
		if have == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}

// receive hands over what was read.
func (g *goroutines) receive(gc *goConn, b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conns[gc.c.index] != gc || g.load.over {
		return len(b), nil // hung up
	}
	used, err := gc.c.receive(b, g.load.time())
	if len(gc.c.out) > 0 {
		signal(gc.kick)
	}
	g.kickRunnable()
	return used, err
}

// kickRunnable tells the writers of publishers that may have room. mu is held.
func (g *goroutines) kickRunnable() {
	for _, p := range g.load.runnable {
		p.queued = false
		if gc := g.conns[p.client.index]; gc != nil {
			signal(gc.kick)
		}
	}
	g.load.runnable = g.load.runnable[:0]
}

// write writes acknowledgements and messages whenever there are any. An error
// ends the reader too, which reports it.
func (g *goroutines) write(ctx context.Context, nc net.Conn, gc *goConn) {
	for {
		g.compose(gc)
		if len(gc.buf) > 0 {
			if _, err := nc.Write(gc.buf); err != nil {
				nc.Close()
				return
			}
			continue
		}
		select {
		case <-gc.kick:
		case <-ctx.Done():
			return
		}
	}
}

// compose takes what gc is to write now.
func (g *goroutines) compose(gc *goConn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	gc.buf = gc.buf[:0]
	if g.conns[gc.c.index] != gc || g.load.over {
		return
	}
	now := g.load.time()
	gc.buf = append(gc.buf, gc.c.out...)
	gc.c.out = gc.c.out[:0]
	if p := gc.c.pub; p != nil && gc.c.phase == ready {
		p.skip(now)
		if room := p.room(); room > 0 {
			gc.buf = p.fill(gc.buf, room, now)
		}
	}
	if len(gc.buf) > 0 {
		gc.c.active = now
	}
	if cap(gc.buf) > 4096 && len(gc.buf) == 0 && gc.c.pub == nil {
		gc.buf = nil
	}
}

func (g *goroutines) close() {
	for _, gc := range g.open() {
		gc.nc.SetWriteDeadline(time.Now().Add(time.Second))
		gc.nc.Write([]byte(disconnect)) // or the broker sees it closed
	}
	g.stop()
	g.tasks.Wait()
}

// open returns the connections there are.
func (g *goroutines) open() []*goConn {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []*goConn
	for _, gc := range g.conns {
		if gc != nil && gc.nc != nil {
			out = append(out, gc)
		}
	}
	return out
}

// signal leaves a note without waiting.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
