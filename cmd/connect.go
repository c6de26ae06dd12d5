package cmd

import (
	"context"
	"net"
	"os"
	"time"

	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// endGrace is how long an orderly goodbye to the broker may take.
const endGrace = 2 * time.Second

// session is a connection to a broker while a command uses it.
type session struct {
	*client.Client
	env    *Env
	target *target
}

// connect puts the flags together and connects in order to publish.
func (o *connOptions) connect(ctx context.Context, env *Env) (*session, error) {
	t, err := o.prepare(ctx, env)
	if err != nil {
		return nil, err
	}
	return o.dial(ctx, env, t)
}

// connectToReceive is connect for commands that take messages: what a session
// brings before they are ready waits for them.
func (o *connOptions) connectToReceive(ctx context.Context, env *Env) (*session, error) {
	t, err := o.prepare(ctx, env)
	if err != nil {
		return nil, err
	}
	t.Client.HoldMessages = true
	return o.dial(ctx, env, t)
}

// prepare puts the flags together, with a password that must be asked for.
func (o *connOptions) prepare(ctx context.Context, env *Env) (*target, error) {
	t, err := o.target(os.Getpid)
	if err != nil {
		return nil, err
	}
	t.Transport.Resolver = env.Resolver
	if err := o.fetchPassword(ctx, env, &t.Client); err != nil {
		_ = t.closer.Close()
		return nil, err
	}
	return t, nil
}

// dial connects to t. Errors say where to and what to do next.
func (o *connOptions) dial(ctx context.Context, env *Env, t *target) (*session, error) {
	c, err := client.Connect(ctx, o.options(env, t))
	if err != nil {
		return nil, o.failed(ctx, t, err)
	}
	return &session{Client: c, env: env, target: t}, nil
}

// options returns how the client connects to t.
func (o *connOptions) options(env *Env, t *target) client.Options {
	co := t.Client
	co.Dial = func(ctx context.Context) (net.Conn, error) {
		nc, err := transport.Dial(ctx, t.URL, t.Transport)
		if err == nil && o.Debug && o.SRV && t.Transport.Proxy == nil {
			env.notef("%s is at %s", t, nc.RemoteAddr())
		}
		return nc, err
	}
	co.Events = (&events{env: env, target: t, quiet: o.Quiet, debug: o.Debug}).handle
	return co
}

// failed says where to, and what to do next, when there is no connection.
func (o *connOptions) failed(ctx context.Context, t *target, err error) error {
	_ = t.closer.Close() // a key log; the connection's error is the one to tell
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return connectError(t, o.NeedV5, err)
}

// close says goodbye to the broker, even when ctx is over: the broker must not
// take the end for a loss and send the will. It waits at most endGrace then.
func (s *session) close(ctx context.Context) error { return s.closeWith(ctx, mqtt.Success) }

// closeWith is close with a reason.
func (s *session) closeWith(ctx context.Context, code mqtt.ReasonCode) error {
	defer s.target.closer.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endGrace)
	defer cancel()
	select {
	case <-s.Done():
		return nil // its end was told where it was noticed
	default:
		return s.DisconnectWith(ctx, code)
	}
}

// bound returns a context that also ends when the client is over, for work
// that does not notice by itself. The other way round, the end of ctx ends the
// client, and so whatever blocks in it.
func (s *session) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return s.boundBy(ctx, func() { _ = s.close(ctx) }) // what is lost by it is counted where it was published
}

// boundBy is bound where end ends the client.
func (s *session) boundBy(ctx context.Context, end func()) (context.Context, context.CancelFunc) {
	bound, cancel := context.WithCancelCause(ctx)
	stopped := make(chan struct{})
	go func() { // ends with the context
		defer close(stopped)
		select {
		case <-s.Done():
			cancel(s.over())
		case <-bound.Done():
		}
		if ctx.Err() != nil {
			end()
		}
	}()
	return bound, func() { cancel(context.Canceled); <-stopped }
}

// over returns why the client is over.
func (s *session) over() error {
	if err := s.Err(); err != nil {
		return err
	}
	return net.ErrClosed
}

// events tells the user what happens to a connection.
type events struct {
	env          *Env
	target       *target
	quiet, debug bool
}

func (e *events) handle(ev client.Event) {
	if e.quiet {
		return
	}
	switch ev.Kind {
	case client.Connected:
		if e.debug {
			e.env.notef("connected to %s, session present: %t", e.target, ev.SessionPresent)
		}
	case client.Lost:
		e.env.notef("connection to %s lost: %s", e.target, cause(ev.Err))
	case client.Reconnecting:
		if e.debug || ev.Attempt == 1 {
			e.env.notef("connecting again in %v", ev.In.Round(10*time.Millisecond))
		}
	case client.Reconnected:
		e.env.notef("connected to %s again", e.target)
	case client.Resubscribed:
		e.env.notef("a subscription was not restored: %s", cause(ev.Err))
	case client.Dropped:
		e.env.notef("%d messages at QoS 0 were not sent", ev.Count)
	}
}
