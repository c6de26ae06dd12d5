package cmd

import (
	"context"

	"mqt/internal/client"
	"mqt/internal/mqtt"
)

// once publishes what is one plain message in the shortest way there is. When
// it reports false, nothing has been published.
func (o *pubOptions) once(ctx context.Context, env *Env, t *target, src func(context.Context) messages) (done bool, err error) {
	if o.Input.stream() || o.QoS != 0 || o.Change.Template || o.times() != 1 {
		return false, nil
	}
	for m, err := range src(ctx) {
		if err != nil {
			return false, nil // it will be said again
		}
		return o.send(ctx, env, t, m)
	}
	return false, nil
}

func (o *pubOptions) send(ctx context.Context, env *Env, t *target, m mqtt.Message) (done bool, err error) {
	done, err = client.Once(ctx, o.Conn.options(env, t), m)
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
