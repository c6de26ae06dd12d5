package transport

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	maxHeaderBytes = 16 << 10
	idleTimeout    = time.Minute // between two requests on one connection
)

// AnyPath as ListenOptions.WSPath accepts upgrades at every path.
const AnyPath = "*"

type rawConnKey struct{}

// wsListener is an HTTP server that yields the connections it upgraded.
type wsListener struct {
	ln    net.Listener
	srv   *http.Server
	path  string // empty upgrades nothing
	opts  ListenOptions
	conns chan net.Conn
	crowd crowd // connections whose next request has not arrived yet

	closing chan struct{}
	once    sync.Once
	served  chan struct{} // closed when the HTTP server has returned
	err     error         // why it returned; read after served is closed
	busy    sync.WaitGroup
	mu      sync.Mutex // orders busy.Add before busy.Wait
	closed  bool
}

// listenWS serves HTTP on ln, which does TLS itself where it is wanted, and
// upgrades at path.
func listenWS(ln net.Listener, path string, o ListenOptions) *wsListener {
	l := &wsListener{
		ln: ln, path: path, opts: o,
		conns:   make(chan net.Conn),
		closing: make(chan struct{}),
		served:  make(chan struct{}),
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true) // HTTP/2 cannot be upgraded
	l.srv = &http.Server{
		Handler:           l,
		Protocols:         &protocols,
		ReadHeaderTimeout: o.timeout(),
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // a stranger's bad request is not our news
		ConnState:         l.watch,
		ConnContext: func(ctx context.Context, nc net.Conn) context.Context {
			return context.WithValue(ctx, rawConnKey{}, nc)
		},
	}
	go func() {
		defer close(l.served)
		l.err = l.srv.Serve(ln)
	}()
	return l
}

// watch keeps count of the connections that wait for a request, and closes the
// oldest of too many.
func (l *wsListener) watch(nc net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew, http.StateIdle:
		l.crowd.enter(nc)
		for _, gone := range l.crowd.evict(l.opts.maxPending()) {
			l.opts.refuse(gone.RemoteAddr(), errCrowded)
		}
	case http.StateClosed, http.StateHijacked:
		l.crowd.leave(nc)
	}
}

// Accept returns the next upgraded connection.
func (l *wsListener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.conns:
		return nc, nil
	case <-l.closing:
	case <-l.served:
		select {
		case <-l.closing:
		default:
			return nil, acceptError(l.ln, l.err)
		}
	}
	return nil, acceptError(l.ln, net.ErrClosed)
}

// Addr returns the address the HTTP server listens on.
func (l *wsListener) Addr() net.Addr { return l.ln.Addr() }

// Close ends the HTTP server, closes the upgrades in progress and waits.
func (l *wsListener) Close() error {
	var err error = net.ErrClosed
	l.once.Do(func() {
		l.mu.Lock()
		l.closed = true
		l.mu.Unlock()
		close(l.closing)
		err = l.srv.Close()
		<-l.served
	})
	l.busy.Wait()
	return err
}

// ServeHTTP upgrades one request and hands the connection to Accept, or passes
// the request to the handler.
func (l *wsListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := r.Context().Value(rawConnKey{}).(net.Conn)
	l.crowd.leave(raw)
	if t, ok := raw.(stater); ok && r.TLS == nil {
		state := t.ConnectionState()
		r.TLS = &state
	}
	upgrade := l.path != "" && (r.URL.Path == l.path || l.path == AnyPath)
	switch {
	case r.ProtoMajor != 1: // only the preface of HTTP/2 gets here
		http.Error(w, "this server speaks HTTP/1.1", http.StatusHTTPVersionNotSupported)
	case l.opts.Handler != nil && !(upgrade && r.Header.Get("Upgrade") != ""):
		l.opts.Handler.ServeHTTP(w, r)
	case upgrade:
		l.upgrade(w, r, raw)
	default:
		http.NotFound(w, r)
	}
}

// stater is a connection over TLS.
type stater interface{ ConnectionState() tls.ConnectionState }

func (l *wsListener) upgrade(w http.ResponseWriter, r *http.Request, raw net.Conn) {
	if !l.enter() {
		return
	}
	defer l.busy.Done()
	if !offers(r, Subprotocol) {
		http.Error(w, "the WebSocket subprotocol must be mqtt", http.StatusBadRequest)
		return
	}
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:    []string{Subprotocol},
		OriginPatterns:  l.opts.Origins,
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return // Accept has answered
	}
	nc := newWSConn(c, raw, true, l.opts.MaxMessage)
	select {
	case l.conns <- nc:
	case <-l.closing:
		_ = c.CloseNow()
	}
}

func (l *wsListener) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.busy.Add(1)
	return true
}

// offers reports whether the client's list of subprotocols holds name.
func offers(r *http.Request, name string) bool {
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		list := strings.Split(line, ",")
		if slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), name) }) {
			return true
		}
	}
	return false
}
