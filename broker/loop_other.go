//go:build !linux

package broker

import "net"

// loops are event loops, which this system has none of: every connection gets
// a goroutine.
type loops struct{}

func (*loops) wake() {}

func (*Server) adoptConn(net.Conn) bool { return false }

func (*Server) serveLoop(net.Listener) (bool, error) { return false, nil }
