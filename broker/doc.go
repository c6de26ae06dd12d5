// Package broker is an MQTT server for the versions 3.1, 3.1.1 and 5.0.
//
// A Server is shaped like net/http's: its zero value is ready, Serve accepts
// connections on a listener until Shutdown or Close, and then returns
// ErrServerClosed. Any number of listeners can be served at once.
//
//	srv := &broker.Server{}
//	ln, err := net.Listen("tcp", "127.0.0.1:0")
//	…
//	go srv.Serve(ln)
//	defer srv.Close()
//
// ServeListener is Serve with settings of the one listener.
//
// # How it is built
//
// A conn turns bytes into packets and packets into bytes; it knows no socket.
// Two engines drive it: on Linux, TCP and Unix sockets are served by a few
// event loops, each a locked thread with its own epoll instance (loop_linux.go);
// every other net.Conn gets a goroutine (netconn.go).
//
// A session is what a client identifier stands for and may outlive its
// connection: subscriptions, messages in flight, queued messages, the will.
// Routing reads an index of subscriptions without a lock; a worker keeps the
// routes of recent topics. A message is encoded once for each kind of receiver,
// appended to each receiver's pending bytes, and those are written once per
// batch of input.
//
// Locks are taken in this order: session.routing, registry.mu, session.mu, conn.mu. No callback
// and no system call runs under session.mu; nothing but appending happens
// under conn.mu.
package broker
