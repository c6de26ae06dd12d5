//go:build !linux

package load

func newEngine(l *Load) (engine, error) { return newGoroutines(l) }
