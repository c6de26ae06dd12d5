package client

import (
	"net"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Lock begins a packet of paho's.
func (l *link) Lock() { l.packetMu.Lock() }

// Write implements net.Conn for paho, which calls it between Lock and Unlock.
// It never fails: paho learns of errors where it reads.
func (l *link) Write(p []byte) (int, error) {
	l.packet = append(l.packet, p...)
	return len(p), nil
}

// Unlock ends a packet of paho's: it is put into the link's version and sent.
func (l *link) Unlock() {
	defer l.packetMu.Unlock()
	packet := l.packet
	l.packet = l.packet[:0]
	h, err := wire.ParseHeader(packet)
	if err != nil || h.Total() != len(packet) {
		l.fail(protocolError("the session engine wrote something that is not a packet"))
		return
	}
	var p wire.Packet
	switch h.Type {
	case wire.CONNECT: // paho's would lack properties, the will's above all
		l.send(l.connect)
		return
	case wire.DISCONNECT:
		l.leave(h, packet[h.Size:])
		return
	case wire.SUBSCRIBE:
		p = new(wire.Subscribe)
	case wire.UNSUBSCRIBE:
		p = new(wire.Unsubscribe)
	default:
		l.send(packet)
		return
	}
	if l.version != mqtt.V5 {
		if err = p.Decode(mqtt.V5, h.Flags, packet[h.Size:]); err == nil {
			packet, err = p.Append(nil, l.version)
		}
	}
	if limit := limitsOf(&l.connack).maxPacket; err == nil && len(packet) > limit {
		err = tooLarge(len(packet), limit)
	}
	if err != nil {
		l.fail(err)
		return
	}
	l.send(packet)
}

// leave sends the DISCONNECT paho asked for, with the properties of ours.
func (l *link) leave(h wire.Header, body []byte) {
	var p wire.Disconnect
	if err := p.Decode(mqtt.V5, h.Flags, body); err != nil {
		l.fail(err)
		return
	}
	p.Props = l.c.opts.DisconnectProps
	l.sayBye(&p)
}

// send appends a packet and has it written at once.
func (l *link) send(packet []byte) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if !l.out.closed {
		l.out.buf = append(l.out.buf, packet...)
		l.out.add(true)
	}
}

var _ net.Conn = (*link)(nil)
