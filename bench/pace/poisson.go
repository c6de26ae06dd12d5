package pace

import (
	"math"
	"math/bits"
	"slices"
	"sync/atomic"
	"time"
)

// poisson is the schedule of a Poisson process that is known to have a
// certain number of messages in a certain time: each of them is then equally
// likely at every moment. Nothing of it is stored. The time is halved again
// and again; how many messages fall into each half, and when those of the
// smallest parts are due, are random numbers that depend on nothing but the
// seed and the place. After that time the process goes on with another one of
// as many messages.
type poisson struct {
	rate   float64
	seed   uint64
	length uint64 // nanoseconds
	count  uint64 // messages in length
	depth  int    // how often length is halved

	// Parts that were needed last: those who ask are close to each other.
	recent [4]atomic.Pointer[part]
}

// part is one of the smallest parts of the time, with its messages.
type part struct {
	round uint64   // how often the whole length has passed before
	index uint64   // in the round
	begin uint64   // of its time, since the load began
	end   uint64   // of its time
	first uint64   // number of its first message
	due   []uint64 // since the load began, in order
}

// partSize is about how many messages a part has at least.
const partSize = 256

// Poisson returns the schedule of messages that arrive at random, with a mean
// rate. There are exactly rate × over of them in the time over, and again in
// each time over that follows; 0 is a second. The same seed gives the same
// schedule, on every machine.
func Poisson(rate float64, over time.Duration, seed uint64) Schedule {
	if over <= 0 {
		over = time.Second
	}
	even := newLines("", []Stage{{Rate: rate}})
	p := &poisson{rate: even.Rate(0), seed: seed, length: uint64(min(over, MaxTime))}
	p.count = even.Count(time.Duration(p.length))
	p.depth = max(0, bits.Len64(p.count/partSize)-1)
	return p
}

// Due implements Schedule.
func (p *poisson) Due(i uint64) time.Duration {
	if p.count == 0 || i/p.count >= uint64(Never)/p.length {
		return Never
	}
	for k := range p.recent {
		if b := p.recent[k].Load(); b != nil && i >= b.first && i-b.first < uint64(len(b.due)) {
			return time.Duration(b.due[i-b.first])
		}
	}
	b := p.part(i/p.count, func(_, messages uint64) bool { return i%p.count >= messages })
	return time.Duration(b.due[i-b.first])
}

// Count implements Schedule.
func (p *poisson) Count(d time.Duration) uint64 {
	if d <= 0 || p.count == 0 {
		return 0
	}
	round := uint64(d) / p.length
	if round >= uint64(Never)/p.length {
		return round * p.count
	}
	for k := range p.recent {
		if b := p.recent[k].Load(); b != nil && uint64(d) >= b.begin && uint64(d) < b.end {
			return b.before(d)
		}
	}
	return p.part(round, func(middle, _ uint64) bool { return uint64(d)%p.length >= middle }).before(d)
}

// Rate implements Schedule.
func (p *poisson) Rate(time.Duration) float64 { return p.rate }

// Name implements Schedule.
func (p *poisson) Name() string { return "poisson" }

// part finds one of the smallest parts of a round. At each halving, later is
// asked whether it is in the second half, which begins at middle nanoseconds
// and after that many messages of the round.
func (p *poisson) part(round uint64, later func(middle, messages uint64) bool) *part {
	var index, before uint64
	n := p.count
	for level := 1; level <= p.depth; level++ {
		dice := p.dice(round, uint64(1)<<level|index) // unique: the place in a binary tree
		left := dice.half(n)
		index *= 2
		if later(p.start(index+1, level), before+left) {
			index, before, n = index+1, before+left, n-left
		} else {
			n = left
		}
	}
	slot := &p.recent[index%uint64(len(p.recent))]
	if b := slot.Load(); b != nil && b.round == round && b.index == index {
		return b
	}
	b := &part{round: round, index: index, first: round*p.count + before, due: make([]uint64, n)}
	b.begin, b.end = round*p.length+p.start(index, p.depth), round*p.length+p.start(index+1, p.depth)
	dice := p.dice(round, uint64(2)<<p.depth|index)
	for k := range b.due {
		b.due[k] = b.begin + dice.below(b.end-b.begin)
	}
	slices.Sort(b.due)
	slot.Store(b)
	return b
}

// before returns how many messages of the schedule are due before d, which is
// in the part's time.
func (b *part) before(d time.Duration) uint64 {
	n, _ := slices.BinarySearch(b.due, uint64(d))
	return b.first + uint64(n)
}

// start returns when a part begins, of the 2^level ones of a round.
func (p *poisson) start(index uint64, level int) uint64 {
	hi, lo := bits.Mul64(p.length, index)
	return hi<<(64-level) | lo>>level
}

// dice is a stream of random numbers: SplitMix64 (Steele, Lea and Flood, "Fast
// splittable pseudorandom number generators", 2014).
type dice uint64

// dice returns the stream of a place.
func (p *poisson) dice(round, place uint64) dice {
	d := dice(p.seed)
	d = dice(d.next()) ^ dice(round)
	d = dice(d.next()) ^ dice(place)
	return dice(d.next())
}

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number below n, and 0 when n is 0.
func (d *dice) below(n uint64) uint64 {
	hi, _ := bits.Mul64(d.next(), n)
	return hi
}

// half returns how many of n messages fall into the first of two halves: the
// binomial distribution. Up to 4,096 it counts as many coins; above, it takes
// the normal distribution that 4,096 coins come close to.
func (d *dice) half(n uint64) uint64 {
	const coins = 4096
	heads, left := 0, min(n, coins)
	for ; left >= 64; left -= 64 {
		heads += bits.OnesCount64(d.next())
	}
	heads += bits.OnesCount64(d.next() >> (64 - left)) // a shift by 64 leaves 0
	if n <= coins {
		return uint64(heads)
	}
	// The deviation of coins is 32, that of n is √n ÷ 2. Between two numbers
	// of heads, all places are as likely.
	between := float64(d.next()>>11)/(1<<53) - 0.5
	off := math.Round((float64(heads) - coins/2 + between) / 32 * (math.Sqrt(float64(n)) / 2))
	return uint64(min(max(0, int64(n/2)+int64(off)), int64(n)))
}
