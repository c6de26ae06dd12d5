package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"sync"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/scram"
)

const (
	successFor   = 30 * time.Second // a password that was right needs no hashing again
	maxSuccesses = 4096
	maxVerifiers = 8 // an argon2id check takes 47 MiB
)

// verifier checks passwords, a few at a time, and remembers briefly which were
// right: clients that reconnect together must not wait for each other's hashes.
type verifier struct {
	now  func() time.Time
	slot chan struct{} // holds one value for each check under way
	key  []byte        // of the digests in right; random, never stored

	mu    sync.Mutex // guards right
	right map[[sha256.Size]byte]time.Time
}

func newVerifier(now func() time.Time) *verifier {
	return &verifier{
		now:   now,
		slot:  make(chan struct{}, min(runtime.GOMAXPROCS(0), maxVerifiers)),
		key:   random(sha256.Size),
		right: map[[sha256.Size]byte]time.Time{},
	}
}

// verify returns nil when user is in p with that password. It takes as long
// for a user who does not exist. It waits for its turn until ctx is over.
func (v *verifier) verify(ctx context.Context, p *Passwords, user string, password []byte) error {
	s, known := p.users[user]
	var id [sha256.Size]byte
	if known {
		id = v.digest(s, user, password)
		if v.remembered(id) {
			return nil
		}
	} else {
		s = v.decoy(p, user)
	}
	select {
	case v.slot <- struct{}{}:
	case <-ctx.Done():
		return &mqtt.ReasonError{Op: "connect", Code: mqtt.ServerBusy, Reason: "too many passwords to check"}
	}
	ok := s.matches(password)
	<-v.slot
	if !ok || !known {
		return errBadPassword
	}
	v.remember(id)
	return nil
}

// errBadPassword does not tell whether the user exists.
var errBadPassword = &mqtt.ReasonError{Op: "connect", Code: mqtt.BadUserNameOrPassword, Reason: "unknown user or wrong password"}

// digest identifies a user, a password and the hash it was checked against.
// Without the key, which dies with the process, it says nothing about them.
func (v *verifier) digest(s secret, user string, password []byte) (id [sha256.Size]byte) {
	h := hmac.New(sha256.New, v.key)
	for _, field := range [][]byte{[]byte(user), []byte(s.String()), password} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(field))))
		h.Write(field)
	}
	h.Sum(id[:0])
	return id
}

// decoy returns what an unknown user's password is checked against: something
// as costly as the entry of a user, always the same one for the same name.
func (v *verifier) decoy(p *Passwords, user string) secret {
	if len(p.order) == 0 {
		return argonSecret{memory: argonMemory, passes: argonPasses, threads: argonThreads,
			salt: make([]byte, argonSalt), digest: make([]byte, argonHash)}
	}
	n := binary.BigEndian.Uint64(scram.HMAC(v.key, user))
	return p.order[n%uint64(len(p.order))].decoy()
}

func (v *verifier) remembered(id [sha256.Size]byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	until, ok := v.right[id]
	return ok && v.now().Before(until)
}

func (v *verifier) remember(id [sha256.Size]byte) {
	now := v.now()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.right) >= maxSuccesses {
		for old, until := range v.right {
			if !now.Before(until) {
				delete(v.right, old)
			}
		}
		if len(v.right) >= maxSuccesses {
			clear(v.right)
		}
	}
	v.right[id] = now.Add(successFor)
}
