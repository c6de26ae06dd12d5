package broker

import "testing"

// TestMemorySample: what is in use counts without garbage, unless collecting
// would take more than a tenth of the time.
func TestMemorySample(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		used, garbage uint64
		limited       bool  // before
		since         int64 // nanoseconds after the last collection, which took 100
		over          bool
		collected     bool
	}{
		{"little", 1000, 0, false, 10_000, false, false},
		{"much", 1001, 0, false, 10_000, true, true},
		{"much, but garbage", 2000, 1000, false, 10_000, false, true},
		{"too soon to know, much", 1250, 1000, false, 899, false, false},
		{"too soon to know, far too much", 1251, 1000, false, 899, true, false},
		{"soon enough", 1251, 1000, false, 900, false, true},
		{"still, in between", 901, 0, true, 10_000, true, true},
		{"still, but garbage", 901, 1, true, 10_000, false, true},
		{"not any more", 900, 0, true, 10_000, false, false},
		{"still, too soon to know", 901, 900, true, 899, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now, collected := int64(0), false
			m := memory{most: 1000, told: tt.limited, inUse: func() uint64 { return 5000 }, collect: func() { now += 100 }}
			m.sample(func() int64 { return now })
			m.inUse = func() uint64 {
				if collected {
					return tt.used - tt.garbage
				}
				return tt.used
			}
			m.collect = func() { collected = true }
			now += tt.since
			if _, over := m.sample(func() int64 { return now }); over != tt.over || collected != tt.collected {
				t.Errorf("over = %v, collected = %v, want %v, %v", over, collected, tt.over, tt.collected)
			}
		})
	}
}

// TestMemoryBetweenSamples: no more is kept than was free, and a little, until
// the next sample, which is asked for.
func TestMemoryBetweenSamples(t *testing.T) {
	t.Parallel()
	m := memory{most: 16_000, wake: make(chan struct{}, 1)}
	m.budget.Store(3000)
	for i, want := range []struct{ limited, woken bool }{{false, false}, {false, true}, {true, true}} {
		m.grew(2000 - messageCost)
		woken := false
		select {
		case <-m.wake:
			woken = true
		default:
		}
		if got := m.limited.Load(); got != want.limited || woken != want.woken {
			t.Errorf("message %d: limited = %v, sample asked for = %v, want %v", i, got, woken, want)
		}
	}
	var none memory
	none.grew(1 << 40)
	if none.limited.Load() {
		t.Error("limited without a cap")
	}
}
