package mqtt

import "fmt"

// ReasonCode is the result of an operation, MQTT 5.0 section 2.4. Codes of
// 0x80 and above are failures. CONNACK return codes and SUBACK failures of
// MQTT 3.1 and 3.1.1 are translated to the nearest reason code.
type ReasonCode uint8

// The reason codes of MQTT 5.0. Success doubles as Normal disconnection and
// Granted QoS 0.
const (
	Success                     ReasonCode = 0x00
	GrantedQoS1                 ReasonCode = 0x01
	GrantedQoS2                 ReasonCode = 0x02
	DisconnectWithWill          ReasonCode = 0x04
	NoMatchingSubscribers       ReasonCode = 0x10
	NoSubscriptionExisted       ReasonCode = 0x11
	ContinueAuthentication      ReasonCode = 0x18
	Reauthenticate              ReasonCode = 0x19
	UnspecifiedError            ReasonCode = 0x80
	MalformedPacket             ReasonCode = 0x81
	ProtocolError               ReasonCode = 0x82
	ImplementationSpecificError ReasonCode = 0x83
	UnsupportedProtocolVersion  ReasonCode = 0x84
	ClientIdentifierNotValid    ReasonCode = 0x85
	BadUserNameOrPassword       ReasonCode = 0x86
	NotAuthorized               ReasonCode = 0x87
	ServerUnavailable           ReasonCode = 0x88
	ServerBusy                  ReasonCode = 0x89
	Banned                      ReasonCode = 0x8A
	ServerShuttingDown          ReasonCode = 0x8B
	BadAuthenticationMethod     ReasonCode = 0x8C
	KeepAliveTimeout            ReasonCode = 0x8D
	SessionTakenOver            ReasonCode = 0x8E
	TopicFilterInvalid          ReasonCode = 0x8F
	TopicNameInvalid            ReasonCode = 0x90
	PacketIdentifierInUse       ReasonCode = 0x91
	PacketIdentifierNotFound    ReasonCode = 0x92
	ReceiveMaximumExceeded      ReasonCode = 0x93
	TopicAliasInvalid           ReasonCode = 0x94
	PacketTooLarge              ReasonCode = 0x95
	MessageRateTooHigh          ReasonCode = 0x96
	QuotaExceeded               ReasonCode = 0x97
	AdministrativeAction        ReasonCode = 0x98
	PayloadFormatInvalid        ReasonCode = 0x99
	RetainNotSupported          ReasonCode = 0x9A
	QoSNotSupported             ReasonCode = 0x9B
	UseAnotherServer            ReasonCode = 0x9C
	ServerMoved                 ReasonCode = 0x9D
	SharedNotSupported          ReasonCode = 0x9E
	ConnectionRateExceeded      ReasonCode = 0x9F
	MaximumConnectTime          ReasonCode = 0xA0
	SubIDNotSupported           ReasonCode = 0xA1
	WildcardNotSupported        ReasonCode = 0xA2
)

var reasonNames = [...]string{
	Success:                     "success",
	GrantedQoS1:                 "granted QoS 1",
	GrantedQoS2:                 "granted QoS 2",
	DisconnectWithWill:          "disconnect with will message",
	NoMatchingSubscribers:       "no matching subscribers",
	NoSubscriptionExisted:       "no subscription existed",
	ContinueAuthentication:      "continue authentication",
	Reauthenticate:              "re-authenticate",
	UnspecifiedError:            "unspecified error",
	MalformedPacket:             "malformed packet",
	ProtocolError:               "protocol error",
	ImplementationSpecificError: "implementation specific error",
	UnsupportedProtocolVersion:  "unsupported protocol version",
	ClientIdentifierNotValid:    "client identifier not valid",
	BadUserNameOrPassword:       "bad user name or password",
	NotAuthorized:               "not authorized",
	ServerUnavailable:           "server unavailable",
	ServerBusy:                  "server busy",
	Banned:                      "banned",
	ServerShuttingDown:          "server shutting down",
	BadAuthenticationMethod:     "bad authentication method",
	KeepAliveTimeout:            "keep alive timeout",
	SessionTakenOver:            "session taken over",
	TopicFilterInvalid:          "topic filter invalid",
	TopicNameInvalid:            "topic name invalid",
	PacketIdentifierInUse:       "packet identifier in use",
	PacketIdentifierNotFound:    "packet identifier not found",
	ReceiveMaximumExceeded:      "receive maximum exceeded",
	TopicAliasInvalid:           "topic alias invalid",
	PacketTooLarge:              "packet too large",
	MessageRateTooHigh:          "message rate too high",
	QuotaExceeded:               "quota exceeded",
	AdministrativeAction:        "administrative action",
	PayloadFormatInvalid:        "payload format invalid",
	RetainNotSupported:          "retain not supported",
	QoSNotSupported:             "QoS not supported",
	UseAnotherServer:            "use another server",
	ServerMoved:                 "server moved",
	SharedNotSupported:          "shared subscriptions not supported",
	ConnectionRateExceeded:      "connection rate exceeded",
	MaximumConnectTime:          "maximum connect time",
	SubIDNotSupported:           "subscription identifiers not supported",
	WildcardNotSupported:        "wildcard subscriptions not supported",
}

// Failed reports whether the code is a failure: 0x80 or above.
func (c ReasonCode) Failed() bool { return c >= 0x80 }

// String returns the code's name in lower case, such as "not authorized".
func (c ReasonCode) String() string {
	if int(c) < len(reasonNames) && reasonNames[c] != "" {
		return reasonNames[c]
	}
	return fmt.Sprintf("reason code 0x%02X", uint8(c))
}

// ReasonError is a refusal by the other side, or the reason to refuse it.
type ReasonError struct {
	// Op is what was refused, such as "connect" or "publish"; may be empty.
	Op string
	// Code says why.
	Code ReasonCode
	// Reason is the explanation in words: the Reason String property of a
	// packet that was received or is to be sent. May be empty.
	Reason string
}

// Error returns "op: code: reason", leaving out what is empty.
func (e *ReasonError) Error() string {
	s := e.Code.String()
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}
