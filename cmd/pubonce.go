package cmd

import (
	"context"
	"time"

	"mqt/internal/client"
)

// single reports whether there is one plain message.
func (o *pubOptions) single() bool {
	return !o.Input.stream() && o.QoS == 0 && !o.Change.Template && o.times() == 1
}

// startup is how long publishing a single message may take before signals are
// caught, which takes part of the time that all else does. Most are published
// before.
const startup = 5 * time.Millisecond

func (o *pubOptions) signalDelay() time.Duration {
	if o.single() {
		return startup
	}
	return 0
}

// once publishes a single message in the shortest way there is. When it
// reports false, nothing has been published.
func (o *pubOptions) once(ctx context.Context, env *Env, t *target, src func(context.Context) messages) (done bool, err error) {
	if !o.single() {
		return false, nil
	}
	done, err = sendFirst(ctx, o.Conn.options(env, t), src)
	switch {
	case !done:
		return false, nil
	case err != nil:
		return true, o.Conn.failed(ctx, t, err)
	}
	if o.Conn.Debug {
		env.notef("1 message published")
	}
	return true, t.closer.Close()
}

// sendFirst is client.Once with the first message. One that cannot be had is
// not done: it will be said again.
func sendFirst(ctx context.Context, o client.Options, src func(context.Context) messages) (done bool, err error) {
	for m, err := range src(ctx) {
		if err != nil {
			return false, nil
		}
		return client.Once(ctx, o, m)
	}
	return false, nil
}
