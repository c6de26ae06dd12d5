package client

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

const (
	drainTimeout = 500 * time.Millisecond // for the broker to close after our DISCONNECT
	byeTimeout   = 2 * time.Second        // for our DISCONNECT to be written
	lazyInflight = 64                     // publishes on their way that make a stream
	lazyBytes    = 256                    // a shorter read of acknowledgements is a trickle
	lazyPause    = 150 * time.Microsecond // before the next read of a trickle
	maxGreeting  = 1 << 20                // bytes of a packet up to CONNACK
)

var (
	errDeadPeer = errors.New("the broker does not answer pings")
	errNoAnswer = errors.New("the broker closed the connection without answering CONNECT")

	errDeaf error = &mqtt.ReasonError{Code: mqtt.ReceiveMaximumExceeded, Reason: "the broker does not read acknowledgements"}
)

// link is one network connection to the broker. To paho it is a net.Conn that
// speaks MQTT 5 and, as a sync.Locker, sees where packets begin and end; paho
// gets only the answers to its own requests. Everything else is handled here,
// in the goroutine in which paho reads.
type link struct {
	// Set before the goroutines start; read-only after.
	c       *Client
	nc      net.Conn
	version mqtt.Version
	connect []byte // the CONNECT to send in place of paho's
	out     outbox
	reqs    *requests
	pings   pinger
	engine  *paho.Client

	// Owned by the reading goroutine.
	exchange Exchange // enhanced authentication, nil without
	rd       wire.Reader
	feed     []byte // MQTT 5 bytes that paho has yet to read
	lastRead int    // bytes of the last read
	batch    *batch // what the dispatcher gets next
	acks     []verdict
	readAt   time.Time // when bytes last arrived

	// Set by the reading goroutine before paho sees the CONNACK.
	connack wire.Connack
	answer  bool // a CONNACK came

	// Owned by whoever holds packetMu: paho, for the length of a packet.
	packetMu sync.Mutex
	packet   []byte

	// Guarded by Client.mu.
	quota    int               // publishes on their way at once
	quota2   int               // those of QoS 2 among them
	inflight [3]int            // publishes sent on this link and not acknowledged, by QoS
	aliases  map[uint16]string // topic aliases the broker knows from us

	fruitful atomic.Bool // a message came, or the verdict on one
	leaving  atomic.Bool // DISCONNECT was sent: what still arrives is discarded
	eof      chan struct{}
	eofOnce  sync.Once
	closed   chan struct{}
	failMu   sync.Mutex // guards err
	err      error      // why the link is closed
	failOnce sync.Once
}

func newLink(c *Client, nc net.Conn, v mqtt.Version) *link {
	l := &link{
		c: c, nc: nc, version: v,
		reqs:   c.opts.requests(),
		eof:    make(chan struct{}),
		closed: make(chan struct{}),
	}
	l.rd = wire.Reader{R: &source{l: l}, Max: maxGreeting}
	if most := l.maxPacket(); most > 0 {
		l.rd.Max = min(most, maxGreeting)
	}
	l.pings = pinger{l: l, base: time.Now()}
	l.out = outbox{
		nc: nc, mu: &c.mu, stop: l.closed, fail: l.fail,
		refill: func() { c.pump(l) },
		wrote:  c.idle.Broadcast,
		after:  c.reportUnsent,
		kick:   make(chan struct{}, 1),
		hurry:  make(chan struct{}, 1),
	}
	l.out.ended.Add(1)
	go l.out.run()
	return l
}

// maxPacket returns the largest packet that the broker may send; 0 is any.
func (l *link) maxPacket() int {
	most, _ := l.c.opts.Props.Uint(mqtt.PropMaximumPacketSize)
	return int(most)
}

// fail closes the link for a reason; only the first one counts.
func (l *link) fail(err error) {
	l.failOnce.Do(func() {
		l.failMu.Lock()
		l.err = err
		l.failMu.Unlock()
		close(l.closed)
		_ = l.nc.Close() // the connection is over either way
	})
}

// refuse tells the broker which rule it broke, if the version can, and closes.
func (l *link) refuse(err error) error {
	var re *mqtt.ReasonError
	deaf := errors.Is(err, errDeaf) // a broker that reads nothing reads no DISCONNECT
	if errors.As(err, &re) && l.version == mqtt.V5 && l.answer && !deaf {
		l.sayBye(&wire.Disconnect{Code: re.Code})
	}
	l.fail(err)
	return err
}

// sayBye writes what is pending and then a DISCONNECT.
func (l *link) sayBye(p *wire.Disconnect) {
	l.leaving.Store(true)
	l.c.mu.Lock()
	if b, err := p.Append(l.out.buf, l.version); err == nil && !l.out.closed {
		l.out.buf = b
	}
	l.c.mu.Unlock()
	stuck := time.AfterFunc(byeTimeout, func() { l.fail(net.ErrClosed) })
	l.out.flush()
	stuck.Stop()
}

// cause returns why the link is closed, nil while it is not.
func (l *link) cause() error {
	l.failMu.Lock()
	defer l.failMu.Unlock()
	return l.err
}

// Close implements net.Conn for paho. After a DISCONNECT it waits a moment for
// the broker to close: closing first could destroy what is on its way to it.
func (l *link) Close() error {
	if l.leaving.Load() && l.c.subscribed() {
		t := time.NewTimer(drainTimeout)
		defer t.Stop()
		select {
		case <-l.eof:
		case <-l.closed:
		case <-t.C:
		}
	}
	l.fail(net.ErrClosed)
	return nil
}

// LocalAddr implements net.Conn.
func (l *link) LocalAddr() net.Addr { return l.nc.LocalAddr() }

// RemoteAddr implements net.Conn.
func (l *link) RemoteAddr() net.Addr { return l.nc.RemoteAddr() }

// SetDeadline implements net.Conn; the link has deadlines of its own.
func (l *link) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn; see SetDeadline.
func (l *link) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn; see SetDeadline.
func (l *link) SetWriteDeadline(time.Time) error { return nil }

// source is where the link's packet reader gets its bytes: the network. Before
// it blocks there, everything that was read is passed on.
type source struct{ l *link }

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	l := s.l
	l.settle()
	l.pings.reading()
	if l.trickling() {
		time.Sleep(lazyPause)
	}
	n, err := l.nc.Read(p)
	l.lastRead = n
	l.pings.received(n)
	if err == nil {
		l.batchTime()
	}
	return n, err
}

// trickling reports whether acknowledgements come one by one although many
// publishes are on their way: they are better read together.
func (l *link) trickling() bool {
	if l.lastRead == 0 || l.lastRead >= lazyBytes {
		return false
	}
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.inflight[1]+l.inflight[2] >= lazyInflight
}

// readError turns the end of the stream into what it means.
func (l *link) readError(err error) error {
	var re *mqtt.ReasonError
	switch {
	case errors.As(err, &re):
		return l.refuse(err)
	case l.leaving.Load():
	case !l.answer && isHangup(err):
		err = errNoAnswer
	case errors.Is(err, io.EOF):
		err = errors.New("the broker closed the connection")
	}
	l.eofOnce.Do(func() { close(l.eof) })
	l.fail(err)
	return err
}
