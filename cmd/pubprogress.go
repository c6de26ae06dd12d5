package cmd

import (
	"math"

	"mqt/internal/mqtt"
)

// meter tells how far the publishing of many messages is. What is typed on the
// terminal is not counted there.
func (o *pubOptions) meter(env *Env) *meter {
	stream := o.Input.stream()
	if stream && env.StdinTTY || !stream && o.times() == 1 {
		return nil
	}
	return env.meter(o.Conn.Quiet, "messages published", o.part(env))
}

// part returns how much of the input is published, nil when nobody knows.
func (o *pubOptions) part(env *Env) func(n int) float64 {
	var byFile, byCount func(n int) float64
	switch stream := o.Input.stream(); {
	case !stream && o.times() < math.MaxInt:
		return partOf(uint64(o.times()))
	case !stream:
		return nil
	case !o.Stream.Loop:
		byFile = partRead(env.Stdin)
	}
	if o.Stream.Count > 0 {
		byCount = partOf(o.Stream.Count)
	}
	if byFile == nil || byCount == nil { // one of them, or nil
		if byFile != nil {
			return byFile
		}
		return byCount
	}
	return func(n int) float64 { return max(byFile(n), byCount(n)) }
}

// counted returns src, with each message that was published counted by m.
func counted(m *meter, src messages) messages {
	if m == nil {
		return src
	}
	return func(yield func(mqtt.Message, error) bool) {
		defer m.end()
		n := 0
		for msg, err := range src {
			if !yield(msg, err) {
				return
			}
			n++
			m.done(n)
		}
	}
}
