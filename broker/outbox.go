package broker

import "mqt/broker/internal/chunk"

// outbox is the bytes waiting to be written to one connection: pooled blocks
// that packets are copied into, and payloads too large to copy, which are
// shared by all their receivers. The zero value is empty and holds no memory.
type outbox struct {
	segs []segment
	size int // bytes
}

// segment is a run of bytes. Its block is nil when the bytes are shared.
type segment struct {
	b   []byte
	blk *chunk.Block
}

// write copies p to the end.
func (o *outbox) write(p []byte) {
	o.size += len(p)
	for len(p) > 0 {
		if n := len(o.segs); n > 0 && o.segs[n-1].blk != nil {
			s := &o.segs[n-1]
			k := min(len(p), cap(s.b)-len(s.b))
			s.b = append(s.b, p[:k]...)
			p = p[k:]
		}
		if len(p) > 0 {
			blk := chunk.Get(max(len(p), min(o.size, 64<<10)))
			o.segs = append(o.segs, segment{b: blk.B[:0], blk: blk})
		}
	}
}

// share adds bytes that nobody changes any more, without copying them.
func (o *outbox) share(p []byte) {
	o.size += len(p)
	o.segs = append(o.segs, segment{b: p})
}

// advance drops the first n bytes, which have been written.
func (o *outbox) advance(n int) {
	o.size -= n
	i := 0
	for ; i < len(o.segs) && n >= len(o.segs[i].b); i++ {
		n -= len(o.segs[i].b)
		o.segs[i].release()
	}
	if i < len(o.segs) {
		o.segs[i].b = o.segs[i].b[n:]
	}
	o.drop(i)
}

// drop removes the first i segments from the list.
func (o *outbox) drop(i int) {
	k := copy(o.segs, o.segs[i:])
	clear(o.segs[k:])
	o.segs = o.segs[:k]
	if k == 0 && cap(o.segs) > 4 {
		o.segs = nil
	}
}

// discard releases everything.
func (o *outbox) discard() {
	for i := range o.segs {
		o.segs[i].release()
	}
	*o = outbox{}
}

// moveTo appends everything to dst, which is empty or about to be written.
func (o *outbox) moveTo(dst *outbox) {
	if len(dst.segs) == 0 {
		*dst, *o = *o, outbox{segs: dst.segs}
		return
	}
	dst.segs = append(dst.segs, o.segs...)
	dst.size += o.size
	clear(o.segs)
	*o = outbox{segs: o.segs[:0]}
}

func (s *segment) release() {
	if s.blk != nil {
		s.blk.Release()
	}
	*s = segment{}
}
