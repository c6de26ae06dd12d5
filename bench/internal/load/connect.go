package load

import (
	"container/heap"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Back-off between attempts to connect, in nanoseconds.
const (
	firstRetry = 100_000_000
	lastRetry  = 5_000_000_000
)

// enough is after how many failures in a row the others do not wait for a
// client any more. It keeps trying.
const enough = 3

// disconnect is DISCONNECT in every version, with reason code 0 in MQTT 5.
const disconnect = "\xE0\x00"

var errSilent = errors.New("no answer to PINGREQ")

// dial returns the client that is to be connected now, nil when there is none.
// The engine opens its socket.
func (l *Load) dial(now int64) *client {
	if l.over || l.busy >= l.plan.AtOnce {
		return nil
	}
	c := l.due(now)
	if c == nil {
		return nil
	}
	c.phase, c.since, c.active = dialing, now, now
	l.attempts.add(c, l.ran(now))
	if c.sub != nil && c.sub.since == 0 && l.series.start != 0 {
		c.sub.since = now
	}
	l.busy++
	return c
}

// due takes the next client off the queues: first attempts at the rate of the
// plan, then those that have waited long enough.
func (l *Load) due(now int64) *client {
	for len(l.fresher) > 0 && (l.plan.ConnectRate == 0 || now >= l.nextConnect()) {
		c := l.fresher[0]
		l.fresher = l.fresher[1:]
		l.begun++
		if c.phase == waiting {
			return c
		}
	}
	if len(l.retries) > 0 && l.retries[0].retry <= now {
		return heap.Pop(&l.retries).(*client)
	}
	return nil
}

// nextConnect returns when the next first attempt is due.
func (l *Load) nextConnect() int64 {
	return l.connectFrom + int64(float64(l.begun)*1e9/l.plan.ConnectRate)
}

// connected takes note of a CONNACK.
func (l *Load) connected(c *client, now int64) {
	l.busy--
	c.pinged = false
	if l.cleaning {
		return
	}
	l.counts.Connected++
	l.lat.Connect.record(now - c.since)
	l.lastConnect = now
}

// lost takes note that c has no connection any more. The engine has closed it.
func (l *Load) lost(c *client, err error, now int64) {
	if l.over {
		c.phase = away
		return
	}
	c.out = nil
	switch c.phase {
	case away, waiting:
		return // we have hung up
	case dialing, connecting:
		l.busy--
		l.counts.ConnectFailed++
	case ready:
		l.ready--
		l.counts.Disconnected++
	case subscribing:
		l.counts.Disconnected++
	}
	l.failed(err)
	if l.firstErr == nil {
		l.firstErr = err
	}
	c.phase = waiting
	delay := min(firstRetry<<min(c.failures, 6), int64(lastRetry))
	c.failures = min(c.failures+1, 100)
	if c.failures == enough && !c.known {
		l.answered++
	}
	c.retry = now + delay
	heap.Push(&l.retries, c)
}

// failed counts a kind of error.
func (l *Load) failed(err error) { l.errors[kind(err)]++ }

// kind returns what is the same for all errors of a kind: no addresses, no
// numbers of clients.
func kind(err error) string {
	var reason *mqtt.ReasonError
	var errno syscall.Errno
	var op *net.OpError
	switch {
	case errors.As(err, &reason):
		return reason.Error()
	case errors.As(err, &op) && strings.HasPrefix(op.Op, "socks"):
		return "proxy: " + kind(op.Err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the broker closed the connection"
	case errors.As(err, &errno):
		if errors.As(err, &op) && op.Op == "dial" {
			return "connect: " + errno.Error()
		}
		return errno.Error()
	}
	return err.Error()
}

// ping keeps alive the connections that have sent nothing for a while, and
// gives up those that do not answer, [MQTT-3.1.2-20]. It is called every
// second or so.
func (l *Load) ping(now int64) {
	for _, c := range l.clients {
		period := int64(c.alive) * 1_000_000_000
		if c.phase != ready || period == 0 || now-c.active < period/4*3 {
			continue
		}
		if c.pinged {
			l.hangUp(c, errSilent)
			continue
		}
		c.out, _ = (&wire.Pingreq{}).Append(c.out, l.plan.Version) // never fails
		c.pinged, c.active = true, now
		l.flushes = append(l.flushes, c)
	}
}

// hangUp asks the engine to close the connection of c, which is lost.
func (l *Load) hangUp(c *client, err error) {
	l.hangUps = append(l.hangUps, farewell{c: c, err: err})
}

// leave ends the connection of c, with a DISCONNECT or without, until
// comeBack.
func (l *Load) leave(c *client, polite bool) {
	switch c.phase {
	case dialing, connecting:
		l.busy--
	case ready:
		l.ready--
	}
	c.phase, c.out = away, nil
	l.hangUps = append(l.hangUps, farewell{c: c, polite: polite})
}

// comeBack connects again the clients that have left.
func (l *Load) comeBack(all []*client, now int64) {
	l.connectFrom, l.begun = now, 0
	for _, c := range all {
		c.phase, c.failures = waiting, 0
		l.fresher = append(l.fresher, c)
	}
}

// retries are the clients that wait to be connected again, the first one
// first: a heap.
type retries []*client

func (r retries) Len() int           { return len(r) }
func (r retries) Less(i, j int) bool { return r[i].retry < r[j].retry }
func (r retries) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }

// Push implements heap.Interface.
func (r *retries) Push(c any) { *r = append(*r, c.(*client)) }

// Pop implements heap.Interface.
func (r *retries) Pop() any {
	last := len(*r) - 1
	c := (*r)[last]
	*r = (*r)[:last]
	return c
}

// farewell is a connection to be closed.
type farewell struct {
	c      *client
	err    error // why; nil: it is not to come back
	polite bool  // with a DISCONNECT
}
