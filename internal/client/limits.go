package client

import (
	"fmt"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// limits is what the broker said in CONNACK that it accepts.
type limits struct {
	maxPacket int // bytes of a packet
	maxQoS    mqtt.QoS
	maxAlias  uint32
	receive   int // publishes at once
	noRetain  bool
	noWild    bool
	noSubID   bool
	noShared  bool
}

const largestPacket = wire.MaxRemaining + 5

func limitsOf(ca *wire.Connack) limits {
	get := func(id mqtt.PropertyID, missing uint32) uint32 {
		if v, ok := ca.Props.Uint(id); ok {
			return v
		}
		return missing
	}
	return limits{
		maxPacket: int(min(get(mqtt.PropMaximumPacketSize, largestPacket), largestPacket)),
		maxQoS:    mqtt.QoS(get(mqtt.PropMaximumQoS, uint32(mqtt.ExactlyOnce))),
		maxAlias:  get(mqtt.PropTopicAliasMaximum, 0),
		receive:   int(get(mqtt.PropReceiveMaximum, 65535)),
		noRetain:  get(mqtt.PropRetainAvailable, 1) == 0,
		noWild:    get(mqtt.PropWildcardAvailable, 1) == 0,
		noSubID:   get(mqtt.PropSubIDAvailable, 1) == 0,
		noShared:  get(mqtt.PropSharedAvailable, 1) == 0,
	}
}

func tooLarge(size, limit int) error {
	return &mqtt.ReasonError{Code: mqtt.PacketTooLarge,
		Reason: fmt.Sprintf("%d bytes, and the broker's maximum packet size is %d", size, limit)}
}

// checkPublish refuses what the broker said it would not accept, before it
// closes the connection over it.
func (n *limits) checkPublish(m *mqtt.Message) error {
	refuse := func(code mqtt.ReasonCode, reason string) error {
		return &mqtt.ReasonError{Op: "publish", Code: code, Reason: reason}
	}
	switch {
	case m.QoS > n.maxQoS:
		return refuse(mqtt.QoSNotSupported, fmt.Sprintf("the broker accepts QoS %d at most", n.maxQoS))
	case m.Retain && n.noRetain:
		return refuse(mqtt.RetainNotSupported, "the broker does not keep messages")
	}
	if len(m.Props) == 0 {
		return nil
	}
	if a, ok := m.Props.Uint(mqtt.PropTopicAlias); ok && (a > n.maxAlias || a == 0) {
		return refuse(mqtt.TopicAliasInvalid, fmt.Sprintf("topic alias %d, and the broker's maximum is %d", a, n.maxAlias))
	}
	return nil
}

// checkSubscribe does the same for a SUBSCRIBE.
func (n *limits) checkSubscribe(subs []mqtt.Subscription, props mqtt.Properties) error {
	for _, s := range subs {
		var code mqtt.ReasonCode
		switch {
		case n.noWild && s.Filter.Wild():
			code = mqtt.WildcardNotSupported
		case n.noShared && s.Filter.ShareGroup() != "":
			code = mqtt.SharedNotSupported
		case n.noSubID && props.Has(mqtt.PropSubscriptionID):
			code = mqtt.SubIDNotSupported
		default:
			continue
		}
		return &mqtt.ReasonError{Op: "subscribe", Code: code, Reason: s.Filter.String()}
	}
	return nil
}
