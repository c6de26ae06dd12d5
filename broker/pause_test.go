package broker

import (
	"testing"
	"time"
)

// crowd returns a session with room for one message less than what makes
// publishers wait.
func crowd() (*session, *conn) {
	s := &session{srv: &Server{lim: Limits{MaxQueuedMessages: 4}.withDefaults()}}
	c := &conn{}
	s.conn.Store(c)
	s.enqueue(&batch{srv: s.srv}, delivery{msg: &message{}})
	return s, c
}

// congests reports whether a publisher is held back after one more message.
func congests(s *session) bool {
	b := &batch{srv: s.srv}
	s.enqueue(b, delivery{msg: &message{}})
	return b.congested == s
}

func TestPauseOver(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		now, read time.Duration // since the pause began
		want      bool
	}{
		{name: "at once", want: false},
		{name: "a lost packet, a busy machine", now: 900 * time.Millisecond, want: false},
		{name: "takes nothing", now: time.Second, want: true},
		{name: "is slow", now: 1900 * time.Millisecond, read: time.Second, want: false},
		{name: "is slow for too long", now: 2 * time.Second, read: 1900 * time.Millisecond, want: true},
	} {
		s, c := crowd()
		if !congests(s) {
			t.Fatalf("%s: nobody waits for a queue that is half full", tt.name)
		}
		c.lastRead.Store(int64(tt.read))
		p := pause{sess: s}
		if got := p.over(int64(tt.now)); got != tt.want || s.givenUp.Load() != tt.want {
			t.Errorf("%s: over(%v) = %t, given up %t, want %t", tt.name, tt.now, got, s.givenUp.Load(), tt.want)
		}
	}
}

// Nobody waits for a receiver that was given up, until it has room.
func TestPauseOnce(t *testing.T) {
	t.Parallel()
	s, _ := crowd()
	if congests(s); !(&pause{sess: s}).over(int64(time.Minute)) {
		t.Fatal("a pause does not end")
	}
	if congests(s) {
		t.Error("a publisher waits for a receiver that was given up")
	}
	if late := (&pause{sess: s, since: int64(time.Minute)}); !late.over(late.since) {
		t.Error("another publisher that waits is not let go")
	}
	s.mu.Lock()
	s.dequeue()
	s.dequeue()
	s.note()
	s.mu.Unlock()
	if s.givenUp.Load() || !congests(s) {
		t.Error("nobody waits for a receiver that had room")
	}
}
