//go:build !linux

package broker

import "net"

// loops are event loops, which this system has none of: every connection gets
// a goroutine.
type loops struct{}

func (*loops) wake() {}

func (*Server) adoptConn(net.Conn, *listener) bool { return false }

func (*Server) serveLoop(net.Listener, *listener) (bool, error) { return false, nil }
