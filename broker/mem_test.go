package broker

import (
	"testing"
	"unsafe"
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
