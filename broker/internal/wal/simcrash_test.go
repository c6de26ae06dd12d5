package wal

import (
	"math/rand/v2"
	"slices"
)

// loss says what a crash does to the bytes and names that were not synced.
type loss int

const (
	loseNothing loss = iota // the process was killed
	loseAll
	loseSuffix // everything after some point
	loseSome   // any piece
	losses
)

// sector is the piece that is written whole or not at all.
const sector = 32

// restart returns the file system as it is after the crash.
func (s *simFS) restart(how loss, rng *rand.Rand) *simFS {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := newSimFS()
	out.rng = rand.New(rand.NewPCG(rng.Uint64(), 1))
	if how == loseNothing {
		// The caches live on, and so do the unsynced bytes as unsynced ones.
		out.names, out.durable, out.changes = s.names, s.durable, s.changes
		return out
	}
	for name, n := range s.durable {
		out.names[name] = n
	}
	for _, c := range survivors(s.changes, how, rng) {
		c.apply(out.names)
	}
	for name, n := range out.names {
		data := slices.Clone(n.durable)
		for _, p := range survivors(split(n.pending), how, rng) {
			data = p.apply(data)
		}
		out.names[name] = &node{data: data, durable: slices.Clone(data)}
		out.durable[name] = out.names[name]
	}
	return out
}

func survivors[T any](all []T, how loss, rng *rand.Rand) []T {
	switch how {
	case loseAll:
		return nil
	case loseSuffix:
		return all[:rng.IntN(len(all)+1)]
	}
	var out []T
	for _, one := range all {
		if rng.IntN(2) == 0 {
			out = append(out, one)
		}
	}
	return out
}

// split cuts writes at the bounds of sectors.
func split(all []patch) []patch {
	var out []patch
	for _, p := range all {
		for len(p.data) > 0 {
			n := min(int64(len(p.data)), sector-p.off%sector)
			out = append(out, patch{p.off, p.data[:n:n]})
			p.off, p.data = p.off+n, p.data[n:]
		}
		if p.data == nil {
			out = append(out, p)
		}
	}
	return out
}
