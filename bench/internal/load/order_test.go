package load

import "testing"

func TestOrder(t *testing.T) {
	t.Parallel()
	const far = 3 << 32
	for _, tc := range []struct {
		name string
		seqs []uint64
		want uint64 // bit i: message i of seqs comes too late
	}{
		{"in order", []uint64{0, 1, 2, 7, 8, 1000}, 0},
		{"overtaken", []uint64{0, 2, 1, 3}, 1 << 2},
		{"by two", []uint64{5, 3, 4, 6}, 1<<1 | 1<<2},
		{"around 32 bits", []uint64{far - 2, far - 1, far, far + 1, far - 3}, 1 << 4},
		{"the first is late", []uint64{1, 0}, 1 << 1},
		{"far behind", []uint64{1 << 30, 1}, 1 << 1},
	} {
		var o order
		var got uint64
		for i, seq := range tc.seqs {
			if o.overtaken(1, 2, seq) {
				got |= 1 << i
			}
		}
		if got != tc.want {
			t.Errorf("%s: messages %v are late by bits %b, want %b", tc.name, tc.seqs, got, tc.want)
		}
		if o[0] != 0 {
			t.Errorf("%s: another stream is at %d", tc.name, o[0])
		}
	}
}
