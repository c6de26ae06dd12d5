package wire

import (
	"fmt"

	"mqt/internal/mqtt"
)

// propertyPlaces says which packets may carry a property, MQTT 5.0 section
// 2.2.2.2.
var propertyPlaces = [256]places{
	mqtt.PropPayloadFormat:       inPublish | inWill,
	mqtt.PropMessageExpiry:       inPublish | inWill,
	mqtt.PropContentType:         inPublish | inWill,
	mqtt.PropResponseTopic:       inPublish | inWill,
	mqtt.PropCorrelationData:     inPublish | inWill,
	mqtt.PropSubscriptionID:      inPublish | inSubscribe,
	mqtt.PropSessionExpiry:       inConnect | inConnack | inDisconnect,
	mqtt.PropAssignedClientID:    inConnack,
	mqtt.PropServerKeepAlive:     inConnack,
	mqtt.PropAuthMethod:          inConnect | inConnack | inAuth,
	mqtt.PropAuthData:            inConnect | inConnack | inAuth,
	mqtt.PropRequestProblemInfo:  inConnect,
	mqtt.PropWillDelay:           inWill,
	mqtt.PropRequestResponseInfo: inConnect,
	mqtt.PropResponseInfo:        inConnack,
	mqtt.PropServerReference:     inConnack | inDisconnect,
	mqtt.PropReasonString:        inConnack | inAcks | inSuback | inUnsuback | inDisconnect | inAuth,
	mqtt.PropReceiveMaximum:      inConnect | inConnack,
	mqtt.PropTopicAliasMaximum:   inConnect | inConnack,
	mqtt.PropTopicAlias:          inPublish,
	mqtt.PropMaximumQoS:          inConnack,
	mqtt.PropRetainAvailable:     inConnack,
	mqtt.PropUser: inWill | inConnect | inConnack | inPublish | inAcks | inSubscribe | inSuback |
		inUnsubscribe | inUnsuback | inDisconnect | inAuth,
	mqtt.PropMaximumPacketSize: inConnect | inConnack,
	mqtt.PropWildcardAvailable: inConnack,
	mqtt.PropSubIDAvailable:    inConnack,
	mqtt.PropSharedAvailable:   inConnack,
}

// scan is what a walk over a property list found.
type scan struct {
	seen     uint64 // bit i for property i
	alias    uint16
	aliasAt  int
	expiryAt int
}

func (s *scan) has(id mqtt.PropertyID) bool { return s.seen>>id&1 == 1 }

// scanProperties checks a property list: encoding, placement, duplicates and
// values.
func scanProperties(raw RawProperties, where places) (scan, error) {
	s := scan{aliasAt: -1, expiryAt: -1}
	for at := 0; at < len(raw); {
		b := raw[at:]
		p, n, err := nextProperty(b)
		if err != nil {
			return s, err
		}
		if err := s.admit(p.id, where); err != nil {
			return s, err
		}
		if err := checkValue(&p, b); err != nil {
			return s, err
		}
		switch p.id {
		case mqtt.PropTopicAlias:
			s.alias, s.aliasAt = uint16(p.num), at
		case mqtt.PropMessageExpiry:
			s.expiryAt = at
		}
		at += n
	}
	if s.has(mqtt.PropAuthData) && !s.has(mqtt.PropAuthMethod) {
		return s, protocolError("authentication data without an authentication method")
	}
	return s, nil
}

// admit notes that the list holds a property and refuses one that must not
// stand there: a malformed packet by section 2.2.2.2; or a second time: a
// protocol error by the section on each property.
func (s *scan) admit(id mqtt.PropertyID, where places) error {
	if propertyPlaces[id]&where == 0 {
		return malformed(fmt.Sprintf("property %v must not stand in this packet", id))
	}
	if s.has(id) && id != mqtt.PropUser && (id != mqtt.PropSubscriptionID || where != inPublish) {
		return protocolError(fmt.Sprintf("property %v appears twice", id))
	}
	s.seen |= 1 << id
	return nil
}

// checkValue refuses values outside a property's range. b begins with the
// property.
func checkValue(p *rawProperty, b []byte) error {
	switch p.id.Type() {
	case mqtt.TypeByte: // each of them is 0 or 1
		if p.num > 1 {
			return protocolError(fmt.Sprintf("property %v is neither 0 nor 1", p.id))
		}
	case mqtt.TypeString:
		if p.id == mqtt.PropResponseTopic {
			return checkResponseTopic(p.value.of(b))
		}
		return checkPropertyText(p.id, p.value.of(b))
	case mqtt.TypePair:
		if err := checkPropertyText(p.id, p.key.of(b)); err != nil {
			return err
		}
		return checkPropertyText(p.id, p.value.of(b))
	case mqtt.TypeUint16, mqtt.TypeUint32, mqtt.TypeVarint:
		if p.num == 0 {
			return checkZero(p.id)
		}
	}
	return nil
}

// checkZero refuses the value 0 for the numbers that must not have it.
func checkZero(id mqtt.PropertyID) error {
	switch id {
	case mqtt.PropTopicAlias: // [MQTT-3.3.2-8]
		return refuse(mqtt.TopicAliasInvalid, "topic alias is 0")
	case mqtt.PropReceiveMaximum, mqtt.PropMaximumPacketSize, mqtt.PropSubscriptionID:
		return protocolError(fmt.Sprintf("property %v is 0", id))
	}
	return nil
}

// checkPropertyText builds the subject of the error only when there is one.
func checkPropertyText(id mqtt.PropertyID, b []byte) error {
	if plainTopic(b) || checkText("", b) == nil {
		return nil
	}
	return checkText("property "+id.String(), b)
}

// checkResponseTopic applies the rules of topic names. [MQTT-3.3.2-13],
// [MQTT-3.3.2-14], [MQTT-4.7.3-1]
func checkResponseTopic(b []byte) error {
	if len(b) == 0 {
		return protocolError("response topic is empty")
	}
	return checkTopic("response topic", b)
}
