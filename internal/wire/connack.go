package wire

import "mqt/internal/mqtt"

// Connack is CONNACK. Return codes of MQTT 3.1 and 3.1.1 are translated from
// and to reason codes: a failure they cannot express becomes "server
// unavailable" or "not authorized", whichever is nearer. Append ignores Props
// before MQTT 5, and SessionPresent in MQTT 3.1.
type Connack struct {
	SessionPresent bool
	Code           mqtt.ReasonCode
	Props          mqtt.Properties
}

// Decode implements Packet.
func (p *Connack) Decode(v mqtt.Version, flags byte, body []byte) error {
	*p = Connack{}
	if err := checkFlags(CONNACK, v, flags); err != nil {
		return err
	}
	c := cursor{b: body}
	f := c.uint8("connect acknowledge flags")
	code := c.uint8("reason code")
	if c.err != nil {
		return c.err
	}
	if v == mqtt.V31 {
		f = 0 // the byte is reserved and not used
	}
	if f > 1 { // [MQTT-3.2.2-1]
		return malformed("reserved connect acknowledge flag is set")
	}
	p.SessionPresent = f == 1
	p.Code = mqtt.ReasonCode(code)
	if v != mqtt.V5 {
		if int(code) >= len(connackReturn) {
			return protocolError("connect return code does not exist")
		}
		p.Code = connackReturn[code]
	}
	if err := p.check(); err != nil {
		return err
	}
	p.Props = c.properties(v, inConnack)
	return c.end()
}

// check refuses codes that are not CONNACK's, and a session of a connection
// that is not accepted. [MQTT-3.2.2-6]
func (p *Connack) check() error {
	if p.SessionPresent && p.Code != mqtt.Success {
		return protocolError("session present in a refusal")
	}
	return checkCode(CONNACK, p.Code)
}

// Append implements Packet.
func (p *Connack) Append(dst []byte, v mqtt.Version) ([]byte, error) {
	e := begin(dst, CONNACK)
	if p.SessionPresent && p.Code != mqtt.Success {
		e.fail(protocolError("session present in a refusal"))
	}
	var f byte
	if p.SessionPresent && v != mqtt.V31 {
		f = 1
	}
	e.uint8(f)
	if v == mqtt.V5 {
		e.code(p.Code)
		e.properties(p.Props, inConnack)
	} else {
		e.uint8(connackReturnOf(p.Code))
	}
	return e.finish(0)
}
