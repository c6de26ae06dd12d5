package cmd

import (
	"context"
	"fmt"
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

// signalDelay is for env.catch. What is started for the password would inherit
// that SIGPIPE is ignored, as it is during a delay.
func (o *pubOptions) signalDelay() time.Duration {
	if o.single() && o.Conn.PasswordCommand == "" {
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
	if done, err = o.sendOnly(ctx, t, o.Conn.options(env, t), src); !done || err != nil {
		return done, err
	}
	if o.Conn.Debug {
		env.notef("1 message published")
	}
	return true, t.closer.Close()
}

// sendOnly is sendFirst with errors that say what was lost, or where there was
// no connection to.
func (o *pubOptions) sendOnly(ctx context.Context, t *target, co client.Options, src func(context.Context) messages) (done bool, err error) {
	connected, tell := false, co.Events
	co.Events = func(e client.Event) {
		connected = connected || e.Kind == client.Connected
		tell(e)
	}
	done, err = sendFirst(ctx, co, src)
	switch {
	case !done || err == nil:
		return done, nil
	case connected:
		_ = t.closer.Close() // a key log; the connection's error is the one to tell
		return true, &brief{fmt.Sprintf("publish: connection to %s lost: %s", t, cause(err)), err}
	}
	return true, o.Conn.failed(ctx, t, err)
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
