package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"mqt/bench/internal/load"
	"mqt/bench/result"
)

// canary sends itself ten messages a second over a pair of connections of its
// own, with plain goroutines: when it is quick and the load is slow, the load
// is held up where it is made. It also sees when the process does not run.
type canary struct {
	stop context.CancelFunc
	task sync.WaitGroup

	mu    sync.Mutex // guards the fields below
	times *hdrhistogram.Histogram
	late  time.Duration // the longest that a tick was late
}

// beat is how often the canary sends, tick how often it looks at the clock.
const (
	beat = 100 * time.Millisecond
	tick = 10 * time.Millisecond
)

// startCanary watches until close.
func startCanary(ctx context.Context, p load.Plan) *canary {
	ctx, stop := context.WithCancel(ctx)
	c := &canary{stop: stop}
	c.task.Go(func() { c.watch(ctx) })
	if p.Kind == load.Messages {
		c.task.Go(func() { c.sing(ctx, p) })
	}
	return c
}

// watch measures how late this process notices that time has passed.
func (c *canary) watch(ctx context.Context) {
	timer := time.NewTimer(tick)
	defer timer.Stop()
	for due := time.Now().Add(tick); ; due = time.Now().Add(tick) {
		timer.Reset(tick)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		c.mu.Lock()
		c.late = max(c.late, time.Since(due))
		c.mu.Unlock()
	}
}

// held returns the longest time that the process did not run.
func (c *canary) held() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.late
}

// reset forgets what was before the measured time.
func (c *canary) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.late, c.times = 0, nil
}

func (c *canary) close() {
	c.stop()
	c.task.Wait()
}

// dist returns the latency of the canary, nil when it has none.
func (c *canary) dist() *result.Dist {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.times == nil {
		return nil
	}
	d := result.NewDist(c.times, 0)
	return &d
}

// suspicion says when the canary was much quicker than the load. That alone
// tells nothing: where a broker is behind, its clients wait for it in queues of
// their own, and the canary's is short. So the load thread has to be busy too.
func (c *canary) suspicion(r *result.Result, busy float64) string {
	service, ok := r.Latency[result.Service]
	d := c.dist()
	if !ok || d == nil || busy < limitWorking {
		return ""
	}
	if service.P50 > 10*d.P50 && time.Duration(service.P50) > 5*time.Millisecond {
		return fmt.Sprintf("the canary's messages took %v and the load's %v, at the median", time.Duration(d.P50), time.Duration(service.P50))
	}
	return ""
}
