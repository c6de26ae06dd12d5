package wal

import (
	"encoding/binary"
	"fmt"
	"io"
)

// window is how many bytes are read at a time.
const window = 256 << 10

// frame is a complete frame whose checksum matched.
type frame struct {
	kind    uint32
	seq     uint64
	payload []byte // valid until the next call of the reader
	off     int64
	end     int64
}

// reader finds frames in one file. It allocates no more than the file is long,
// whatever lengths the file claims.
type reader struct {
	f    io.ReaderAt
	size int64
	head header
	sealer
	low, high uint64 // no frame of this file can have a sequence number outside

	buf  []byte // the file's bytes from base on
	base int64
}

// newReader reads the header; the reason is empty when it is good.
func newReader(f File) (r *reader, reason string, err error) {
	size, err := f.Size()
	if err != nil {
		return nil, "", err
	}
	r = &reader{f: f, size: size}
	b, err := r.at(0, int(min(size, headerSize)))
	if err != nil {
		return nil, "", err
	}
	r.head, reason = parseHeader(b)
	r.sealer = r.head.sealer()
	r.low, r.high = r.head.first-1, r.head.first+uint64(size)/frameSize
	if r.head.kind == kindSnap {
		r.low, r.high = 0, uint64(size)/frameSize
	}
	return r, reason, nil
}

// at returns n bytes of the file, or nil when it ends before.
func (r *reader) at(off int64, n int) ([]byte, error) {
	if off+int64(n) > r.size {
		return nil, nil
	}
	if i := off - r.base; i < 0 || i+int64(n) > int64(len(r.buf)) {
		if err := r.load(off, n); err != nil {
			return nil, err
		}
	}
	i := int(off - r.base)
	return r.buf[i : i+n : i+n], nil
}

func (r *reader) load(off int64, n int) error {
	want := int(min(int64(max(n, window)), r.size-off))
	if cap(r.buf) < want || cap(r.buf) > 4*max(want, window) {
		r.buf = make([]byte, want)
	}
	r.buf, r.base = r.buf[:want], off
	got, err := r.f.ReadAt(r.buf, off)
	if got < want {
		r.buf = r.buf[:0]
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("read at offset %d: %w", off, err)
	}
	return nil
}

// frame returns the frame at off; ok is false when there is no valid one.
func (r *reader) frame(off int64) (f frame, ok bool, err error) {
	b, err := r.at(off, frameSize)
	if b == nil || err != nil {
		return f, false, err
	}
	word := binary.LittleEndian.Uint32(b)
	n := int(word & lengthMask)
	f = frame{kind: word >> kindShift, seq: binary.LittleEndian.Uint64(b[8:]) ^ r.salt, off: off}
	switch f.kind {
	case frameRecord:
		ok = n > 0 && n <= MaxRecord
	case frameMark, frameEnd:
		ok = n == 0
	}
	if !ok || f.seq < r.low || f.seq > r.high {
		return f, false, nil
	}
	b, err = r.at(off, frameSize+n)
	if b == nil || err != nil || r.sum(b) != binary.LittleEndian.Uint32(b[4:]) {
		return f, false, err
	}
	f.payload, f.end = b[frameSize:], off+int64(len(b))
	return f, true, nil
}

// rest is what lies behind the last good frame.
type rest struct {
	bytes   int64  // up to the last byte that is not zero
	records uint64 // complete ones among them
	synced  bool   // a mark says that the first record missing here was synced
	next    int64  // offset of the first record among them; 0 when there is none
}

// search describes the file from off on, where the record expect should have
// been. It ends early when it has found a record (first) or a mark that says
// the missing one was synced.
func (r *reader) search(off int64, expect uint64, first bool) (s rest, err error) {
	for p := off; ; {
		q, err := r.skipZeros(p)
		if err != nil || q == r.size {
			return s, err
		}
		p = max(p, q-3) // a frame starts with up to three zero bytes
		f, ok, err := r.frame(p)
		if err != nil {
			return s, err
		}
		if !ok {
			p++
			s.bytes = max(s.bytes, q+1-off)
			continue
		}
		p = f.end
		s.bytes = f.end - off
		s.synced = s.synced || f.kind == frameMark && f.seq >= expect
		if f.kind == frameRecord && f.seq >= expect {
			s.records++
			if s.next == 0 {
				s.next = f.off
			}
		}
		if s.synced && s.next != 0 || first && s.next != 0 {
			return s, nil
		}
	}
}

// skipZeros returns the offset of the first byte from off on that is not zero,
// or the file's size.
func (r *reader) skipZeros(off int64) (int64, error) {
	for off < r.size {
		n := int64(len(r.buf)) - (off - r.base) // what is already in the buffer
		if off < r.base || n <= 0 {
			n = min(window, r.size-off)
		}
		b, err := r.at(off, int(n))
		if err != nil {
			return 0, err
		}
		for len(b) >= 8 && binary.LittleEndian.Uint64(b) == 0 {
			b, off = b[8:], off+8
		}
		for _, c := range b {
			if c != 0 {
				return off, nil
			}
			off++
		}
	}
	return r.size, nil
}
