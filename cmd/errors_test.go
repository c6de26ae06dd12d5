package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"mqt/internal/mqtt"
)

// A connection that is lost is not a reader of standard output that went away.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	epipe := os.NewSyscallError("write", syscall.EPIPE)
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{err: fmt.Errorf("write: %w", &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}), want: true},
		{err: errors.Join(errClosed, &net.OpError{Op: "write", Err: epipe}), want: true},
		{err: &fs.PathError{Op: "write", Path: "/dev/stdout", Err: os.ErrClosed}, want: true},
		{err: fmt.Errorf("publish: %w", &net.OpError{Op: "write", Net: "tcp", Err: epipe})},
	} {
		if got := isClosedPipe(tt.err); got != tt.want {
			t.Errorf("isClosedPipe(%v) = %t, want %t", tt.err, got, tt.want)
		}
	}
}

// brokenConn accepts a connection and fails when the message is written.
type brokenConn struct {
	net.Conn // nil
	greeted  bool
}

// Write takes CONNECT.
func (c *brokenConn) Write(p []byte) (int, error) {
	if c.greeted {
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)}
	}
	c.greeted = true
	return len(p), nil
}

// Read returns a CONNACK of MQTT 5.
func (c *brokenConn) Read(p []byte) (int, error) { return copy(p, "\x20\x03\x00\x00\x00"), nil }

// Close does nothing.
func (c *brokenConn) Close() error { return nil }

// SetWriteDeadline does nothing.
func (c *brokenConn) SetWriteDeadline(time.Time) error { return nil }

// A single message that cannot be written is lost, and said to be.
func TestSingleMessageLost(t *testing.T) {
	t.Parallel()
	o, err := pubConn(t, "-h", "broker.example")
	if err != nil {
		t.Fatal(err)
	}
	to, err := o.target(os.Getpid)
	if err != nil {
		t.Fatal(err)
	}
	co := o.options(testEnv(), to)
	co.Dial = func(context.Context) (net.Conn, error) { return &brokenConn{}, nil }
	p := &pubOptions{Conn: *o}
	src := func(context.Context) messages {
		return func(yield func(mqtt.Message, error) bool) { yield(mqtt.Message{Topic: "a"}, nil) }
	}
	done, err := p.sendOnly(t.Context(), to, co, src)
	if want := "publish: connection to mqtt://broker.example:1883 lost: broken pipe"; !done || err == nil || !strings.HasPrefix(err.Error(), want) || exitCode(err) != exitFailed {
		t.Errorf("sendOnly = %t, %v, want true, %s", done, err, want)
	}
	co.Dial = func(context.Context) (net.Conn, error) {
		return nil, &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)} // in a TLS handshake
	}
	if _, err := p.sendOnly(t.Context(), to, co, src); err == nil || !strings.HasPrefix(err.Error(), "connect mqtt://broker.example:1883: ") {
		t.Errorf("sendOnly = %v, want an error about connecting", err)
	}
}
