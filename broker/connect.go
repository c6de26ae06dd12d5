package broker

import (
	"crypto/rand"
	"math"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

const defaultInflight = 20 // for clients that cannot announce a Receive Maximum

// decoded holds the packets a worker decodes into, so that the frequent ones
// cost no allocation.
type decoded struct {
	publish wire.Publish
	ack     wire.Ack
}

// onConnect handles CONNECT, MQTT 5.0 section 3.1.4.
func (c *conn) onConnect(b *batch, body []byte) error {
	var p wire.Connect
	err := p.Decode(0, 0, body)
	limit, _ := p.Props.Uint(mqtt.PropMaximumPacketSize)
	c.mu.Lock()
	c.version, c.maxOut = p.Version, int(min(limit, math.MaxInt32))
	c.mu.Unlock()
	if err == nil {
		err = c.checkConnect(&p)
	}
	if err == nil {
		err = c.checkMemory(&p)
	}
	assigned := ""
	if err == nil && p.ClientID == "" {
		assigned = c.on.AssignedIDPrefix + rand.Text()
		p.ClientID = assigned // [MQTT-3.1.3-6]
	}
	c.beginTrace(p.ClientID, body)
	a := &admission{connect: p, assigned: assigned}
	if c.srv.remembers() {
		a.info = c.newInfo(&p)
	}
	if err == nil && c.srv.policy.auth != nil {
		return c.authenticate(b, a)
	}
	c.know(a.info)
	if err != nil {
		return err
	}
	return c.admitClient(b, a)
}

// admitClient gives the client its session and answers CONNECT.
func (c *conn) admitClient(b *batch, a *admission) error {
	if err := c.nameByUser(a); err != nil {
		return err
	}
	p := &a.connect
	c.configure(p)
	if p.Will != nil {
		var err error
		if c.will, err = newWill(p.Will, c.publisher()); err != nil {
			return err
		}
	}
	if !c.accepts(len(c.connack(a, false))) {
		return &mqtt.ReasonError{Code: mqtt.PacketTooLarge, Reason: "the client's maximum packet size is too small for CONNACK"}
	}
	at := c.srv.attach(c, p.ClientID, p.CleanStart, func(present bool) {
		b.appendPacket(c, c.connack(a, present))
	})
	c.connected(b, &at)
	return nil
}

// configure takes the connection's settings from CONNECT.
func (c *conn) configure(p *wire.Connect) {
	lim := &c.srv.lim
	c.maxIn = lim.MaxPacketSize
	c.picky = c.on.maxQoS < mqtt.ExactlyOnce || c.srv.RefuseRetained
	keep := time.Duration(p.KeepAlive) * time.Second
	if keep == 0 || keep > lim.MaxKeepAlive {
		keep = lim.MaxKeepAlive
	}
	if keep < math.MaxUint16*time.Second+1 {
		c.keepAlive = int64(keep) * 3 / 2 // [MQTT-3.1.2-22]
	}
	c.window, c.recvMax = defaultInflight, maxPacketID // which these versions cannot be told
	if p.Version != mqtt.V5 {
		if lim.MaxInflight > 0 {
			c.window = min(lim.MaxInflight, maxPacketID)
		}
		if !p.CleanStart {
			c.expiry = c.capExpiry(neverExpires)
		}
		return
	}
	c.window, c.recvMax = maxPacketID, lim.ReceiveMaximum
	if v, ok := p.Props.Uint(mqtt.PropReceiveMaximum); ok {
		c.window = int(v)
	}
	if lim.MaxInflight > 0 {
		c.window = min(c.window, lim.MaxInflight)
	}
	v, _ := p.Props.Uint(mqtt.PropTopicAliasMaximum)
	c.aliasOut = newAliasTable(min(int(v), c.on.aliasMax))
	v, ok := p.Props.Uint(mqtt.PropRequestProblemInfo)
	c.terse = ok && v == 0
	v, _ = p.Props.Uint(mqtt.PropSessionExpiry)
	c.expiry = c.capExpiry(v)
}

// capExpiry limits a session expiry interval, in seconds.
func (c *conn) capExpiry(v uint32) uint32 {
	most := int64(c.srv.lim.MaxSessionExpiry / time.Second)
	if c.srv.lim.MaxSessionExpiry == time.Duration(noLimit) || int64(v) <= most {
		return v
	}
	return uint32(most)
}

// connack returns the accepting CONNACK with what the server limits. [MQTT-3.2.2-2]
func (c *conn) connack(a *admission, present bool) []byte {
	p := &a.connect
	ack := wire.Connack{SessionPresent: present && p.Version >= mqtt.V311}
	if p.Version == mqtt.V5 {
		ack.Props = c.connackProps(p, a.assigned)
		if a.exchange != nil { // [MQTT-4.12.0-5]
			ack.Props.SetText(mqtt.PropAuthMethod, a.method)
			if len(a.final) > 0 {
				ack.Props.SetText(mqtt.PropAuthData, string(a.final))
			}
		}
	}
	out, err := ack.Append(nil, p.Version)
	if err != nil {
		panic("broker: CONNACK cannot be encoded: " + err.Error())
	}
	return out
}

func (c *conn) connackProps(p *wire.Connect, assigned string) mqtt.Properties {
	lim := &c.srv.lim
	var props mqtt.Properties
	if v, ok := p.Props.Uint(mqtt.PropSessionExpiry); ok && c.expiry != v {
		props.SetUint(mqtt.PropSessionExpiry, c.expiry)
	}
	if lim.ReceiveMaximum != maxPacketID {
		props.SetUint(mqtt.PropReceiveMaximum, uint32(lim.ReceiveMaximum))
	}
	if lim.MaxPacketSize < wire.MaxRemaining {
		props.SetUint(mqtt.PropMaximumPacketSize, uint32(lim.MaxPacketSize))
	}
	if assigned != "" {
		props.SetText(mqtt.PropAssignedClientID, assigned) // [MQTT-3.2.2-16]
	}
	if c.on.aliasMax > 0 {
		props.SetUint(mqtt.PropTopicAliasMaximum, uint32(c.on.aliasMax))
	}
	if c.on.maxQoS < mqtt.ExactlyOnce { // [MQTT-3.2.2-9]
		props.SetUint(mqtt.PropMaximumQoS, uint32(c.on.maxQoS))
	}
	if c.srv.RefuseRetained { // section 3.2.2.3.5
		props.SetUint(mqtt.PropRetainAvailable, 0)
	}
	if lim.MaxKeepAlive <= math.MaxUint16*time.Second && (p.KeepAlive == 0 || time.Duration(p.KeepAlive)*time.Second > lim.MaxKeepAlive) {
		props.SetUint(mqtt.PropServerKeepAlive, uint32(lim.MaxKeepAlive/time.Second)) // [MQTT-3.1.2-21]
	}
	return props
}

// connected finishes what attaching began, now that no lock is held.
func (c *conn) connected(b *batch, a *attachment) {
	s := c.srv
	c.announce(a.present)
	if c.keepAlive > 0 {
		s.wheel.Schedule(&c.timer, s.at(b.now+c.keepAlive), (*connTimer)(c))
	} else {
		s.wheel.Stop(&c.timer)
	}
	s.unsubscribeAll(a.over)
	if a.prev != nil {
		a.prev.disconnect(b, errTakenOver)
	}
	b.publishWill(a.will)
	b.markDirty(c) // what waited in the session follows the CONNACK
}
