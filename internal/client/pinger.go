package client

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho/log"
)

const maxPingWait = 20 * time.Second // for the answer to a ping

// pinger keeps the connection alive and notices when the peer is dead. A ping
// is sent when nothing was sent or nothing received for the keep alive time.
// The wait for its answer counts only while somebody reads: a handler that
// blocks stops the reading, and must not look like a dead peer.
type pinger struct {
	l    *link
	base time.Time

	// Times since base, in nanoseconds.
	sentAt     atomic.Int64
	receivedAt atomic.Int64
	readingAt  atomic.Int64 // since when somebody reads; negative when nobody does
}

func (p *pinger) now() int64 { return int64(time.Since(p.base)) }

// reading is called before the network is read.
func (p *pinger) reading() { p.readingAt.Store(p.now()) }

// received is called after n bytes were read.
func (p *pinger) received(n int) {
	p.readingAt.Store(-1)
	if n > 0 {
		p.receivedAt.Store(p.now())
	}
}

// Run implements paho.Pinger.
func (p *pinger) Run(ctx context.Context, conn net.Conn, keepAlive uint16) error {
	if keepAlive == 0 {
		return nil
	}
	every := int64(keepAlive) * int64(time.Second)
	patience := min(every, int64(maxPingWait))
	timer := time.NewTimer(time.Duration(every))
	defer timer.Stop()
	p.sentAt.Store(p.now())
	for pinged := int64(-1); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		now := p.now()
		if pinged >= 0 && p.receivedAt.Load() >= pinged {
			pinged = -1
		}
		if since := p.readingAt.Load(); pinged >= 0 && since >= 0 && now-max(pinged, since) >= patience {
			p.l.fail(errDeadPeer)
			return errDeadPeer
		}
		if due := min(p.sent(), max(p.receivedAt.Load(), pinged)) + every; due <= now {
			p.sentAt.Store(now)
			if pinged < 0 {
				pinged = now
			}
			if _, err := packets.NewControlPacket(packets.PINGREQ).WriteTo(conn); err != nil {
				return err // cannot be: the link keeps write errors to itself
			}
		}
		timer.Reset(p.next(now, every, pinged, patience))
	}
}

// sent returns when the last packet was sent.
func (p *pinger) sent() int64 {
	p.l.c.mu.Lock()
	defer p.l.c.mu.Unlock()
	return max(p.sentAt.Load(), int64(p.l.out.last.Sub(p.base)))
}

// next returns how long nothing can happen.
func (p *pinger) next(now, every, pinged, patience int64) time.Duration {
	at := min(p.sent(), max(p.receivedAt.Load(), pinged)) + every
	if pinged >= 0 {
		since := p.readingAt.Load()
		if since < 0 {
			since = now
		}
		at = min(at, max(pinged, since)+patience)
	}
	return time.Duration(max(at-now, int64(10*time.Millisecond)))
}

// PacketSent implements paho.Pinger; the outbox knows better.
func (p *pinger) PacketSent() {}

// PacketReceived implements paho.Pinger.
func (p *pinger) PacketReceived() {}

// PingResp implements paho.Pinger.
func (p *pinger) PingResp() {}

// SetDebug implements paho.Pinger.
func (p *pinger) SetDebug(log.Logger) {}
