package wire

import (
	"errors"
	"fmt"

	"mqt/internal/mqtt"
)

// ErrIncomplete says that more bytes are needed to decide.
var ErrIncomplete = errors.New("wire: incomplete packet")

// refuse returns the reason to refuse a packet. Following the definitions of
// MQTT 5.0 section 1.2, what cannot be parsed is a malformed packet, and what
// parses but says something that is not permitted is a protocol error.
func refuse(code mqtt.ReasonCode, reason string) error {
	return &mqtt.ReasonError{Code: code, Reason: reason}
}

func malformed(reason string) error { return refuse(mqtt.MalformedPacket, reason) }

func protocolError(reason string) error { return refuse(mqtt.ProtocolError, reason) }

// emptyText refuses a topic name or filter without a character
// [MQTT-4.7.3-1]: MQTT 5 calls it a protocol error, the older versions know
// nothing but a malformed packet.
func emptyText(v mqtt.Version, what string) error {
	if v == mqtt.V5 {
		return protocolError(what + " is empty")
	}
	return malformed(what + " is empty")
}

// zeroPacketID refuses packet identifier 0. [MQTT-2.2.1-3]
func zeroPacketID() error { return protocolError("packet identifier is 0") }

// cannotEncode says which packet an Append could not express, and why.
func cannotEncode(t Type, err error) error {
	var re *mqtt.ReasonError
	if errors.As(err, &re) && re.Reason != "" {
		return fmt.Errorf("encode %v: %s", t, re.Reason)
	}
	return fmt.Errorf("encode %v: %w", t, err)
}

// needsV5 is why something cannot be expressed in an older version.
func needsV5(what string) error { return errors.New(what + " needs MQTT 5") }
