package client

import (
	"net"
	"sync"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

const (
	flushSize    = 32 << 10               // an appender that reaches this writes it out itself
	refillSize   = 256 << 10              // pending bytes at which resends and queued publishes wait
	streamPause  = 200 * time.Microsecond // between two writes of a stream of small packets
	streamOf     = 4                      // packets in one write that make a stream
	mostAnswers  = 2 * 65536              // unread acknowledgements: one for each identifier, each way
	keepBuffer   = 1 << 20                // a larger buffer is not kept
	writeTimeout = time.Minute            // without any progress
)

// outbox gathers packets and writes them to one network connection. A packet
// after a pause is written at once; in a stream they are gathered until
// flushSize is reached, streamPause is over or somebody is in a hurry.
type outbox struct {
	nc net.Conn

	wmu sync.Mutex // held while writing; taken before mu, never after

	mu      *sync.Mutex // the client's; guards the fields below
	buf     []byte      // whole packets, not yet being written
	packets int         // in buf
	answers int         // acknowledgements in buf of what the broker sends
	chunk   []byte      // being written
	done    int         // bytes of chunk that were written
	closed  bool        // nothing can be appended any more
	last    time.Time   // of the last write
	stream  bool        // the last write held many packets
	kicked  bool        // the flusher knows
	spare   []byte

	refill func()         // called with mu held before each write: appends what waits for room
	wrote  func()         // called with mu held after each write
	after  func()         // called without locks after a flush
	kick   chan struct{}  // there is something to write
	hurry  chan struct{}  // and it should be written now
	fail   func(error)    // called without locks when a write fails
	stop   chan struct{}  // ends run
	ended  sync.WaitGroup // run
}

// add accounts for a packet that was appended to buf; urgent ones do not wait
// for company. The caller holds mu.
func (o *outbox) add(urgent bool) {
	o.packets++
	if !o.kicked {
		o.kicked = true
		notify(o.kick)
	}
	if urgent {
		notify(o.hurry)
	}
}

// answer appends an acknowledgement of what the broker sent. One that does not
// read them while it sends more than there are packet identifiers is refused.
// The caller holds mu.
func (o *outbox) answer(p *wire.Ack, v mqtt.Version) error {
	if o.closed {
		return nil
	}
	if o.answers >= mostAnswers {
		return errDeaf
	}
	b, err := p.Append(o.buf, v)
	if err != nil {
		return err
	}
	o.buf = b
	o.answers++
	o.add(false)
	return nil
}

func notify(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// run writes what is appended until stop is closed.
func (o *outbox) run() {
	defer o.ended.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-o.kick:
		case <-o.hurry:
		case <-o.stop:
			return
		}
		for d := o.pause(); d > 0; d = o.pause() {
			timer.Reset(d)
			select {
			case <-timer.C:
				continue
			case <-o.hurry:
			case <-o.stop:
				return
			}
			break
		}
		o.flush()
	}
}

// pause returns how long the flusher may wait for more.
func (o *outbox) pause() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.stream {
		return 0
	}
	return streamPause - time.Since(o.last)
}

// flush writes what is pending and what refill adds. It blocks while the peer
// does not read.
func (o *outbox) flush() {
	o.drain()
	o.after()
}

func (o *outbox) drain() {
	o.wmu.Lock()
	defer o.wmu.Unlock()
	for o.take() {
		n, err := o.write()
		o.mu.Lock()
		o.done = n
		if err != nil {
			o.mu.Unlock()
			o.fail(err)
			return
		}
		if cap(o.chunk) <= keepBuffer {
			o.spare = o.chunk[:0]
		}
		o.chunk, o.done = nil, 0
		o.wrote()
		o.mu.Unlock()
	}
}

// take moves the pending bytes to chunk, and reports whether there are any.
func (o *outbox) take() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kicked = false
	if o.closed || o.chunk != nil {
		return false
	}
	o.refill()
	if len(o.buf) == 0 {
		return false
	}
	o.chunk, o.buf, o.spare = o.buf, o.spare, nil
	o.stream, o.packets, o.answers, o.last = o.packets >= streamOf, 0, 0, time.Now()
	return true
}

// write sends chunk. A deadline passes only when nothing at all was sent.
func (o *outbox) write() (n int, err error) {
	for {
		if err := o.nc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return n, err
		}
		m, err := o.nc.Write(o.chunk[n:])
		n += m
		if err == nil || n == len(o.chunk) {
			return n, nil
		}
		if ne, ok := err.(net.Error); !ok || !ne.Timeout() || m == 0 {
			return n, err
		}
	}
}

// idle reports whether everything has been written. The caller holds mu.
func (o *outbox) idle() bool { return len(o.buf) == 0 && o.chunk == nil }

// leftovers closes the outbox and yields its QoS 0 messages that were not
// written completely, as packets. The caller holds mu; no write may be going on.
func (o *outbox) leftovers(yield func(flags byte, body []byte)) {
	o.closed = true
	skip := o.done
	for _, b := range [][]byte{o.chunk, o.buf} {
		for h, p := range packetsOf(b) {
			if h.Type == wire.PUBLISH && h.Total() > skip && mqtt.QoS(h.Flags>>1&3) == 0 {
				yield(h.Flags, p[h.Size:])
			}
			skip = max(0, skip-h.Total())
		}
	}
	o.chunk, o.buf = nil, nil
}
