package client

import (
	"errors"
	"io"
	"syscall"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// isHangup reports whether the other side has ended the connection.
func isHangup(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err)
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// Read implements net.Conn for paho: MQTT 5 packets that answer its requests.
func (l *link) Read(p []byte) (int, error) {
	for len(l.feed) == 0 {
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.feed)
	l.feed = l.feed[n:]
	return n, nil
}

// next reads and handles one packet.
func (l *link) next() error {
	h, body, err := l.rd.Next()
	if err != nil {
		l.settle()
		return l.readError(err)
	}
	if l.leaving.Load() {
		return nil
	}
	if err := l.handle(h, body); err != nil {
		l.settle()
		return l.refuse(err)
	}
	return nil
}

func (l *link) handle(h wire.Header, body []byte) error {
	if !l.answer && h.Type != wire.CONNACK && h.Type != wire.AUTH {
		return protocolError("%v before CONNACK", h.Type)
	}
	switch h.Type {
	case wire.PUBLISH, wire.PUBREL:
		return l.gather(h, body)
	case wire.PUBACK, wire.PUBREC, wire.PUBCOMP:
		return l.acknowledged(h, body)
	case wire.CONNACK:
		return l.connected(h, body)
	case wire.SUBACK:
		return l.translate(new(wire.Suback), h, body)
	case wire.UNSUBACK:
		return l.translate(new(wire.Unsuback), h, body)
	case wire.PINGRESP:
		return l.translate(new(wire.Pingresp), h, body)
	case wire.DISCONNECT:
		return l.disconnected(h, body)
	case wire.AUTH:
		return l.challenged(h, body)
	}
	return protocolError("a broker does not send %v", h.Type)
}

// connected reads CONNACK. A broker that does not know MQTT 5 answers in the
// form of 3.1.1, two bytes.
func (l *link) connected(h wire.Header, body []byte) error {
	if l.answer {
		return protocolError("a second CONNACK")
	}
	v := l.version
	if v == mqtt.V5 && len(body) == 2 {
		v = mqtt.V311
	}
	if err := l.connack.Decode(v, h.Flags, body); err != nil {
		return err
	}
	ca := &l.connack
	if v != l.version && !ca.Code.Failed() {
		return protocolError("the broker answered in another protocol version")
	}
	if err := l.authenticated(ca); err != nil {
		return err
	}
	l.answer = true
	l.rd.Max = l.maxPacket()
	if ca.SessionPresent && l.clean() {
		return protocolError("the broker resumes a session although a clean start was asked for") // [MQTT-3.2.2-2]
	}
	// paho needs the verdict and the keep alive. It would call a handler it
	// was not given if it saw an authentication method.
	reply := wire.Connack{SessionPresent: ca.SessionPresent, Code: ca.Code}
	if k, ok := ca.Props.Uint(mqtt.PropServerKeepAlive); ok {
		reply.Props.SetUint(mqtt.PropServerKeepAlive, k)
	}
	if ca.Code.Failed() {
		l.fail(&mqtt.ReasonError{Op: "connect", Code: ca.Code, Reason: ca.Props.Text(mqtt.PropReasonString)})
	}
	var err error
	l.feed, err = reply.Append(l.feed[:0], mqtt.V5)
	return err
}

// clean reports whether the CONNECT of this link asked for a clean start.
func (l *link) clean() bool {
	var p wire.Connect
	h, err := wire.ParseHeader(l.connect)
	return err == nil && p.Decode(0, h.Flags, l.connect[h.Size:]) == nil && p.CleanStart
}

// translate checks a packet and passes it to paho in the form of MQTT 5.
func (l *link) translate(p wire.Packet, h wire.Header, body []byte) error {
	if err := p.Decode(l.version, h.Flags, body); err != nil {
		return err
	}
	switch p := p.(type) {
	case *wire.Suback:
		if err := l.reqs.expect(p.PacketID, len(p.Codes), h.Type); err != nil {
			return err
		}
	case *wire.Unsuback:
		if l.version != mqtt.V5 {
			p.Codes = make([]mqtt.ReasonCode, l.reqs.size(p.PacketID))
			if len(p.Codes) == 0 {
				return protocolError("UNSUBACK for an unknown packet identifier")
			}
		}
		if err := l.reqs.expect(p.PacketID, len(p.Codes), h.Type); err != nil {
			return err
		}
	}
	var err error
	l.feed, err = p.Append(l.feed[:0], mqtt.V5)
	return err
}

// disconnected reads the broker's DISCONNECT, which exists in MQTT 5 only.
func (l *link) disconnected(h wire.Header, body []byte) error {
	var p wire.Disconnect
	if l.version != mqtt.V5 {
		return protocolError("a broker does not send DISCONNECT before MQTT 5")
	}
	if err := p.Decode(l.version, h.Flags, body); err != nil {
		return err
	}
	err := &mqtt.ReasonError{Op: "disconnected by the broker", Code: p.Code, Reason: p.Props.Text(mqtt.PropReasonString)}
	l.settle()
	l.leaving.Store(true) // refuse must not answer it
	l.fail(err)
	return nil
}
