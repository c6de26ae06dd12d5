package bench

import (
	"context"
	"runtime"
	"time"

	"mqt/internal/usage"
)

// A machine is quiet when its processes use few processors in several looks in
// a row.
const (
	quietLook  = 250 * time.Millisecond
	quietLooks = 2
	quietLeast = 0.25 // processors, or
	quietPart  = 0.1  // of all processors, which is more on a large machine
)

// AwaitQuiet waits, no longer than limit, until this machine has little to do:
// the broker, when it runs here, has done with what was before, and nobody else
// has begun something. It looks for half a second, which is all where what
// processes use is unknown, and returns how much longer it has waited.
func AwaitQuiet(ctx context.Context, limit time.Duration) time.Duration {
	return awaitQuiet(ctx, limit, usage.Machine)
}

func awaitQuiet(ctx context.Context, limit time.Duration, used func() (time.Duration, error)) time.Duration {
	began := time.Now()
	waited := func() time.Duration { return max(0, time.Since(began)-quietLooks*quietLook) }
	looks := time.NewTicker(quietLook)
	defer looks.Stop()
	enough := max(quietLeast, quietPart*float64(runtime.NumCPU()))
	before, _ := used() // when that is unknown it stays what it is, and the machine seems quiet
	at := began
	for quiet := 0; quiet < quietLooks && time.Since(began) < limit; {
		select {
		case <-ctx.Done():
			return waited()
		case <-looks.C:
		}
		now, _ := used()
		took := time.Since(at)
		if float64(now-before) <= enough*float64(took) {
			quiet++
		} else {
			quiet = 0
		}
		before, at = now, time.Now()
	}
	return waited()
}
