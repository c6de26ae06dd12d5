package pace

import "math/bits"

// area is what a rate amounts to over a time: an unsigned number of 128 bits,
// in halves of a millionth of a message per second times a nanosecond. In it,
// the areas under the straight lines of a schedule are whole numbers.
type area struct{ hi, lo uint64 }

// message is the area of one message: 2 × 10⁶ × 10⁹.
const message = 2_000_000_000_000_000

// messages returns the area of n messages.
func messages(n uint64) area {
	hi, lo := bits.Mul64(n, message)
	return area{hi, lo}
}

// rectangle returns the area of a rate, in millionths, over t nanoseconds.
func rectangle(rate, t uint64) area {
	hi, lo := bits.Mul64(2*rate, t)
	return area{hi, lo}
}

// triangle returns the area between a rate that stays and one that changes by
// change millionths over length nanoseconds, t nanoseconds after the change
// began, rounded down: change × t² ÷ length. t is at most length.
func triangle(change, t, length uint64) area {
	sqHi, sqLo := bits.Mul64(t, t)
	midHi, lo := bits.Mul64(sqLo, change)
	hi, midLo := bits.Mul64(sqHi, change)
	mid, carry := bits.Add64(midHi, midLo, 0)
	_, rest := bits.Div64(0, hi+carry, length) // t ≤ length: the quotient fits 128 bits
	qHi, rest := bits.Div64(rest, mid, length)
	qLo, _ := bits.Div64(rest, lo, length)
	return area{qHi, qLo}
}

func (a area) plus(b area) area {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return area{hi, lo}
}

// minus needs b to be at most a.
func (a area) minus(b area) area {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, borrow)
	return area{hi, lo}
}

func (a area) less(b area) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

// over returns a ÷ n, rounded down, and whether something is left. What does
// not fit is the largest number.
func (a area) over(n uint64) (uint64, bool) {
	if a.hi >= n {
		return 1<<64 - 1, false
	}
	q, rest := bits.Div64(a.hi, a.lo, n)
	return q, rest > 0
}

// float returns a as a floating-point number.
func (a area) float() float64 { return float64(a.hi)*(1<<64) + float64(a.lo) }
