package pace

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func (a area) big() *big.Int {
	n := new(big.Int).SetUint64(a.hi)
	return n.Or(n.Lsh(n, 64), new(big.Int).SetUint64(a.lo))
}

func TestTriangle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		change := rapid.Uint64Range(0, MaxRate*micro).Draw(t, "change")
		length := rapid.Uint64Range(1, uint64(MaxTime)).Draw(t, "length")
		at := rapid.OneOf(rapid.Uint64Range(0, length), rapid.Just(length)).Draw(t, "t")
		if rapid.Bool().Draw(t, "carries") { // as one in 10,000 does
			change, length, at = 315771649665264, uint64(MaxTime), 2160639646753489
		}
		n := func(u uint64) *big.Int { return new(big.Int).SetUint64(u) }
		want := n(change)
		want.Mul(want, n(at)).Mul(want, n(at)).Quo(want, n(length))
		got := triangle(change, at, length)
		if got.big().Cmp(want) != 0 {
			t.Errorf("triangle(%d, %d, %d) = %v, want %v", change, at, length, got.big(), want)
		}
		if q, more := got.over(message); want.Cmp(new(big.Int).Mul(n(q), n(message))) < 0 || more == (new(big.Int).Rem(want, n(message)).Sign() == 0) {
			t.Errorf("%v ÷ %d = %d, more: %v", want, uint64(message), q, more)
		}
	})
}
