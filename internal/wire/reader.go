package wire

import (
	"fmt"
	"io"

	"mqt/internal/mqtt"
)

// Reader splits a byte stream into packets. Its buffer grows only as bytes
// arrive, never because a length was announced.
type Reader struct {
	// R is where the bytes come from.
	R io.Reader
	// Max is the largest whole packet accepted, in bytes; 0 means no limit
	// but the wire's own. A larger one is refused with reason code 0x95.
	Max int

	buf    []byte
	lo, hi int   // buf[lo:hi] has been read but not returned
	err    error // came together with the last bytes; not yet returned
	full   bool  // the last Read filled the buffer: more is probably waiting
	small  int   // fillings in a row that used little of a large buffer
}

const (
	minBuffer  = 4 << 10  // the first buffer
	busyBuffer = 64 << 10 // a busy stream's buffer grows to this, and keeps it
	idleBuffer = 1 << 20  // a larger one is given back as soon as it is empty
	smallFills = 16       // a larger one than busyBuffer after so many small fillings
	maxEmpty   = 100      // reads in a row that may return nothing
)

// Next returns the next packet's header and body. The body is valid until the
// following call. At a clean end it returns io.EOF, inside a packet
// io.ErrUnexpectedEOF; other errors of R are returned as they are, and Next
// may be called again after a temporary one. After a *mqtt.ReasonError the
// stream cannot be read on. It blocks as long as R does.
func (r *Reader) Next() (Header, []byte, error) {
	for {
		h, err := ParseHeader(r.buf[r.lo:r.hi])
		switch {
		case err == nil && r.Max > 0 && h.Total() > r.Max:
			return h, nil, refuse(mqtt.PacketTooLarge, fmt.Sprintf("packet of %d bytes, limit %d", h.Total(), r.Max))
		case err == nil && h.Total() <= r.hi-r.lo:
			body := r.buf[r.lo+h.Size : r.lo+h.Total() : r.lo+h.Total()]
			r.lo += h.Total()
			return h, body, nil
		case err != nil && err != ErrIncomplete:
			return h, nil, err
		}
		if err := r.fill(); err != nil {
			return Header{}, nil, err
		}
	}
}

// Buffered returns how many bytes have been read but not yet returned.
func (r *Reader) Buffered() int { return r.hi - r.lo }

// fill reads once, after it has made room.
func (r *Reader) fill() error {
	if err := r.err; err != nil {
		r.err = nil
		return r.ending(err)
	}
	r.makeRoom()
	for range maxEmpty {
		n, err := r.R.Read(r.buf[r.hi:])
		r.hi += n
		if n > 0 {
			r.full = r.hi == len(r.buf)
			r.err = err
			return nil
		}
		if err != nil {
			return r.ending(err)
		}
	}
	return io.ErrNoProgress
}

func (r *Reader) ending(err error) error {
	if err == io.EOF && r.hi > r.lo {
		return io.ErrUnexpectedEOF
	}
	return err
}

// makeRoom moves the incomplete packet to the front of the buffer, and doubles
// a buffer that is full of it, or that a busy stream fills with every read.
func (r *Reader) makeRoom() {
	if r.lo == r.hi {
		r.shrink()
	}
	size := len(r.buf)
	switch {
	case size == 0:
		size = minBuffer
	case r.hi-r.lo == size, r.full && size < busyBuffer:
		size *= 2
	}
	r.full = false
	b := r.buf
	if size > len(b) {
		b = make([]byte, size)
	} else if r.lo == 0 {
		return
	}
	r.hi = copy(b, r.buf[r.lo:r.hi])
	r.buf, r.lo = b, 0
}

// shrink gives back a large buffer that is empty and not needed any more.
func (r *Reader) shrink() {
	size := len(r.buf)
	if size <= busyBuffer {
		return
	}
	if r.hi > size/4 {
		r.small = 0
	} else {
		r.small++
	}
	if size > idleBuffer || r.small >= smallFills {
		r.buf, r.lo, r.hi, r.small = make([]byte, busyBuffer), 0, 0, 0
	}
}
