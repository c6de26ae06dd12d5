// Package null is a broker that does nothing: it accepts every client,
// acknowledges what is published, grants every subscription and delivers
// nothing. It shows how fast a load generator is by itself.
package null

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// Broker is a null broker on a free port of the loopback interface.
type Broker struct {
	// Addr is its address, host:port.
	Addr string

	ln    net.Listener
	stop  context.CancelFunc
	tasks sync.WaitGroup
}

// Start starts a broker. It must be closed.
func Start() (*Broker, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	b := &Broker{Addr: ln.Addr().String(), ln: ln, stop: stop}
	b.tasks.Go(func() { b.accept(ctx) })
	return b, nil
}

// Close ends all connections.
func (b *Broker) Close() {
	b.ln.Close()
	b.stop()
	b.tasks.Wait()
}

func (b *Broker) accept(ctx context.Context) {
	for {
		nc, err := b.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		b.tasks.Go(func() {
			defer nc.Close()
			defer context.AfterFunc(ctx, func() { nc.Close() })()
			c := conn{nc: nc}
			c.serve()
		})
	}
}

// Sizes of a connection's buffer in bytes: what an idle one has, and a busy
// one.
const (
	idleBuffer = 1 << 10
	busyBuffer = 512 << 10
)

// conn is one connection.
type conn struct {
	nc      net.Conn
	version mqtt.Version
	out     []byte
}

// serve answers until the connection ends or sends what is not MQTT.
func (c *conn) serve() {
	buf := make([]byte, idleBuffer)
	have := 0
	for {
		n, err := c.nc.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		used, err := c.packets(buf[:have])
		if err != nil {
			return
		}
		if len(c.out) > 0 {
			if _, err := c.nc.Write(c.out); err != nil {
				return
			}
			c.out = c.out[:0]
		}
		rest := buf[used:have]
		if have == len(buf) {
			buf = make([]byte, max(busyBuffer, 2*len(rest)))
		}
		have = copy(buf, rest)
	}
}

// packets handles the whole packets at the front of b, and returns their
// length.
func (c *conn) packets(b []byte) (int, error) {
	used := 0
	for used < len(b) {
		h, err := wire.ParseHeader(b[used:])
		if err == wire.ErrIncomplete || err == nil && h.Total() > len(b)-used {
			break
		}
		if err != nil {
			return used, err
		}
		if err := c.packet(h, b[used+h.Size:used+h.Total()]); err != nil {
			return used, err
		}
		used += h.Total()
	}
	return used, nil
}

var errEnd = errors.New("the connection ends")

func (c *conn) packet(h wire.Header, body []byte) error {
	switch h.Type {
	case wire.PUBLISH:
		return c.publish(h.Flags, body)
	case wire.PUBREL:
		if len(body) < 2 {
			return errEnd
		}
		c.out = wire.AppendAck(c.out, wire.PUBCOMP, binary.BigEndian.Uint16(body))
		return nil
	case wire.PINGREQ:
		return c.answer(&wire.Pingresp{})
	case wire.CONNECT:
		var p wire.Connect
		if err := p.Decode(0, h.Flags, body); err != nil {
			return err
		}
		c.version = p.Version
		return c.answer(&wire.Connack{})
	case wire.SUBSCRIBE:
		return c.subscribe(h.Flags, body)
	case wire.DISCONNECT:
		return errEnd
	}
	return nil
}

// publish acknowledges, and looks at nothing else.
func (c *conn) publish(flags byte, body []byte) error {
	qos := mqtt.QoS(flags >> 1 & 3)
	if qos == mqtt.AtMostOnce {
		return nil
	}
	if len(body) < 2 {
		return errEnd
	}
	at := 2 + int(binary.BigEndian.Uint16(body))
	if len(body) < at+2 {
		return errEnd
	}
	ack := wire.PUBACK
	if qos == mqtt.ExactlyOnce {
		ack = wire.PUBREC
	}
	c.out = wire.AppendAck(c.out, ack, binary.BigEndian.Uint16(body[at:]))
	return nil
}

func (c *conn) subscribe(flags byte, body []byte) error {
	var p wire.Subscribe
	if err := p.Decode(c.version, flags, body); err != nil {
		return err
	}
	answer := wire.Suback{PacketID: p.PacketID}
	for _, f := range p.Filters {
		answer.Codes = append(answer.Codes, mqtt.ReasonCode(f.QoS))
	}
	return c.answer(&answer)
}

func (c *conn) answer(p wire.Packet) error {
	var err error
	c.out, err = p.Append(c.out, c.version)
	return err
}
