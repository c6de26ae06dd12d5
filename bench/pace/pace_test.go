package pace

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// schedules draws a schedule of any kind.
func schedules() *rapid.Generator[Schedule] {
	return rapid.Custom(func(t *rapid.T) Schedule {
		rate := rates().Draw(t, "rate")
		over := lengths().Draw(t, "over")
		switch rapid.SampledFrom([]string{"constant", "ramp", "stages", "step", "burst", "poisson"}).Draw(t, "kind") {
		case "constant":
			return Constant(rate)
		case "ramp":
			return Ramp(rates().Draw(t, "from"), rate, over)
		case "stages":
			return Stages(rapid.SliceOfN(stages(), 0, 6).Draw(t, "stages"))
		case "step":
			return Step(rate, rapid.IntRange(0, 20).Draw(t, "steps"), over)
		case "burst":
			return Burst(rate, over)
		}
		return Poisson(rate, over, rapid.Uint64().Draw(t, "seed"))
	})
}

func rates() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.SampledFrom([]float64{0, 1e-6, 1. / 3, 1, 10_000_000, MaxRate}),
		rapid.Map(rapid.IntRange(0, 1_000_000), func(n int) float64 { return float64(n) }),
		rapid.Float64Range(0, 1000))
}

func lengths() *rapid.Generator[time.Duration] {
	return rapid.Map(rapid.OneOf(
		rapid.Int64Range(0, 3),
		rapid.Int64Range(0, int64(time.Minute)),
		rapid.Int64Range(0, int64(100*time.Hour))), func(n int64) time.Duration { return time.Duration(n) })
}

func stages() *rapid.Generator[Stage] {
	return rapid.Custom(func(t *rapid.T) Stage {
		return Stage{lengths().Draw(t, "for"), rates().Draw(t, "rate"), rapid.Bool().Draw(t, "hold")}
	})
}

func TestDueAndCountAreInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := schedules().Draw(t, "schedule")
		i := rapid.OneOf(rapid.Uint64Range(0, 100), rapid.Uint64Range(0, 1<<40)).Draw(t, "i")
		if rapid.Bool().Draw(t, "by time") {
			i = s.Count(lengths().Draw(t, "d"))
		}
		due := s.Due(i)
		if due < 0 {
			t.Fatalf("Due(%d) = %d", i, due)
		}
		if before := s.Count(due); before > i {
			t.Fatalf("Due(%d) = %d, Count of it = %d, want at most %d", i, due, before, i)
		}
		if due == Never {
			return
		}
		if after := s.Count(due + 1); after <= i {
			t.Fatalf("Due(%d) = %d, Count a nanosecond later = %d, want more than %d", i, due, after, i)
		}
		if next := s.Due(i + 1); next < due {
			t.Fatalf("Due(%d) = %d and Due(%d) = %d", i, due, i+1, next)
		}
	})
}

func TestCountGrows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := schedules().Draw(t, "schedule")
		d := lengths().Draw(t, "d")
		e := d + lengths().Draw(t, "more")
		if a, b := s.Count(d), s.Count(e); a > b {
			t.Fatalf("Count(%d) = %d, Count(%d) = %d", d, a, e, b)
		}
		if n := s.Count(0) + s.Count(-1); n != 0 {
			t.Fatalf("Count(0) + Count(-1) = %d, want 0", n)
		}
		if r := s.Rate(d); !(r >= 0 && r <= MaxRate) {
			t.Fatalf("Rate(%d) = %v", d, r)
		}
	})
}

func TestCountIsRateTimesDuration(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Uint64Range(1, 10_000_000)
		seconds := rapid.Uint64Range(1, 10_000)
		a, b := whole.Draw(t, "a"), whole.Draw(t, "b")
		n, m := seconds.Draw(t, "n"), seconds.Draw(t, "m")
		d, e := time.Duration(n)*time.Second, time.Duration(m)*time.Second
		check := func(s Schedule, d time.Duration, want uint64) {
			if got := s.Count(d); got != want {
				t.Fatalf("%s: Count(%v) = %d, want %d", s.Name(), d, got, want)
			}
		}
		check(Constant(float64(a)), d, a*n)
		check(Ramp(float64(a), float64(b), d), d, ((a+b)*n+1)/2)
		check(Ramp(0, float64(2*b), d), d, b*n)
		check(Stages([]Stage{{d, float64(2 * a), false}, {e, float64(2 * b), false}, {d, float64(a), true}}), d+e+d, a*n+(a+b)*m+a*n)
		check(Step(float64(2*a), 2, 2*d), 2*d, 3*a*n)
		check(Burst(float64(a), time.Second), d, a*n)
		seed := rapid.Uint64().Draw(t, "seed")
		check(Poisson(float64(a), d, seed), d, a*n)
		check(Poisson(float64(a), d, seed), 3*d, 3*a*n)
	})
}

// TestNoDrift looks at a load of 10 million messages a second after hours.
func TestNoDrift(t *testing.T) {
	t.Parallel()
	const rate = 10_000_000
	second := uint64(10*3600 + 1)
	for _, s := range []Schedule{
		Constant(rate),
		Ramp(rate, rate, time.Hour),
		Stages([]Stage{{time.Hour, rate, true}, {time.Hour, 2 * rate, false}, {time.Hour, 0, false}, {0, rate, false}}),
		Burst(rate, time.Second),
	} {
		want := uint64(rate * (10*3600 + 1))
		if s.Name() == "stages" { // 1, 1½, 1 and then 1 for the other hours
			want += rate * 3600 / 2
		}
		if got := s.Due(want); got != time.Duration(second)*time.Second {
			t.Errorf("%s: Due(%d) = %v, want %v", s.Name(), want, got, time.Duration(second)*time.Second)
		}
		if got := s.Rate(10 * time.Hour); math.Abs(got-rate) > 1e-6 {
			t.Errorf("%s: Rate(10h) = %v, want %v", s.Name(), got, rate)
		}
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	ms := func(all ...int) []time.Duration {
		var out []time.Duration
		for _, n := range all {
			out = append(out, time.Duration(n)*time.Millisecond)
		}
		return out
	}
	tests := []struct {
		name string
		s    Schedule
		want []time.Duration
	}{
		{"constant", Constant(4), ms(0, 250, 500, 750, 1000)},
		{"ramp down", Ramp(8, 0, time.Second), append(ms(0, 134, 293, 500), Never)},
		{"hold", Stages([]Stage{{time.Second, 2, true}, {time.Second, 4, true}}), ms(0, 500, 1000, 1250, 1500, 1750, 2000, 2250)},
		{"pause", Stages([]Stage{{time.Second, 2, true}, {time.Second, 0, true}, {time.Second, 1, true}}), ms(0, 500, 2000, 3000)},
		{"at once", Stages([]Stage{{0, 2, false}, {time.Second, 2, false}}), ms(0, 500, 1000)},
		{"step", Step(4, 2, 2*time.Second), ms(0, 500, 1000, 1250, 1500, 1750, 2000)},
		{"burst", Burst(4, 500*time.Millisecond), ms(0, 0, 500, 500, 1000)},
		{"uneven burst", Burst(3, 500*time.Millisecond), ms(0, 0, 500, 1000, 1000, 1500)},
		{"nothing", Constant(0), []time.Duration{Never, Never}},
		{"no stages", Stages(nil), []time.Duration{Never}},
		{"no poisson", Poisson(0, time.Second, 1), []time.Duration{Never}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for i, want := range tc.want {
				got := tc.s.Due(uint64(i))
				if got != Never {
					got = got.Round(time.Millisecond)
				}
				if got != want {
					t.Errorf("Due(%d) = %v, want %v", i, got, want)
				}
			}
		})
	}
}

// TestNeverIsNotSoon adds a clock to it, as those who wait do.
func TestNeverIsNotSoon(t *testing.T) {
	t.Parallel()
	stopped := Stages([]Stage{{time.Second, 10, true}, {0, 0, false}})
	if due := stopped.Due(10); due != Never || due+100*365*24*time.Hour < due {
		t.Errorf("Due(10) = %d, want a time that a clock can be added to", due)
	}
	if n := stopped.Count(math.MaxInt64); n != 10 {
		t.Errorf("Count at the end of time = %d, want 10", n)
	}
}

func BenchmarkCount(b *testing.B) {
	for _, s := range []Schedule{Constant(1e6), Ramp(0, 1e6, time.Hour), Poisson(1e6, time.Hour, 1)} {
		b.Run(s.Name(), func(b *testing.B) {
			for i := range b.N {
				s.Count(time.Duration(i) * time.Microsecond)
			}
		})
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	s := Stages([]Stage{{10 * time.Second, 100, false}, {10 * time.Second, 50, true}, {10 * time.Second, 0, false}})
	for at, want := range map[time.Duration]float64{-1: 0, 0: 0, 5: 50, 10: 50, 15: 50, 25: 25, 30: 0, 40: 0} {
		if got := s.Rate(at * time.Second); got != want {
			t.Errorf("Rate(%ds) = %v, want %v", at, got, want)
		}
	}
}

func BenchmarkDue(b *testing.B) {
	for _, s := range []Schedule{
		Constant(1e6), Ramp(0, 1e6, time.Hour), Burst(1e6, time.Second), Poisson(1e6, time.Hour, 1),
	} {
		b.Run(s.Name(), func(b *testing.B) {
			for i := range uint64(b.N) {
				s.Due(i)
			}
		})
	}
}
