package admin

import (
	"runtime"
	"runtime/debug"
	run "runtime/metrics"
	"time"
)

// runtimeMetric is the sum of values of package runtime/metrics under the name
// that it has with all Go programs.
type runtimeMetric struct {
	name, help string
	kind       metricType
	sources    []string
}

func runtimeMetrics() []runtimeMetric {
	return []runtimeMetric{
		{"go_goroutines", "Goroutines.", gauge, []string{"/sched/goroutines:goroutines"}},
		{"go_sched_gomaxprocs_threads", "Threads that run Go code at the same time, at most.", gauge, []string{"/sched/gomaxprocs:threads"}},
		{"go_memstats_alloc_bytes", "Bytes in objects of the heap, those that are garbage included.", gauge, []string{"/memory/classes/heap/objects:bytes"}},
		{"go_memstats_alloc_bytes_total", "Bytes allocated on the heap.", counter, []string{"/gc/heap/allocs:bytes"}},
		{"go_memstats_mallocs_total", "Objects allocated on the heap.", counter, []string{"/gc/heap/allocs:objects", "/gc/heap/tiny/allocs:objects"}},
		{"go_memstats_frees_total", "Objects of the heap freed.", counter, []string{"/gc/heap/frees:objects", "/gc/heap/tiny/allocs:objects"}},
		{"go_memstats_heap_objects", "Objects on the heap.", gauge, []string{"/gc/heap/objects:objects"}},
		{"go_memstats_heap_inuse_bytes", "Bytes of the heap's spans that are in use.", gauge, []string{"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes"}},
		{"go_memstats_stack_inuse_bytes", "Bytes of the goroutines' stacks.", gauge, []string{"/memory/classes/heap/stacks:bytes"}},
		{"go_memstats_next_gc_bytes", "Size of the heap at which the next garbage collection begins.", gauge, []string{"/gc/heap/goal:bytes"}},
		{"go_memstats_sys_bytes", "Bytes obtained from the operating system.", gauge, []string{"/memory/classes/total:bytes"}},
		{"go_gc_gomemlimit_bytes", "Memory limit of the garbage collector.", gauge, []string{"/gc/gomemlimit:bytes"}},
	}
}

// runtime appends what the Go runtime says about itself.
func (e *exposition) runtime() {
	e.family("go_info", "Always 1; Go's version is the label.", gauge)
	e.sample("go_info", 1, label{"version", runtime.Version()})
	for _, m := range runtimeMetrics() {
		e.single(m.name, m.help, m.kind, readRuntime(m.sources))
	}
	gc := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
	debug.ReadGCStats(&gc)
	const pauses = "go_gc_duration_seconds"
	e.family(pauses, "Pauses for the garbage collector.", summaryType)
	for i, q := range []string{"0", "0.25", "0.5", "0.75", "1"} {
		e.sample(pauses, gc.PauseQuantiles[i].Seconds(), label{"quantile", q})
	}
	e.sample(pauses+"_sum", gc.PauseTotal.Seconds())
	e.sample(pauses+"_count", float64(gc.NumGC))
}

// readRuntime returns the sum of values. What this version of Go does not have
// is 0.
func readRuntime(names []string) float64 {
	samples := make([]run.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	run.Read(samples)
	sum := 0.0
	for _, s := range samples {
		if s.Value.Kind() == run.KindUint64 {
			sum += float64(s.Value.Uint64())
		}
	}
	return sum
}
