package pace

import "math"

// line is a part of a schedule in which the rate goes from one value to
// another in a straight line. Rates are millionths of a message a second,
// times nanoseconds.
type line struct {
	start  uint64 // since the load began
	length uint64 // longest for the last line of a schedule, whose rates are the same
	from   uint64
	to     uint64
	before area // of all earlier lines
}

// area returns what is due in the first t nanoseconds of the line, as an area.
func (l *line) area(t uint64) area {
	base := rectangle(l.from, t)
	switch {
	case l.to > l.from:
		return base.plus(triangle(l.to-l.from, t, l.length))
	case l.to < l.from:
		return base.minus(triangle(l.from-l.to, t, l.length))
	}
	return base
}

// due returns the nanosecond of the line within which its area exceeds a.
func (l *line) due(a area) uint64 {
	if l.from == l.to {
		if l.from == 0 {
			return l.length
		}
		t, _ := a.over(2 * l.from)
		return t
	}
	exceeds := func(t uint64) bool { return a.less(l.area(t + 1)) }
	return search(l.guess(a.float()), l.length-1, exceeds)
}

// guess solves 2 × from × t + (to − from) ÷ length × t² = a for t, in the form
// that loses no digits when the rate hardly changes.
func (l *line) guess(a float64) uint64 {
	b := 2 * float64(l.from)
	c := (float64(l.to) - float64(l.from)) / float64(l.length)
	t := 2 * a / (b + math.Sqrt(max(0, b*b+4*c*a)))
	if !(t > 0) { // 0 ÷ 0 too
		return 0
	}
	return uint64(min(t, float64(l.length)))
}

// rate returns the rate t nanoseconds after the line began.
func (l *line) rate(t uint64) float64 {
	part := float64(t) / float64(l.length)
	return (float64(l.from) + (float64(l.to)-float64(l.from))*part) / micro
}

// search returns the least t up to last for which ok is true, looking near
// guess first. ok must stay true once it is, and be true for last.
func search(guess, last uint64, ok func(uint64) bool) uint64 {
	guess = min(guess, last)
	low, high := uint64(0), last // ok(high), and not ok(low-1)
	if ok(guess) {
		high = guess
		for step := uint64(1); high >= step; step *= 2 {
			if !ok(high - step) {
				low = high - step + 1
				break
			}
			high -= step
		}
	} else {
		low = guess + 1
		for step := uint64(0); step < last-low; step = 2*step + 1 {
			if ok(low + step) {
				high = low + step
				break
			}
			low += step + 1
		}
	}
	for low < high {
		if t := low + (high-low)/2; ok(t) {
			high = t
		} else {
			low = t + 1
		}
	}
	return low
}
