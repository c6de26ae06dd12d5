package wheel

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type handlerFunc func()

func (f handlerFunc) Expire() { f() }

// run turns w in the background for as long as the test lasts.
func run(t *testing.T, w *Wheel) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

const tick = 100 * time.Millisecond

// late fails the test unless the time since start is in [want, want+tick].
func late(t *testing.T, start time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(start); got < want || got > want+tick {
		t.Errorf("expired after %v, want %v to %v", got, want, want+tick)
	}
}

func TestExpire(t *testing.T) {
	t.Parallel()
	times := []time.Duration{-time.Hour, 0, 1, tick - 1, tick, tick + 1, 2500 * time.Millisecond,
		slots*tick - 1, slots * tick, slots*tick + 1, 90 * time.Second, time.Hour, 24 * time.Hour}
	for _, lead := range []time.Duration{0, 1, 37 * time.Millisecond, 3 * time.Hour} { // idle before the timer is set
		for _, after := range times {
			synctest.Test(t, func(t *testing.T) {
				w := New(tick)
				run(t, w)
				time.Sleep(lead)
				synctest.Wait()
				start, fired := time.Now(), make(chan struct{}, 2)
				var timer Timer
				w.Schedule(&timer, start.Add(after), handlerFunc(func() {
					late(t, start, max(after, 0))
					fired <- struct{}{}
				}))
				<-fired
				time.Sleep(2 * slots * tick)
				if len(fired) != 0 || w.Len() != 0 || w.Stop(&timer) {
					t.Errorf("lead %v, after %v: %d more, Len() = %d, want none", lead, after, len(fired), w.Len())
				}
			})
		}
	}
}

func TestScheduleAgain(t *testing.T) {
	t.Parallel()
	for _, second := range []time.Duration{time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			w := New(tick)
			run(t, w)
			start, fired := time.Now(), make(chan struct{}, 2)
			var timer Timer
			w.Schedule(&timer, start.Add(time.Minute), handlerFunc(func() { t.Error("the replaced handler ran") }))
			time.Sleep(tick / 3)
			w.Schedule(&timer, start.Add(second), handlerFunc(func() { late(t, start, second); fired <- struct{}{} }))
			if got := w.Len(); got != 1 {
				t.Errorf("Len() = %d, want 1", got)
			}
			<-fired
			time.Sleep(2 * time.Hour)
		})
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := New(tick)
		run(t, w)
		var timer Timer
		if w.Stop(&timer) {
			t.Error("Stop of a zero timer = true, want false")
		}
		w.Schedule(&timer, time.Now().Add(time.Second), handlerFunc(func() { t.Error("a stopped timer expired") }))
		if !w.Stop(&timer) || w.Stop(&timer) {
			t.Error("Stop, Stop = false or true, want true, false")
		}
		time.Sleep(time.Hour)
	})
}

// A handler may set itself again, and stop one that is due in the same tick.
func TestHandlerUsesWheel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := New(tick)
		run(t, w)
		start := time.Now()
		var a, b Timer
		var got []time.Duration
		var h handlerFunc
		h = func() {
			got = append(got, time.Since(start))
			if stopped := w.Stop(&b); stopped != (len(got) == 1) {
				t.Errorf("Stop in call %d = %v, want true in the first", len(got), stopped)
			}
			if len(got) < 3 {
				w.Schedule(&a, time.Now().Add(time.Second), h)
			}
		}
		w.Schedule(&a, start.Add(time.Second), h)
		w.Schedule(&b, start.Add(time.Second), handlerFunc(func() { t.Error("b expired") }))
		time.Sleep(time.Minute)
		synctest.Wait()
		if want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("expired after %v, want %v", got, want)
		}
	})
}

// An empty wheel sets no alarm: Run waits for a signal only.
func TestSleep(t *testing.T) {
	t.Parallel()
	w := New(tick)
	if got := w.next(); got != never {
		t.Errorf("next of an empty wheel = %d, want never", got)
	}
	var far, near Timer
	h := handlerFunc(func() {})
	w.Schedule(&far, w.start.Add(10*tick), h)
	if len(w.wake) != 1 {
		t.Error("the first timer does not wake Run")
	}
	<-w.wake
	if got := w.next(); got != 10 {
		t.Errorf("next = %d, want 10", got)
	}
	w.Schedule(&near, w.start.Add(11*tick), h)
	if len(w.wake) != 0 {
		t.Error("a later timer wakes Run")
	}
	w.Schedule(&near, w.start.Add(9*tick), h)
	if len(w.wake) != 1 {
		t.Error("an earlier timer does not wake Run")
	}
	<-w.wake
	w.next()
	w.turn()
	w.Schedule(&near, w.start.Add(2*tick), h)
	if len(w.wake) != 0 {
		t.Error("a timer wakes a Run that is awake")
	}
}

// What was due when Run ended is called by the next Run.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := New(tick)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var timers [3]Timer
		n := 0
		for i := range timers {
			w.Schedule(&timers[i], time.Now(), handlerFunc(func() { n++; cancel() }))
		}
		w.Run(ctx)
		if n != 1 || w.Len() != 2 {
			t.Errorf("first Run called %d, Len() = %d, want 1, 2", n, w.Len())
		}
		run(t, w)
		time.Sleep(tick)
		synctest.Wait()
		if n != 3 {
			t.Errorf("both called %d, want 3", n)
		}
	})
}

// counter checks that each Schedule ends in one Stop or one Expire.
type counter struct {
	Timer
	expired atomic.Int64
}

func (c *counter) Expire() { c.expired.Add(1) }

func TestConcurrent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := New(time.Millisecond)
		run(t, w)
		var wg sync.WaitGroup
		var expired, stopped, set atomic.Int64
		for range 4 {
			wg.Go(func() {
				counters := make([]counter, 50)
				for i := range 5000 {
					c := &counters[rand.IntN(len(counters))]
					if w.Stop(&c.Timer) {
						stopped.Add(1)
					}
					w.Schedule(&c.Timer, time.Now().Add(time.Duration(rand.IntN(1000))*time.Millisecond), c)
					set.Add(1)
					if i%10 == 0 {
						time.Sleep(time.Millisecond)
					}
				}
				time.Sleep(2 * time.Second)
				for i := range counters {
					expired.Add(counters[i].expired.Load())
				}
			})
		}
		wg.Wait()
		if expired.Load()+stopped.Load() != set.Load() || expired.Load() == 0 || w.Len() != 0 {
			t.Errorf("%d expired, %d stopped, %d left of %d", expired.Load(), stopped.Load(), w.Len(), set.Load())
		}
	})
}

func TestTimerSize(t *testing.T) {
	t.Parallel()
	if got := unsafe.Sizeof(Timer{}); got > 64 {
		t.Errorf("a Timer takes %d bytes, want at most 64", got)
	}
}

func TestAllocs(t *testing.T) {
	w, c, at := New(tick), &counter{}, time.Now().Add(time.Hour)
	if got := testing.AllocsPerRun(100, func() { w.Schedule(&c.Timer, at, c); w.Stop(&c.Timer) }); got != 0 {
		t.Errorf("Schedule and Stop allocate %v times, want 0", got)
	}
}

func BenchmarkSchedule(b *testing.B) {
	w, counters := New(tick), make([]counter, 10_000)
	now := time.Now()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c := &counters[i%len(counters)]
		w.Schedule(&c.Timer, now.Add(time.Duration(i%90)*time.Second), c)
	}
}

func BenchmarkTurn(b *testing.B) {
	w, counters := New(tick), make([]counter, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		for i := range counters {
			w.Schedule(&counters[i].Timer, w.start, &counters[i])
		}
		w.start = w.start.Add(-tick) // a tick passes
		w.turn()
		for w.pop() != nil {
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(counters)), "ns/timer")
}
