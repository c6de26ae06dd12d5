package broker

import (
	"testing"
	"unsafe"

	"mqt/internal/mqtt"
)

// An idle connection on the event loops is made of these; its budget is 2 KiB.
func TestIdleConnectionIsSmall(t *testing.T) {
	t.Parallel()
	got := unsafe.Sizeof(conn{}) + unsafe.Sizeof(session{})
	if got > 1024 {
		t.Errorf("conn and session take %d bytes, want at most 1024", got)
	}
	t.Logf("conn %d, session %d", unsafe.Sizeof(conn{}), unsafe.Sizeof(session{}))
}

// Who is connected is kept only when somebody asks.
func TestNobodyAsksNothingIsKept(t *testing.T) {
	t.Parallel()
	if c, _ := newRig(t).client("c", mqtt.V5); c.info != nil || c.trace != nil {
		t.Errorf("an unobserved connection keeps %+v and %+v, want nothing", c.info, c.trace)
	}
}
