package broker

import "sync/atomic"

// MemoryInUse is what counts against Limits.MaxMemory.
func MemoryInUse() uint64 { return memoryInUse() }

// FakeMemory makes a server that is not served yet believe what set says about
// the memory in use, in megabytes. It acts on that before set returns.
func FakeMemory(s *Server) (set func(megabytes uint64)) {
	var used atomic.Uint64
	s.memory.inUse, s.memory.collect = used.Load, func() {}
	return func(megabytes uint64) {
		used.Store(megabytes << 20)
		s.sampleMemory()
	}
}
