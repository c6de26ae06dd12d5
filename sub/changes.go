package sub

import (
	"hash/maphash"
	"sync"
)

// Changes remembers the last value of each topic, as a hash: some 20 bytes a
// topic, however long topic and value are. The zero value is ready, and must
// not be copied after its first use. It is safe for concurrent use.
type Changes struct {
	mu   sync.Mutex // guards last
	last map[uint64]uint64
	seed maphash.Seed
}

// Changed reports whether value differs from the topic's value in the call
// before, and remembers it. The first value of a topic differs.
func (c *Changes) Changed(topic string, value []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.last, c.seed = map[uint64]uint64{}, maphash.MakeSeed()
	}
	key, now := maphash.String(c.seed, topic), maphash.Bytes(c.seed, value)
	before, known := c.last[key]
	c.last[key] = now
	return !known || before != now
}

// Topics returns how many topics it has seen.
func (c *Changes) Topics() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.last)
}
