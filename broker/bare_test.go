package broker_test

import (
	"net"
	"runtime"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
)

// bareListener says that its connections are bare.
type bareListener struct{ net.Listener }

func (bareListener) Bare() bool { return true }

// Bare connections cost no goroutine where there are event loops, and work on
// any engine.
func TestBareConnectionsGoToTheLoops(t *testing.T) {
	b := serve(t, &broker.Server{SysInterval: -1}, bareListener{listenTCP(t)})
	first := b.connect(t, mqtt.V5, "first")
	before := runtime.NumGoroutine()
	for _, id := range []string{"a", "b", "c", "d"} {
		c := b.connect(t, mqtt.V5, id)
		c.subscribe("t 1")
		first.say("t", id)
		c.take(`t "` + id + `" q1`)
		c.unsubscribe("t")
	}
	if n := runtime.NumGoroutine() - before; runtime.GOOS == "linux" && n > 2 {
		t.Errorf("4 bare connections started %d goroutines, want none", n)
	}
}
