package pub

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"mqt/internal/mqtt"
)

// MaxPayload is the most bytes the remaining length of a packet allows,
// MQTT 5.0 section 2.1.4. A message's topic and properties count too.
const MaxPayload = 268_435_455

const (
	chunkSize = 128 << 10 // bytes asked of a reader at once
	minRead   = 4 << 10   // do not ask a reader for less
)

// Lines yields a copy of m for each line of r, with the line as its payload.
// Exactly one \n is taken off the end of a line: a \r stays, an empty line is
// an empty message, a last line without \n is a message too. Lines may have up
// to MaxPayload bytes and hold any byte but \n. A line is yielded as soon as
// r has returned its \n.
//
// At QoS 0 a payload is valid until the next one is asked for; at QoS 1 and 2
// it is never written to again.
func Lines(m mqtt.Message, r io.Reader) iter.Seq2[mqtt.Message, error] {
	return Split(m, r, '\n')
}

// Split is Lines for lines that end with another byte, such as NUL.
func Split(m mqtt.Message, r io.Reader, end byte) iter.Seq2[mqtt.Message, error] {
	return split(r, lineReader{ending: end, reuse: m.QoS == mqtt.AtMostOnce}, func(line []byte) (mqtt.Message, error) {
		m.Payload = line
		return m, nil
	})
}

// split yields what message makes of each line of r. Errors of message name
// the line; the first ends it.
func split(r io.Reader, form lineReader, message func(line []byte) (mqtt.Message, error)) iter.Seq2[mqtt.Message, error] {
	return func(yield func(mqtt.Message, error) bool) {
		lr := form
		lr.r = r
		for {
			line, err := lr.next()
			if err == io.EOF {
				return
			}
			var m mqtt.Message
			if err == nil {
				if m, err = message(line); err != nil {
					err = fmt.Errorf("line %d: %w", lr.lines, err)
				}
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// lineReader cuts what a reader returns into lines without copying them.
// buf[start:end] is read but not yet returned, and buf[start:scanned] is known
// to hold no ending.
type lineReader struct {
	r      io.Reader
	ending byte // of each line, but perhaps the last
	reuse  bool // buf may be overwritten once its lines were returned

	buf                 []byte
	start, scanned, end int
	lines               uint64 // returned so far
	err                 error  // of r, sticky
}

// next returns the next line without its ending, or io.EOF after the last one.
func (l *lineReader) next() ([]byte, error) {
	for {
		if i := bytes.IndexByte(l.buf[l.scanned:l.end], l.ending); i >= 0 {
			line := l.buf[l.start : l.scanned+i : l.scanned+i]
			l.start = l.scanned + i + 1
			l.scanned = l.start
			l.lines++
			return line, nil
		}
		l.scanned = l.end
		if l.end-l.start > MaxPayload {
			return nil, fmt.Errorf("line %d is longer than %d bytes, the most an MQTT packet can carry", l.lines+1, MaxPayload)
		}
		if l.err != nil {
			return l.last()
		}
		l.fill()
	}
}

func (l *lineReader) last() ([]byte, error) {
	if !errors.Is(l.err, io.EOF) {
		return nil, fmt.Errorf("read line %d: %w", l.lines+1, l.err)
	}
	if l.start == l.end {
		return nil, io.EOF
	}
	line := l.buf[l.start:l.end:l.end]
	l.start = l.end
	l.lines++
	return line, nil
}

// fill reads once, after making room.
func (l *lineReader) fill() {
	if len(l.buf)-l.end < minRead {
		l.makeRoom()
	}
	for range 100 { // as bufio does, give up on a reader that returns nothing
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		l.err = err
		if n > 0 || err != nil {
			return
		}
	}
	l.err = io.ErrNoProgress
}

// makeRoom moves the incomplete line to the front of a buffer that has room
// behind it: the same one when it may be overwritten and is large enough.
func (l *lineReader) makeRoom() {
	rest := l.buf[l.start:l.end]
	to := l.buf
	if size := max(chunkSize, 2*len(rest)); !l.reuse || len(l.buf) < size {
		to = make([]byte, size)
	}
	l.end = copy(to, rest)
	l.scanned -= l.start
	l.start = 0
	l.buf = to
}
