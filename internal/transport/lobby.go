package transport

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// acceptPause is how long a lobby waits when the system is out of file
// descriptors or the like.
const acceptPause = 100 * time.Millisecond

var (
	errCrowded = errors.New("sent nothing while others were waiting for its place")
	errSilent  = errors.New("did not say in time what it wants")
)

// lobby is a listener that looks at each connection before it is accepted,
// every one in a goroutine of its own: a slow one keeps nobody waiting.
type lobby struct {
	// Set before the goroutines start; read-only after.
	ln      net.Listener
	timeout time.Duration
	refused func(net.Addr, error)
	// step decides about one connection, whose deadline is set: it returns the
	// one to hand on, or nil when it went elsewhere, or why it is refused.
	step func(net.Conn) (net.Conn, error)

	out     chan net.Conn
	slots   chan struct{} // one for each connection between ln and out
	closing chan struct{}
	once    sync.Once
	ended   chan struct{} // closed when nothing is accepted any more
	err     error         // why; read after ended is closed
	crowd   crowd
	busy    sync.WaitGroup
}

// newLobby accepts from ln in the background until close, or until ln fails.
func newLobby(ln net.Listener, o ListenOptions, step func(net.Conn) (net.Conn, error)) *lobby {
	l := &lobby{
		ln: ln, timeout: o.timeout(), refused: o.refuse, step: step,
		out:     make(chan net.Conn),
		slots:   make(chan struct{}, o.maxPending()),
		closing: make(chan struct{}),
		ended:   make(chan struct{}),
	}
	l.busy.Go(func() {
		defer close(l.ended)
		l.err = l.run()
	})
	return l
}

func (l *lobby) run() error {
	for {
		nc, err := l.ln.Accept()
		switch {
		case err == nil:
			if !l.admit(nc) {
				return net.ErrClosed
			}
		case !passing(err):
			return err
		default:
			t := time.NewTimer(acceptPause)
			select {
			case <-t.C:
			case <-l.closing:
				t.Stop()
			}
		}
	}
}

// passing reports whether accepting may work again after err.
func passing(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary() && !errors.Is(err, net.ErrClosed)
}

// admit gives nc a place and a goroutine. With all places taken the oldest
// undecided connection loses its own; when all have decided, Accept is what
// everybody waits for, and the system's queue holds the rest.
func (l *lobby) admit(nc net.Conn) bool {
	select {
	case l.slots <- struct{}{}:
	default:
		l.crowd.evict(max(0, l.crowd.len()-1))
		select {
		case l.slots <- struct{}{}:
		case <-l.closing:
			_ = nc.Close() // nobody wants it any more
			return false
		}
	}
	if !l.crowd.enter(nc) {
		_ = nc.Close() // nobody wants it any more
		return false
	}
	l.busy.Go(func() {
		defer func() { <-l.slots }()
		l.receive(nc)
	})
	return true
}

// receive decides about nc and hands it on.
func (l *lobby) receive(nc net.Conn) {
	remote := nc.RemoteAddr()
	err := nc.SetDeadline(time.Now().Add(l.timeout))
	var next net.Conn
	if err == nil {
		next, err = l.step(nc)
	}
	stayed := l.crowd.leave(nc)
	if err == nil && next == nil {
		return
	}
	if err == nil {
		err = nc.SetDeadline(time.Time{})
	}
	if err == nil && stayed {
		select {
		case l.out <- next:
			return
		case <-l.closing:
		}
	}
	_ = nc.Close() // the reason is known already
	select {
	case <-l.closing:
	default:
		l.refused(remote, refusal(err, stayed))
	}
}

// refusal puts the reason into the words of this package.
func refusal(err error, stayed bool) error {
	var ne net.Error
	switch {
	case !stayed:
		return errCrowded
	case errors.As(err, &ne) && ne.Timeout():
		return fmt.Errorf("%w: %w", errSilent, err)
	}
	return err
}

// Accept returns the next connection that the step has let through.
func (l *lobby) Accept() (net.Conn, error) {
	select {
	case nc := <-l.out:
		return nc, nil
	case <-l.closing:
		return nil, acceptError(l.ln, net.ErrClosed)
	case <-l.ended:
	}
	select {
	case <-l.closing:
		return nil, acceptError(l.ln, net.ErrClosed)
	default:
		return nil, acceptError(l.ln, l.err)
	}
}

func acceptError(ln net.Listener, err error) error {
	return &net.OpError{Op: "accept", Net: ln.Addr().Network(), Addr: ln.Addr(), Err: err}
}

// Addr returns the address of the listener below.
func (l *lobby) Addr() net.Addr { return l.ln.Addr() }

// Close closes the listener below and the connections that were not handed on
// yet, and waits for their goroutines.
func (l *lobby) Close() error {
	err := l.stop()
	l.busy.Wait()
	return err
}

// stop begins to close.
func (l *lobby) stop() error {
	var err error = net.ErrClosed
	l.once.Do(func() {
		close(l.closing)
		err = l.ln.Close()
		l.crowd.closeAll()
	})
	return err
}
