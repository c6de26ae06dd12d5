package broker

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// What a listener or the server does without.
var (
	errQoS    = &mqtt.ReasonError{Code: mqtt.QoSNotSupported, Reason: "the QoS is higher than this listener allows"}
	errRetain = &mqtt.ReasonError{Code: mqtt.RetainNotSupported, Reason: "this server keeps no retained messages"}
)

// checkConnect returns why a CONNECT is refused before anybody is asked about
// the client.
func (c *conn) checkConnect(p *wire.Connect) error {
	switch {
	case c.on.Versions != nil && !slices.Contains(c.on.Versions, p.Version): // [MQTT-3.1.2-2]
		return &mqtt.ReasonError{Code: mqtt.UnsupportedProtocolVersion, Reason: "this listener does not accept the protocol version"}
	case p.Props.Has(mqtt.PropAuthMethod) && c.srv.policy.begin == nil: // [MQTT-4.12.0-1]
		return errNoMethod
	case p.ClientID == "" && p.Version == mqtt.V31:
		return &mqtt.ReasonError{Code: mqtt.ClientIdentifierNotValid, Reason: "MQTT 3.1 needs a client identifier"}
	case p.ClientID == "" && p.Version == mqtt.V311 && !p.CleanStart: // [MQTT-3.1.3-8]
		return &mqtt.ReasonError{Code: mqtt.ClientIdentifierNotValid, Reason: "a session to be kept needs a client identifier"}
	case p.ClientID == "" && c.on.RefuseEmptyClientID:
		return &mqtt.ReasonError{Code: mqtt.ClientIdentifierNotValid, Reason: "this listener does not assign client identifiers"}
	case p.ClientID != "" && !c.on.UsernameAsClientID && !strings.HasPrefix(p.ClientID, c.on.ClientIDPrefix):
		return c.on.errPrefix()
	case p.Will != nil:
		return c.checkWill(p.Will)
	}
	return nil
}

// checkWill returns why a will is refused.
func (c *conn) checkWill(w *wire.Will) error {
	switch {
	case mqtt.Levels(w.Topic) > c.srv.lim.MaxTopicLevels:
		return &mqtt.ReasonError{Code: mqtt.TopicNameInvalid, Reason: "the will topic has too many levels"}
	case reserved([]byte(w.Topic)):
		return &mqtt.ReasonError{Code: mqtt.NotAuthorized, Reason: whySys}
	case len(w.Payload) > c.srv.lim.MaxPayloadSize:
		return &mqtt.ReasonError{Code: mqtt.PacketTooLarge, Reason: "the will's payload is larger than this server accepts"}
	case w.QoS > c.on.maxQoS: // [MQTT-3.2.2-12]
		return errQoS
	case w.Retain && c.srv.RefuseRetained: // [MQTT-3.2.2-13]
		return errRetain
	}
	return nil
}

// errPrefix refuses a client identifier.
func (o *ListenerOptions) errPrefix() error {
	return &mqtt.ReasonError{Code: mqtt.ClientIdentifierNotValid,
		Reason: fmt.Sprintf("client identifiers begin with %q on this listener", o.ClientIDPrefix)}
}

// nameByUser makes the user name that the Authorizer has agreed to the client
// identifier, if the listener wants that.
func (c *conn) nameByUser(a *admission) error {
	p := &a.connect
	if !c.on.UsernameAsClientID {
		return nil
	}
	user := p.Username
	if c.info != nil {
		user = c.info.Username
	}
	switch {
	case user == "":
		return &mqtt.ReasonError{Code: mqtt.NotAuthorized, Reason: "this listener needs a user name, which becomes the client identifier"}
	case len(user) > math.MaxUint16 || !utf8.ValidString(user) || strings.ContainsRune(user, 0):
		return &mqtt.ReasonError{Code: mqtt.ClientIdentifierNotValid, Reason: "the user name cannot be a client identifier"}
	case !strings.HasPrefix(user, c.on.ClientIDPrefix):
		return c.on.errPrefix()
	}
	if a.assigned != "" {
		a.assigned = user // [MQTT-3.2.2-16]
	}
	p.ClientID = user
	if c.info != nil { // others may be reading it already
		info := *c.info
		info.ClientID = user
		c.know(&info)
	}
	return nil
}
