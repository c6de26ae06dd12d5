package client

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"mqt/internal/mqtt"
)

// Client is one logical connection to a broker. Its methods may be called by
// several goroutines at once. It ends with Disconnect or Close, when the
// broker refuses it for good, or, with Options.NoReconnect, when its
// connection is lost.
type Client struct {
	// Set before the goroutines start; read-only after.
	opts    Options
	version mqtt.Version // negotiated; stays for later connections
	cancel  context.CancelFunc

	handler     atomic.Pointer[func(mqtt.Message)]
	handlerSet  chan struct{} // closed when there is a handler
	handlerOnce sync.Once
	handling    atomic.Bool // the handler is running
	batches     chan *batch // from the reader to the dispatcher
	spares      chan *batch // to use again
	dispatched  chan struct{}
	dispatcher  dispatcher // owned by the goroutine of dispatch

	closing   chan struct{} // closed when the client is to end
	closeOnce sync.Once
	done      chan struct{} // closed when it has ended

	mu        sync.Mutex // guards the fields below, each link's, and its outbox's
	room      *sync.Cond // the window may have room, or the client ended
	idle      *sync.Cond // something was written or finished; a link came or went; the client ended
	link      *link      // nil while there is no connection
	window    window
	waiters   int       // publishers who wait
	reporting int       // verdicts of which the publishers do not know yet
	unsent    []verdict // of messages that could not be sent
	carry     []byte    // QoS 0 packets for the next connection
	ended     error     // why nothing is accepted any more
	err       error     // why the client ended; nil after Disconnect
	limits    limits
	subs      []subscription
	clientID  string
	present   bool
	connack   mqtt.Properties
	lastTopic string // checked

	everSubscribed bool
	topic          []byte // scratch for encoding
	props          []byte
	scratch        []byte
}

// Connect connects to a broker and returns when it has accepted. The context
// bounds the connecting only. A refusal is a *mqtt.ReasonError with the Op
// "connect"; a network error is the one of Options.Dial.
func Connect(ctx context.Context, o Options) (*Client, error) {
	o = o.withDefaults()
	if err := o.check(o.Version); err != nil {
		return nil, err
	}
	c := &Client{
		opts: o, clientID: o.ClientID, version: o.Version,
		handlerSet: make(chan struct{}),
		batches:    make(chan *batch, batchQueue),
		spares:     make(chan *batch, batchQueue+2),
		dispatched: make(chan struct{}),
		closing:    make(chan struct{}),
		done:       make(chan struct{}),
		window:     o.window(),
	}
	c.dispatcher = dispatcher{c: c, received: map[uint16]bool{}, topics: map[string]string{}}
	c.room, c.idle = sync.NewCond(&c.mu), sync.NewCond(&c.mu)
	go c.dispatch()
	l, err := c.first(ctx)
	if err != nil {
		c.close()
		<-c.dispatched
		return nil, err
	}
	c.opts.Events(Event{Kind: Connected, SessionPresent: l.connack.SessionPresent})
	life, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	c.establish(l)
	go c.run(life, l)
	return c, nil
}

// Done is closed when the client is over: after Disconnect or Close, when the
// broker has refused it, or when the connection is lost with NoReconnect.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err returns why Done is closed: nil after Disconnect, ErrClosed after Close,
// a *mqtt.ReasonError when the broker ended it. Before, it returns nil.
func (c *Client) Err() error {
	select {
	case <-c.done:
	default:
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Version returns the protocol version in use.
func (c *Client) Version() mqtt.Version { return c.version }

// ClientID returns the client identifier, also when the broker assigned it.
func (c *Client) ClientID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clientID
}

// SessionPresent reports whether the broker resumed a session at the latest
// connection.
func (c *Client) SessionPresent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.present
}

// ConnackProps returns the properties of the latest CONNACK.
func (c *Client) ConnackProps() mqtt.Properties {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.connack
}

// Disconnect is DisconnectWith mqtt.Success: the broker discards the will.
func (c *Client) Disconnect(ctx context.Context) error {
	return c.DisconnectWith(ctx, mqtt.Success)
}

// DisconnectWith flushes, sends DISCONNECT with the code, closes the
// connection and waits for the goroutines, except for a handler that is
// running. It disconnects also when the context ends the flushing; the error
// is then the context's. After the client has ended it returns nil.
func (c *Client) DisconnectWith(ctx context.Context, code mqtt.ReasonCode) error {
	select {
	case <-c.done:
		return nil
	default:
	}
	err := c.Flush(ctx)
	c.end(nil)
	c.close()
	c.mu.Lock()
	l := c.link
	c.mu.Unlock()
	if l != nil {
		l.disconnect(code)
	}
	c.cancel()
	c.wait()
	if errors.Is(err, ErrClosed) {
		return nil // closed by somebody else meanwhile
	}
	return err
}

// Close drops the connection without DISCONNECT, so that the broker publishes
// the will, and waits for the goroutines, except for a handler that is running.
func (c *Client) Close() error {
	c.end(ErrClosed)
	c.close()
	c.cancel()
	c.mu.Lock()
	l := c.link
	c.mu.Unlock()
	if l != nil {
		l.fail(ErrClosed)
	}
	c.wait()
	return nil
}

// end refuses whatever is asked from now on; the first reason stays.
func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil {
		c.err = err
		c.ended = err
		if err == nil {
			c.ended = ErrClosed
		}
	}
	c.room.Broadcast()
	c.idle.Broadcast()
}

// close tells the goroutines to end.
func (c *Client) close() { c.closeOnce.Do(func() { close(c.closing) }) }

// wait waits for the goroutines. A running handler is not waited for: it may
// be the one that closes the client.
func (c *Client) wait() {
	<-c.done
	if !c.handling.Load() {
		<-c.dispatched
	}
}
