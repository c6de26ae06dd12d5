package client

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho/log"
	"github.com/eclipse/paho.golang/paho/session"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

func protocolError(format string, args ...any) error {
	return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: fmt.Sprintf(format, args...)}
}

// requests is paho's session manager for one link. It holds the SUBSCRIBE and
// UNSUBSCRIBE that wait for their answer; publishes, which paho's own manager
// would keep too, are in Client's session. Their packet identifiers end where
// these begin, or the other way round with Options.RequestsFirst.
type requests struct {
	floor uint16 // the identifier before the first
	most  uint16 // the last identifier

	mu      sync.Mutex // guards the fields below
	down    bool
	last    uint16
	pending map[uint16]request
}

type request struct {
	answer chan<- packets.ControlPacket
	typ    wire.Type // of the answer
	size   int       // topic filters in it
}

func newRequests(floor, most int) *requests {
	return &requests{floor: uint16(floor), most: uint16(most), last: uint16(floor), pending: map[uint16]request{}}
}

// AddToSession implements session.SessionManager.
func (r *requests) AddToSession(_ context.Context, p session.Packet, answer chan<- packets.ControlPacket) error {
	req := request{answer: answer}
	switch p := p.(type) {
	case *packets.Subscribe:
		req.typ, req.size = wire.SUBACK, len(p.Subscriptions)
	case *packets.Unsubscribe:
		req.typ, req.size = wire.UNSUBACK, len(p.Topics)
	default:
		return fmt.Errorf("packet type %d is not a request", p.Type())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		return session.ErrNoConnection
	}
	if len(r.pending) >= int(r.most-r.floor) {
		return session.ErrPacketIdentifiersExhausted
	}
	for {
		if r.last == r.most {
			r.last = r.floor
		}
		r.last++
		if _, taken := r.pending[r.last]; !taken {
			break
		}
	}
	p.SetIdentifier(r.last)
	r.pending[r.last] = req
	return nil
}

// size returns how many topic filters the request has, 0 if there is none.
func (r *requests) size(id uint16) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pending[id].size
}

// expect checks that an answer has a request of the same size.
func (r *requests) expect(id uint16, size int, t wire.Type) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch req, ok := r.pending[id]; {
	case !ok:
		return nil // whoever asked has given up
	case req.typ != t:
		return protocolError("%v answers another request", t)
	case req.size != size:
		return protocolError("%v has %d reason codes for %d topic filters", t, size, req.size)
	}
	return nil
}

// PacketReceived implements session.SessionManager.
func (r *requests) PacketReceived(p *packets.ControlPacket, _ chan<- *packets.Publish) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if req, ok := r.pending[p.PacketID()]; ok {
		delete(r.pending, p.PacketID())
		req.answer <- *p // buffered
	}
	return nil
}

// ConnectionLost implements session.SessionManager: nothing will be answered.
func (r *requests) ConnectionLost(*packets.Disconnect) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = true
	for id, req := range r.pending {
		delete(r.pending, id)
		req.answer <- packets.ControlPacket{} // buffered; paho reads it as a lost connection
	}
	return nil
}

// ConAckReceived implements session.SessionManager.
func (r *requests) ConAckReceived(io.Writer, *packets.Connect, *packets.Connack) error { return nil }

// Ack implements session.SessionManager; paho gets no PUBLISH to acknowledge.
func (r *requests) Ack(*packets.Publish) error { return nil }

// Close implements session.SessionManager.
func (r *requests) Close() error { return r.ConnectionLost(nil) }

// SetErrorLogger implements session.SessionManager.
func (r *requests) SetErrorLogger(log.Logger) {}

// SetDebugLogger implements session.SessionManager.
func (r *requests) SetDebugLogger(log.Logger) {}
