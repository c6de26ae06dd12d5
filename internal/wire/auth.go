package wire

import "mqt/internal/mqtt"

// Auth is AUTH; it exists only in MQTT 5. Unless it is a bare success it has
// an authentication method.
type Auth struct {
	Code  mqtt.ReasonCode
	Props mqtt.Properties
}

// Decode implements Packet.
func (p *Auth) Decode(v mqtt.Version, flags byte, body []byte) error {
	*p = Auth{}
	if v != mqtt.V5 {
		return malformed("packet type 15 is reserved before MQTT 5")
	}
	if err := checkFlags(AUTH, v, flags); err != nil {
		return err
	}
	if len(body) == 0 { // success without properties, section 3.15.2.1
		return nil
	}
	c := cursor{b: body}
	p.Code = mqtt.ReasonCode(c.uint8("reason code"))
	if err := checkCode(AUTH, p.Code); err != nil {
		return err
	}
	p.Props = c.properties(v, inAuth)
	if err := c.end(); err != nil {
		return err
	}
	return p.check()
}

// check refuses a missing authentication method, section 3.15.2.2.2.
func (p *Auth) check() error {
	if p.bare() || p.Props.Has(mqtt.PropAuthMethod) {
		return nil
	}
	return protocolError("no authentication method")
}

func (p *Auth) bare() bool { return p.Code == mqtt.Success && len(p.Props) == 0 }

// Append implements Packet.
func (p *Auth) Append(dst []byte, v mqtt.Version) ([]byte, error) {
	e := begin(dst, AUTH)
	if v != mqtt.V5 {
		e.fail(needsV5("authentication"))
	}
	e.fail(p.check())
	if !p.bare() {
		e.code(p.Code)
		e.properties(p.Props, inAuth)
	}
	return e.finish(0)
}
