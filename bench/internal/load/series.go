package load

import "github.com/HdrHistogram/hdrhistogram-go"

// Second is what happened to the messages due in one second.
type Second struct {
	Intended, Sent, Acked, Delivered uint64
	Clients                          int // connected at its end

	open   *hdrhistogram.Histogram // nil: packed or empty
	packed []byte
}

// openSeconds is how many seconds keep an open histogram of 150 kB; the others
// are packed, and opened again for a message that is very late.
const openSeconds = 8

// series are the seconds of the measured time.
type series struct {
	start   int64 // when measuring began, 0 before
	limit   int   // how many there may be; 0 has no limit
	seconds []*Second
	open    []*Second // the oldest first
}

// at returns the second that time is in, nil before the measured time.
func (s *series) at(time int64) *Second {
	if s.start == 0 || time < s.start {
		return nil
	}
	i := int((time - s.start) / 1e9)
	if s.limit > 0 {
		i = min(i, s.limit-1)
	}
	for len(s.seconds) <= i {
		s.seconds = append(s.seconds, &Second{})
	}
	return s.seconds[i]
}

// record adds a response of a message due in sec.
func (s *series) record(sec *Second, ns int64) {
	if sec.open == nil {
		s.unpack(sec)
	}
	sec.open.RecordValue(min(ns/1000, top))
}

// unpack opens sec, and packs another when too many are open.
func (s *series) unpack(sec *Second) {
	sec.open = sec.Histogram()
	if sec.open == nil {
		sec.open = newHDR()
	}
	s.open = append(s.open, sec)
	if len(s.open) > openSeconds {
		s.open[0].pack()
		s.open = append(s.open[:0], s.open[1:]...)
	}
}

func (s *Second) pack() {
	b, err := s.open.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err == nil { // it writes to memory
		s.packed, s.open = b, nil
	}
}

// Histogram returns the responses to the messages due in this second, in
// microseconds; nil when there are none.
func (s *Second) Histogram() *hdrhistogram.Histogram {
	if s.open != nil || s.packed == nil {
		return s.open
	}
	h, err := hdrhistogram.Decode(s.packed)
	if err != nil {
		return nil // not after pack
	}
	return h
}
