//go:build !linux

package bench

func newEngine(l *Load) (engine, error) { return newGoroutines(l) }
