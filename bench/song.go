package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"mqt/bench/internal/load"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
	"mqt/internal/wire"
)

// sing sends messages from one connection to another until ctx ends. When a
// connection is refused or lost there is no canary any more: the load itself
// reports such things.
func (c *canary) sing(ctx context.Context, p load.Plan) {
	topic := fmt.Sprintf("mqtbench/canary/%016x", rand.Uint64())
	from, err := openSinger(ctx, p, topic+"-p")
	if err != nil {
		return
	}
	defer from.close()
	to, err := openSinger(ctx, p, topic+"-s")
	if err != nil {
		return
	}
	defer to.close()
	if err := to.subscribe(topic); err != nil {
		return
	}
	c.task.Go(func() { c.hear(to) })
	c.task.Go(func() { _, _, _ = from.r.Next() }) // nothing comes but the end
	from.repeat(ctx, topic)
}

// hear times what arrives, until the connection ends.
func (c *canary) hear(s *singer) {
	for {
		h, body, err := s.r.Next()
		if err != nil {
			return
		}
		var p wire.Publish
		if h.Type != wire.PUBLISH || p.Decode(s.version, h.Flags, body) != nil || len(p.Payload) != 8 {
			continue
		}
		took := time.Duration(time.Now().UnixNano() - int64(binary.BigEndian.Uint64(p.Payload)))
		c.mu.Lock()
		if c.times == nil {
			c.times = hdrhistogram.New(1, 120_000_000, 3)
		}
		_ = c.times.RecordValue(min(max(took.Microseconds(), 0), 120_000_000)) // within the range
		c.mu.Unlock()
	}
}

// singer is one connection of the canary.
type singer struct {
	nc      net.Conn
	r       *wire.Reader
	version mqtt.Version
	unhook  func() bool
}

// openSinger connects, and returns when CONNACK has come.
func openSinger(ctx context.Context, p load.Plan, id string) (*singer, error) {
	o, err := p.Transport(0)
	if err != nil {
		return nil, err
	}
	nc, err := transport.Dial(ctx, p.Server(0), o)
	if err != nil {
		return nil, err
	}
	s := &singer{nc: nc, r: &wire.Reader{R: nc, Max: 64 << 10}, version: p.Version}
	s.unhook = context.AfterFunc(ctx, func() { nc.Close() })
	connect := &wire.Connect{Version: p.Version, CleanStart: true, ClientID: id[len(id)-18:]}
	if p.Credentials != nil {
		user, password := p.Credentials(p.Clients[0].Number)
		connect.Username, connect.HasUsername = user, user != ""
		connect.Password, connect.HasPassword = []byte(password), password != ""
	}
	if err := s.ask(connect, wire.CONNACK); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

var errRefused = errors.New("refused")

// ask sends a packet, and waits for its answer.
func (s *singer) ask(p wire.Packet, want wire.Type) error {
	b, err := p.Append(nil, s.version)
	if err != nil {
		return err
	}
	if _, err := s.nc.Write(b); err != nil {
		return err
	}
	h, body, err := s.r.Next()
	if err != nil {
		return err
	}
	answer := wire.New(h.Type)
	if err := answer.Decode(s.version, h.Flags, body); err != nil {
		return err
	}
	if ack, ok := answer.(*wire.Connack); h.Type != want || ok && ack.Code.Failed() {
		return errRefused
	}
	return nil
}

func (s *singer) subscribe(topic string) error {
	return s.ask(&wire.Subscribe{PacketID: 1, Filters: []wire.SubscribeFilter{{Filter: topic}}}, wire.SUBACK)
}

// repeat publishes the time, ten times a second.
func (s *singer) repeat(ctx context.Context, topic string) {
	beats := time.NewTicker(beat)
	defer beats.Stop()
	var b []byte
	for {
		select {
		case <-ctx.Done():
			return
		case <-beats.C:
		}
		p := wire.Publish{Topic: []byte(topic), Payload: binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano()))}
		var err error
		if b, err = p.Append(b[:0], s.version); err != nil {
			return
		}
		if _, err := s.nc.Write(b); err != nil {
			return
		}
	}
}

func (s *singer) close() {
	s.unhook()
	s.nc.Close()
}
