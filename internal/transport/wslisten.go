package transport

import (
	"context"
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
	headerTimeout  = 10 * time.Second
	maxHeaderBytes = 16 << 10
)

type rawConnKey struct{}

// wsListener is an HTTP server that yields the connections it upgraded.
type wsListener struct {
	ln    net.Listener
	srv   *http.Server
	path  string
	opts  ListenOptions
	conns chan net.Conn

	closing chan struct{}
	once    sync.Once
	served  chan struct{} // closed when the HTTP server has returned
	err     error         // why it returned; read after served is closed
	busy    sync.WaitGroup
	mu      sync.Mutex // orders busy.Add before busy.Wait
	closed  bool
}

func listenWS(ln net.Listener, path string, secure bool, o ListenOptions) net.Listener {
	if path == "" {
		path = DefaultPath
	}
	l := &wsListener{
		ln: ln, path: path, opts: o,
		conns:   make(chan net.Conn),
		closing: make(chan struct{}),
		served:  make(chan struct{}),
	}
	l.srv = &http.Server{
		Handler:           l,
		ReadHeaderTimeout: headerTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // a stranger's bad request is not our news
		ConnContext: func(ctx context.Context, nc net.Conn) context.Context {
			return context.WithValue(ctx, rawConnKey{}, nc)
		},
	}
	serve := func() error { return l.srv.Serve(ln) }
	if secure {
		l.srv.TLSConfig = o.TLS.Clone()
		l.srv.TLSConfig.NextProtos = []string{"http/1.1"} // HTTP/2 cannot be upgraded
		serve = func() error { return l.srv.ServeTLS(ln, "", "") }
	}
	go func() {
		defer close(l.served)
		l.err = serve()
	}()
	return l
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
			return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.ln.Addr(), Err: l.err}
		}
	}
	return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.ln.Addr(), Err: net.ErrClosed}
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

// ServeHTTP upgrades one request and hands the connection to Accept.
func (l *wsListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !l.enter() {
		return
	}
	defer l.busy.Done()
	if r.URL.Path != l.path {
		http.NotFound(w, r)
		return
	}
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
	raw, _ := r.Context().Value(rawConnKey{}).(net.Conn)
	nc := newWSConn(c, raw, l.opts.MaxMessage)
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
