package broker

import "mqt/internal/mqtt"

// The vocabulary of this package's API, for programs that import it.
type (
	// Message is an application message.
	Message = mqtt.Message
	// Filter is a checked topic filter.
	Filter = mqtt.Filter
	// QoS is a quality of service level: 0, 1 or 2.
	QoS = mqtt.QoS
	// Properties is an MQTT 5 property list.
	Properties = mqtt.Properties
	// Version is a protocol version.
	Version = mqtt.Version
	// ReasonCode is an MQTT 5 reason code.
	ReasonCode = mqtt.ReasonCode
	// ReasonError refuses something with a reason code.
	ReasonError = mqtt.ReasonError
)

// Reason codes that an Authorizer refuses with.
const (
	BadUserNameOrPassword   = mqtt.BadUserNameOrPassword
	NotAuthorized           = mqtt.NotAuthorized
	Banned                  = mqtt.Banned
	ServerUnavailable       = mqtt.ServerUnavailable
	QuotaExceeded           = mqtt.QuotaExceeded
	BadAuthenticationMethod = mqtt.BadAuthenticationMethod
)

// ParseFilter checks a topic filter.
func ParseFilter(s string) (Filter, error) { return mqtt.ParseFilter(s) }
