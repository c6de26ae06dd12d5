package wire

import "strconv"

// Type is a control packet type, MQTT 5.0 section 2.1.2.
type Type uint8

// The control packet types.
const (
	CONNECT     Type = 1
	CONNACK     Type = 2
	PUBLISH     Type = 3
	PUBACK      Type = 4
	PUBREC      Type = 5
	PUBREL      Type = 6
	PUBCOMP     Type = 7
	SUBSCRIBE   Type = 8
	SUBACK      Type = 9
	UNSUBSCRIBE Type = 10
	UNSUBACK    Type = 11
	PINGREQ     Type = 12
	PINGRESP    Type = 13
	DISCONNECT  Type = 14
	AUTH        Type = 15
)

var typeNames = [...]string{
	CONNECT:     "CONNECT",
	CONNACK:     "CONNACK",
	PUBLISH:     "PUBLISH",
	PUBACK:      "PUBACK",
	PUBREC:      "PUBREC",
	PUBREL:      "PUBREL",
	PUBCOMP:     "PUBCOMP",
	SUBSCRIBE:   "SUBSCRIBE",
	SUBACK:      "SUBACK",
	UNSUBSCRIBE: "UNSUBSCRIBE",
	UNSUBACK:    "UNSUBACK",
	PINGREQ:     "PINGREQ",
	PINGRESP:    "PINGRESP",
	DISCONNECT:  "DISCONNECT",
	AUTH:        "AUTH",
}

// String returns the type's name as the specification writes it, such as
// "PUBLISH", and "type N" for what is not a type.
func (t Type) String() string {
	if int(t) < len(typeNames) && typeNames[t] != "" {
		return typeNames[t]
	}
	return "type " + strconv.Itoa(int(t))
}

// places is a set of the packets in which a property or a reason code may
// stand: bit t for packet type t, bit 0 for the will of a CONNECT.
type places uint16

const (
	inWill        places = 1
	inConnect     places = 1 << CONNECT
	inConnack     places = 1 << CONNACK
	inPublish     places = 1 << PUBLISH
	inPuback      places = 1 << PUBACK
	inPubrec      places = 1 << PUBREC
	inPubrel      places = 1 << PUBREL
	inPubcomp     places = 1 << PUBCOMP
	inSubscribe   places = 1 << SUBSCRIBE
	inSuback      places = 1 << SUBACK
	inUnsubscribe places = 1 << UNSUBSCRIBE
	inUnsuback    places = 1 << UNSUBACK
	inDisconnect  places = 1 << DISCONNECT
	inAuth        places = 1 << AUTH

	inAcks = inPuback | inPubrec | inPubrel | inPubcomp
)

// place returns the set that holds t alone.
func (t Type) place() places { return 1 << t }
