package wire

import (
	"errors"

	"mqt/internal/mqtt"
)

// Connect is CONNECT. Decode ignores its version argument and sets Version
// from the packet; Append uses Version, not its argument.
//
// When Decode fails because the protocol version is not supported, Version is
// the one whose CONNACK the client is most likely to understand; when it fails
// before the version is known, Version is 0.
type Connect struct {
	Version     mqtt.Version
	CleanStart  bool   // Clean Session before MQTT 5
	KeepAlive   uint16 // seconds; 0 turns it off
	ClientID    string // may be empty
	Props       mqtt.Properties
	Will        *Will // nil: none
	Username    string
	HasUsername bool // Username counts, even if empty
	Password    []byte
	HasPassword bool // Password counts, even if empty
}

// Will is the will message of a CONNECT.
type Will struct {
	Topic   string
	Payload []byte // at most 65,535 bytes
	QoS     mqtt.QoS
	Retain  bool
	Props   mqtt.Properties
}

// The bits of the connect flags, MQTT 5.0 section 3.1.2.3.
const (
	flagReserved   = 0x01
	flagCleanStart = 0x02
	flagWill       = 0x04
	flagWillQoS    = 0x18
	flagWillRetain = 0x20
	flagPassword   = 0x40
	flagUsername   = 0x80
)

// Decode implements Packet.
func (p *Connect) Decode(_ mqtt.Version, flags byte, body []byte) error {
	*p = Connect{}
	if err := checkFlags(CONNECT, 0, flags); err != nil {
		return err
	}
	c := cursor{b: body}
	if err := p.decodeProtocol(&c); err != nil {
		return err
	}
	f := c.uint8("connect flags")
	p.KeepAlive = c.uint16("keep alive")
	if c.err == nil {
		c.err = checkConnectFlags(p.Version, f)
	}
	p.CleanStart = f&flagCleanStart != 0
	p.Props = c.properties(p.Version, inConnect)
	p.ClientID = string(c.text("client identifier"))
	if f&flagWill != 0 {
		p.decodeWill(&c, f)
	}
	p.decodeCredentials(&c, f)
	return c.end()
}

// decodeProtocol reads protocol name and level. [MQTT-3.1.2-1], [MQTT-3.1.2-2]
func (p *Connect) decodeProtocol(c *cursor) error {
	name := string(c.text("protocol name"))
	level := c.uint8("protocol level")
	if c.err != nil {
		return c.err
	}
	v := mqtt.Version(level)
	known := name != "" && name == protocolName(v)
	switch { // bridges of some brokers set the high bit of the level
	case level&0x7F == byte(mqtt.V31):
		p.Version = mqtt.V31
	case level&0x7F > byte(mqtt.V311):
		p.Version = mqtt.V5
	default:
		p.Version = mqtt.V311
	}
	if !known {
		return refuse(mqtt.UnsupportedProtocolVersion, "protocol name and level are not those of MQTT 3.1, 3.1.1 or 5")
	}
	return nil
}

// protocolName returns the name that belongs to a version, empty when the
// version is not supported.
func protocolName(v mqtt.Version) string {
	switch v {
	case mqtt.V31:
		return "MQIsdp"
	case mqtt.V311, mqtt.V5:
		return "MQTT"
	}
	return ""
}

func checkConnectFlags(v mqtt.Version, f byte) error {
	switch {
	case f&flagReserved != 0: // [MQTT-3.1.2-3]
		return malformed("reserved connect flag is set")
	case f&flagWillQoS == flagWillQoS: // [MQTT-3.1.2-12]
		return malformed("will QoS is 3")
	case f&flagWill == 0 && f&flagWillQoS != 0: // [MQTT-3.1.2-11]
		return protocolError("will QoS without a will")
	case f&flagWill == 0 && f&flagWillRetain != 0: // [MQTT-3.1.2-13]
		return protocolError("will retain without a will")
	case f&flagPassword != 0 && f&flagUsername == 0 && v != mqtt.V5: // 3.1.1 [MQTT-3.1.2-22]
		return protocolError("password without a user name")
	}
	return nil
}

func (p *Connect) decodeWill(c *cursor, f byte) {
	w := &Will{QoS: mqtt.QoS(f & flagWillQoS >> 3), Retain: f&flagWillRetain != 0}
	w.Props = c.properties(p.Version, inWill)
	topic := c.binary("will topic")
	if c.err == nil && len(topic) == 0 {
		c.err = emptyText(p.Version, "will topic")
	}
	if c.err == nil {
		c.err = checkTopic("will topic", topic)
	}
	w.Topic = string(topic)
	w.Payload = c.binary("will payload")
	p.Will = w
}

// decodeCredentials reads user name and password. In MQTT 3.1 the remaining
// length takes precedence over the flags: either may be missing although its
// flag is set.
func (p *Connect) decodeCredentials(c *cursor, f byte) {
	optional := p.Version == mqtt.V31
	if f&flagUsername != 0 && !(optional && len(c.b) == 0) {
		p.Username = string(c.text("user name"))
		p.HasUsername = true
	}
	if f&flagPassword != 0 && !(optional && len(c.b) == 0) {
		p.Password = c.binary("password")
		p.HasPassword = true
	}
}

// Append implements Packet.
func (p *Connect) Append(dst []byte, _ mqtt.Version) ([]byte, error) {
	e := begin(dst, CONNECT)
	f := p.flags()
	if name := protocolName(p.Version); name != "" {
		e.text("protocol name", name)
		e.fail(checkConnectFlags(p.Version, f))
	} else {
		e.fail(errors.New("protocol version is not supported"))
	}
	e.uint8(byte(p.Version))
	e.uint8(f)
	e.uint16(p.KeepAlive)
	e.requestProperties(p.Version, p.Props, inConnect)
	e.text("client identifier", p.ClientID)
	if p.Will != nil {
		p.Will.append(&e, p.Version)
	}
	if p.HasUsername {
		e.text("user name", p.Username)
	}
	if p.HasPassword {
		e.binary("password", p.Password)
	}
	return e.finish(0)
}

func (p *Connect) flags() byte {
	var f byte
	if p.CleanStart {
		f |= flagCleanStart
	}
	if w := p.Will; w != nil {
		f |= flagWill | min(byte(w.QoS), 3)<<3
		if w.Retain {
			f |= flagWillRetain
		}
	}
	if p.HasUsername {
		f |= flagUsername
	}
	if p.HasPassword {
		f |= flagPassword
	}
	return f
}

func (w *Will) append(e *encoder, v mqtt.Version) {
	e.requestProperties(v, w.Props, inWill)
	if w.Topic == "" {
		e.fail(emptyText(v, "will topic"))
	}
	e.fail(checkTopic("will topic", []byte(w.Topic)))
	e.text("will topic", w.Topic)
	e.binary("will payload", w.Payload)
}
