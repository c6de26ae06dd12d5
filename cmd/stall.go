package cmd

import (
	"sync"
	"time"
)

// stall notices that a broker answers nothing any more. Waiting for input is no
// stall.
type stall struct {
	after time.Duration

	mu      sync.Mutex // guards the fields below
	timer   *time.Timer
	waiting int // for an answer
}

// newStall returns a stall that calls give, on a goroutine of its own, when
// nothing has been answered for so long although something was asked.
func newStall(after time.Duration, give func()) *stall {
	s := &stall{after: after, timer: time.AfterFunc(after, give)}
	s.timer.Stop()
	return s
}

// asked says that an answer is waited for.
func (s *stall) asked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting++; s.waiting == 1 {
		s.timer.Reset(s.after)
	}
}

// answered says that one has come, or never will.
func (s *stall) answered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting--; s.waiting > 0 {
		s.timer.Reset(s.after)
		return
	}
	s.timer.Stop()
}
