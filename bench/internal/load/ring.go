package load

// ring remembers the latest messages of a publisher by sequence number. It
// grows with what is on its way, so that a slow publisher costs little.
type ring struct {
	slots []slot // a power of two
}

// slot is one message.
type slot struct {
	intended, sent int64
	size           int32 // of its payload
	state          slotState
}

// slotState is how far the acknowledgement of a message has come.
type slotState uint8

const (
	unsent   slotState = iota
	sent               // nothing has come back
	received           // PUBREC has
	done               // PUBACK or PUBCOMP has, or none is due
)

// maxRing is the most that is remembered: no packet identifier is in use twice.
const maxRing = 1 << 16

// put remembers message seq. onItsWay is how many before it must be kept.
func (r *ring) put(seq, onItsWay uint64, s slot) {
	if onItsWay >= uint64(len(r.slots)) && len(r.slots) < maxRing {
		r.grow(seq, onItsWay)
	}
	r.slots[seq&uint64(len(r.slots)-1)] = s
}

func (r *ring) grow(seq, onItsWay uint64) {
	size := max(4, len(r.slots))
	for uint64(size) <= onItsWay && size < maxRing {
		size *= 2
	}
	old := r.slots
	r.slots = make([]slot, size)
	for i := range uint64(min(len(old), int(min(seq, maxRing)))) {
		s := seq - 1 - i
		r.slots[s&uint64(size-1)] = old[s&uint64(len(old)-1)]
	}
}

// at returns message seq of next that were sent, nil when it is forgotten.
func (r *ring) at(seq, next uint64) *slot {
	if seq >= next || next-seq > uint64(len(r.slots)) {
		return nil
	}
	return &r.slots[seq&uint64(len(r.slots)-1)]
}
