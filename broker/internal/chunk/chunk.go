// Package chunk lends byte blocks of three sizes, so that bytes waiting for a
// slow network cost neither an allocation nor garbage, and an idle connection
// holds none.
package chunk

import "sync"

// Max is the capacity of the largest blocks, in bytes.
const Max = 64 << 10

// Capacities of the smaller blocks, in bytes.
const (
	small  = 512
	medium = 4 << 10
)

// Block is a byte buffer on loan. Between Get and Release it belongs to the
// borrower, who may change B at will; a B that outgrew its capacity or was cut
// at the front does no harm.
type Block struct {
	// B is empty when lent, with the capacity of the block's class.
	B []byte

	whole []byte
	pool  *sync.Pool
	free  bool // kept with the race detector only
}

// pools are caches and hold no state: blocks are interchangeable, and the
// garbage collector empties them when memory is short.
var pools [3]sync.Pool

// Get lends a block of the smallest class that holds n bytes, 512, 4 Ki or Max,
// or of the largest when none does.
func Get(n int) *Block {
	pool, size := &pools[0], small
	switch {
	case n > medium:
		pool, size = &pools[2], Max
	case n > small:
		pool, size = &pools[1], medium
	}
	b, ok := pool.Get().(*Block)
	if !ok {
		whole := make([]byte, 0, size)
		return &Block{B: whole, whole: whole, pool: pool}
	}
	b.free = false
	return b
}

// Release gives the block back; neither it nor its bytes may be used after.
// Releasing twice lends the same memory to two borrowers; under the race
// detector it panics.
func (b *Block) Release() {
	if checked {
		b.check()
	}
	b.B = b.whole
	b.pool.Put(b)
}

// check marks b as free, and panics when it already was.
func (b *Block) check() {
	if b.free {
		panic("chunk: block released twice")
	}
	b.free = true
}
