package broker

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"mqt/broker/internal/chunk"
	"mqt/broker/internal/wheel"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// link is what an engine gives a conn to write with. write is called by one
// goroutine at a time; the others from anywhere while the conn is not closed.
type link interface {
	// write sends what it can without blocking and returns how many bytes
	// that was; fewer than given and no error means the line is full. An
	// engine whose async returns true may block until all is sent.
	write(segs []segment) (int, error)
	// async reports whether write may block, so that it needs a goroutine.
	async() bool
	// watchWrite says whether conn.writable is to be called when the line has
	// room. Called with conn.mu held.
	watchWrite(on bool)
	// finish ends the sending side, so that the peer sees the end after
	// everything that was sent.
	finish()
	// kill makes the reading side see the end at once.
	kill()
	// close frees the socket.
	close()
	// remote returns the peer's address.
	remote() string
	// resume makes the reading goroutine call conn.resumed and then carry on
	// with what was kept.
	resume(c *conn)
}

type connState uint8

const (
	stateNew     connState = iota // CONNECT is awaited
	stateOpen                     // CONNECT was accepted
	stateClosing                  // the last bytes are being sent; input is discarded
	stateClosed                   // the socket is closed, or will be by whoever is writing
)

// lingerTime is how long a connection that the server ended may take to read
// the goodbye and close its side.
const lingerTime = time.Second

// conn is one connection: the protocol between bytes in and bytes out.
type conn struct {
	srv *Server
	lk  link

	// Set while CONNECT is handled, before the state becomes stateOpen;
	// read-only after.
	sess      *session
	version   mqtt.Version
	picky     bool  // not every QoS, or not RETAIN, is accepted of the client
	place     int32 // of the listener's flow in the list; set from the start
	keepAlive int64 // nanoseconds of silence tolerated; 0 is for ever
	maxOut    int   // largest packet the client accepts, in bytes; 0 is any
	window    int   // QoS 1 and 2 messages that may be unacknowledged by the client
	recvMax   int   // QoS 2 messages the client may have open
	terse     bool  // the client wants no reason strings

	on *listener // set from the start

	// Owned by the reading goroutine.
	in        *chunk.Block // the front part of a packet that is still arriving
	big       []byte       // the same, when it outgrew the largest block
	maxIn     int
	aliasIn   map[uint16][]byte
	permits   permits
	admission *admission // a CONNECT that is being decided on
	waiting   bool       // for the Authorizer: input has to wait too
	heldSeq   uint64     // answers up to here wait for the store

	// Written by the reading goroutine with mu held, which it does not need to
	// read it.
	info  *ConnectInfo // nil before CONNECT, and when nobody asks
	trace *connTrace   // nil: the packets are not traced

	aliasOut *aliasTable // nil: none; its content is guarded by session.mu
	will     *will       // guarded by session.mu
	expiry   uint32      // session expiry interval in seconds; guarded by session.mu

	lastRead atomic.Int64 // the server's clock
	crowded  atomic.Bool  // more than outboxHigh bytes are pending
	owing    atomic.Bool  // a message of the client stays without acknowledgement
	timer    wheel.Timer

	mu        sync.Mutex // guards the fields below; taken after session.mu
	state     connState
	out       outbox // to be written
	dirty     bool   // some batch will flush
	flushing  bool   // some goroutine is writing
	again     bool   // it must look again before it stops
	blocked   bool   // the line is full; writable will be called
	detached  bool   // parted from the session, or never to have one
	announced bool   // the client was said to be connected
	traced    bool   // trace is set
	progress  int64  // when the client last took something, while blocked
	reason    error  // why the connection ends; the first one counts

	writing outbox // being written; owned by whoever set flushing
}

// Why a connection ends.
var (
	errShutdown    = &mqtt.ReasonError{Code: mqtt.ServerShuttingDown}
	errTakenOver   = &mqtt.ReasonError{Code: mqtt.SessionTakenOver, Reason: "another client connected with this client identifier"}
	errStalled     = &mqtt.ReasonError{Code: mqtt.QuotaExceeded, Reason: "the client takes nothing of what is waiting for it"}
	errSilent      = &mqtt.ReasonError{Code: mqtt.KeepAliveTimeout, Reason: "nothing was received for one and a half times the keep alive"}
	errNoConnect   = errors.New("no CONNECT within the connect timeout")
	errGoodbye     = errors.New("client disconnected")
	errGoodbyeWill = errors.New("client disconnected and asked for its will")
	errLost        = errors.New("connection closed by the client without DISCONNECT")
)

// consume handles the packets at the front of data and returns how many bytes
// they took. It stops early when the batch met congestion, and with an error
// when the connection has to end.
func (c *conn) consume(b *batch, data []byte) (n int, err error) {
	for n < len(data) && b.congested == nil && !b.behind && !c.waiting {
		h, err := wire.ParseHeader(data[n:])
		if err == wire.ErrIncomplete {
			break
		}
		if err != nil {
			return n, err
		}
		total := h.Total()
		if total > c.maxIn {
			return n, &mqtt.ReasonError{Code: mqtt.PacketTooLarge, Reason: "the packet is larger than the maximum packet size"}
		}
		if n+total > len(data) {
			break
		}
		b.in.msgsIn++
		if c.trace != nil {
			c.trace.packet(false, data[n:n+total], nil)
		}
		if err := c.handle(b, h, data[n+h.Size:n+total]); err != nil {
			return n, err
		}
		n += total
	}
	return n, nil
}

// received is what both engines call with newly read bytes, which follow
// whatever was kept before. It returns how many bytes to keep from the end.
func (c *conn) received(b *batch, data []byte) int {
	c.lastRead.Store(b.now)
	if c.isClosing() {
		return 0
	}
	n, err := c.consume(b, data)
	b.count(c).take(&b.in)
	if err != nil {
		c.disconnect(b, err)
		return 0
	}
	return len(data) - n
}

func (c *conn) isClosing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state >= stateClosing
}

// disconnect ends the connection from the server's side, politely: the client
// is told why as far as its version allows, what is pending is sent, and the
// client gets a moment to close first. Safe from any goroutine; b may be nil.
func (c *conn) disconnect(b *batch, why error) {
	if b == nil {
		b = c.srv.takeBatch()
		defer c.srv.putBatch(b)
	}
	c.mu.Lock()
	if c.state >= stateClosing {
		c.mu.Unlock()
		return
	}
	if bye := c.goodbye(why); bye != nil {
		c.out.write(bye)
		if c.trace != nil {
			c.trace.packet(true, bye, nil)
		}
		t := b.count(c)
		t.msgsOut++
		t.bytesOut += int64(len(bye))
	}
	c.state, c.reason = stateClosing, why
	b.markDirtyLocked(c)
	c.mu.Unlock()
	c.srv.wheel.Schedule(&c.timer, time.Now().Add(lingerTime), (*connTimer)(c))
	c.detach(b, why)
}

// goodbye returns the last packet for the client, nil when there is none to
// send. [MQTT-4.13.1-1]
func (c *conn) goodbye(why error) []byte {
	re, ok := asReason(why)
	if !ok {
		return nil
	}
	var props mqtt.Properties
	if re.Reason != "" {
		props.SetText(mqtt.PropReasonString, re.Reason)
	}
	var p wire.Packet
	switch {
	case c.state == stateOpen && c.version == mqtt.V5:
		p = &wire.Disconnect{Code: re.Code, Props: props}
	case c.state == stateNew && c.version != 0:
		p = refusal(c.version, re.Code, props)
	}
	if p == nil {
		return nil
	}
	bye, err := p.Append(nil, c.version)
	if err == nil && !c.accepts(len(bye)) && len(props) > 0 {
		return c.goodbye(&mqtt.ReasonError{Code: re.Code}) // [MQTT-3.14.2-3]
	}
	if err != nil || !c.accepts(len(bye)) {
		return nil
	}
	return bye
}

// refusal returns the CONNACK that refuses a connection, nil where the version
// has no return code for the reason: it then closes without one.
// [MQTT-3.2.2-6]
func refusal(v mqtt.Version, code mqtt.ReasonCode, props mqtt.Properties) wire.Packet {
	if code == mqtt.ServerShuttingDown { // not a code of CONNACK
		code = mqtt.ServerUnavailable
	}
	if v != mqtt.V5 {
		switch code {
		case mqtt.UnsupportedProtocolVersion, mqtt.ClientIdentifierNotValid, mqtt.ServerUnavailable,
			mqtt.BadUserNameOrPassword, mqtt.NotAuthorized:
		default:
			return nil
		}
	}
	return &wire.Connack{Code: code, Props: props}
}

// abort ends the connection without ceremony: the reading side sees the end.
func (c *conn) abort(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == stateClosed {
		return
	}
	if c.reason == nil {
		c.reason = why
	}
	c.lk.kill()
}

// gone is called by the reading goroutine when nothing more comes: the last
// thing that happens to a conn. The client sees the end of the socket after
// its session knows.
func (c *conn) gone(b *batch, err error) {
	if errors.Is(err, io.EOF) {
		err = errLost
	}
	c.mu.Lock()
	if c.reason == nil {
		c.reason = err
	}
	why := c.reason
	c.mu.Unlock()
	c.detach(b, why)
	c.mu.Lock()
	c.state = stateClosed
	c.out.discard()
	if !c.flushing {
		c.shut()
	}
	c.mu.Unlock()
	c.srv.release(c)
	c.keep(nil)
}

// shut frees the socket. Called with mu held, by the last user of the socket.
func (c *conn) shut() {
	c.writing.discard()
	c.lk.close()
}

// detach parts the connection and its session, once.
func (c *conn) detach(b *batch, why error) {
	c.mu.Lock()
	first, sess, announced, info := !c.detached, c.sess, c.announced, c.info
	c.detached = true
	c.mu.Unlock()
	if !first {
		return
	}
	c.srv.stats.closed[closeReasonOf(why)].Add(1)
	if announced {
		c.left(why)
	}
	if sess == nil {
		c.logUnaccepted(info, why)
		return
	}
	if why != errGoodbye {
		sess.vetWill(c)
	}
	sess.detach(b, c, why)
}

// keep stores the front part of a packet until the rest arrives. rest may
// alias what was kept before.
func (c *conn) keep(rest []byte) {
	if len(rest) > chunk.Max {
		c.big = append(c.big[:0], rest...)
		c.dropBlock()
		return
	}
	old := c.in
	c.in = nil
	if len(rest) > 0 {
		c.in = chunk.Get(len(rest))
		c.in.B = append(c.in.B[:0], rest...)
	}
	if old != nil {
		old.Release()
	}
	c.big = nil
}

func (c *conn) dropBlock() {
	if c.in != nil {
		c.in.Release()
		c.in = nil
	}
}

// kept returns the front part of a packet that arrived earlier.
func (c *conn) kept() []byte {
	switch {
	case c.big != nil:
		return c.big
	case c.in != nil:
		return c.in.B
	}
	return nil
}

// readInto returns a buffer to read into, whose first k bytes are what was
// kept: the worker's own, or the connection's when a packet outgrew that. The
// connection's grows by half of what has arrived, never by an announced length.
func (c *conn) readInto(buf []byte) (b []byte, k int) {
	kept := c.kept()
	if len(kept) <= len(buf)/2 {
		return buf, copy(buf, kept)
	}
	if c.big == nil {
		c.big = append(make([]byte, 0, 2*len(kept)), kept...)
		c.dropBlock()
	}
	if cap(c.big)-len(c.big) < len(c.big)/2 {
		c.big = append(make([]byte, 0, 2*len(c.big)), c.big...)
	}
	return c.big[:cap(c.big)], len(c.big)
}
