package broker

import (
	"testing"
	"time"
)

// crowd returns a session with a client, and room for one message less than
// what makes publishers wait.
func crowd() (*session, *conn) {
	s := &session{srv: &Server{lim: Limits{MaxQueuedMessages: 4}.withDefaults()}}
	c := &conn{}
	c.lastRead.Store(1)
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

// lasts looks at the pause every millisecond from the time on and returns how
// long it holds the publisher.
func (p *pause) lasts(takes func(at time.Duration)) time.Duration {
	begin := p.looked
	for at := time.Duration(0); ; at += time.Millisecond {
		takes(at)
		if p.over(begin + int64(at)) {
			return at
		}
	}
}

func TestPauseLasts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		takes time.Duration // the receiver takes something whenever so much has passed; 0: never
		want  time.Duration
	}{
		{name: "stuck", want: time.Second},
		{name: "a lost packet, a busy machine", takes: 900 * time.Millisecond, want: 2 * time.Second},
		{name: "slow", takes: 10 * time.Millisecond, want: 2 * time.Second},
	} {
		s, c := crowd()
		if !congests(s) {
			t.Fatalf("%s: nobody waits for a queue that is half full", tt.name)
		}
		p := pause{sess: s, looked: int64(time.Hour)}
		got := p.lasts(func(at time.Duration) {
			if tt.takes > 0 && at%tt.takes == 0 {
				c.lastRead.Store(int64(time.Hour + at))
			}
		})
		if got != tt.want {
			t.Errorf("%s: a publisher waited %v, want %v", tt.name, got, tt.want)
		}
	}
}

// A server that stood still has not given its clients the time to go on.
func TestPauseSkipsStandstill(t *testing.T) {
	t.Parallel()
	s, _ := crowd()
	congests(s)
	p := pause{sess: s}
	if p.over(1) || p.over(int64(time.Minute)) {
		t.Error("the pause is over after two looks")
	}
	if got, want := p.lasts(func(time.Duration) {}), 980*time.Millisecond; got != want {
		t.Errorf("after a standstill a publisher waited %v, want %v", got, want)
	}
}

// Nobody waits for a receiver that was given up, until it takes something.
func TestPauseOnce(t *testing.T) {
	t.Parallel()
	s, c := crowd()
	congests(s)
	first, second := pause{sess: s}, pause{sess: s}
	first.lasts(func(time.Duration) {})
	if congests(s) {
		t.Error("a publisher waits for a receiver that was given up")
	}
	if !second.over(int64(time.Second) + 1) {
		t.Error("another publisher that waits is not let go")
	}
	c.lastRead.Store(int64(time.Second) + 2)
	if !congests(s) {
		t.Error("nobody waits for a receiver that took something")
	}
}

type backlog int64

func (b *backlog) Pending() int64 { return int64(*b) }

// TestPauseForTheStore lasts until it has caught up by half, or the server
// ends, and the client does not count as silent.
func TestPauseForTheStore(t *testing.T) {
	t.Parallel()
	waits := backlog(storeHigh)
	srv := &Server{}
	srv.journal.backlog = &waits
	p := pause{conn: &conn{srv: srv}}
	for range 3 {
		now := p.conn.lastRead.Load() + int64(time.Hour)
		if p.over(now) || p.conn.lastRead.Load() != now {
			t.Fatalf("the pause is over with %d bytes waiting, or the client counts as silent", waits)
		}
	}
	if waits = storeLow; !p.over(1) {
		t.Error("the pause is not over when the store has caught up")
	}
	waits = storeHigh
	if srv.draining.Store(true); !p.over(1) {
		t.Error("the pause is not over when the server ends")
	}
}
