package cmd

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// retryDelay is how long mosquitto's clients wait before they connect again.
const retryDelay = time.Second

// connectOn is connect for the programs that do not give up: once there has
// been a network connection, they try until the broker answers CONNECT.
func (m *mosquitto) connectOn(ctx context.Context, t *target, out io.Writer, dialled func()) (*session, error) {
	reached := false
	for {
		c, err := m.attempt(ctx, t, out, func() {
			reached = true
			if dialled != nil {
				dialled()
			}
		})
		switch {
		case err == nil:
			return &session{Client: c, env: m.env, target: t}, nil
		case !reached, !m.passing(err), !pause(ctx, retryDelay):
			return nil, m.failed(ctx, t, err)
		}
	}
}

// passing reports whether another attempt may end otherwise.
func (m *mosquitto) passing(err error) bool {
	var known *mosquittoError
	if errors.As(m.refused(err), &known) && known.code == mosquittoLost {
		return true
	}
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" && !errors.As(err, &dns)
}

// pause waits, and reports whether the context has not ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
