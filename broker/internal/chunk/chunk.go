// Package chunk lends blocks of bytes in three sizes, so that buffers of a
// broker's connections exist only while something is in them.
package chunk

import "sync"

// Max is the size of the largest block, in bytes.
const Max = 64 << 10

// sizes are the capacities of the classes, in bytes, smallest first.
var sizes = [...]int{512, 4 << 10, Max}

// Block is a block of bytes on loan. It must not be used after Release.
type Block struct {
	// B has length zero and the capacity of the block's class.
	B     []byte
	class int
}

var pools [len(sizes)]sync.Pool

// Get lends the smallest block that holds n bytes, the largest one when none
// does.
func Get(n int) *Block {
	class := 0
	for class < len(sizes)-1 && sizes[class] < n {
		class++
	}
	if b, ok := pools[class].Get().(*Block); ok {
		return b
	}
	return &Block{B: make([]byte, 0, sizes[class]), class: class}
}

// Release gives the block back.
func (b *Block) Release() {
	b.B = b.B[:0]
	pools[b.class].Put(b)
}
