package cmd

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"mqt/internal/mqtt"
)

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// refusal words a CONNACK that refuses, and takes its code for the exit code.
func (m *mosquitto) refusal(refused *mqtt.ReasonError) error {
	text, code := reasonText(refused.Code), int(refused.Code)
	if m.o.Version != mqtt.V5 {
		text, code = oldReason(refused.Code)
	} else if refused.Code == mqtt.UnsupportedProtocolVersion {
		text += ". Try connecting to an MQTT v5 broker, or use MQTT v3.x mode."
	}
	return &refusalError{mosquittoError{"Connection error: " + text, code}}
}

// reasonText is mosquitto's name of a reason code: that of the specification,
// with most of its capital letters.
func reasonText(c mqtt.ReasonCode) string {
	switch c {
	case mqtt.MalformedPacket:
		return "Malformed Packet"
	case mqtt.ProtocolError:
		return "Protocol Error"
	case mqtt.UnsupportedProtocolVersion:
		return "Unsupported Protocol Version"
	case mqtt.ClientIdentifierNotValid:
		return "Client Identifier not valid"
	case mqtt.BadUserNameOrPassword:
		return "Bad User Name or Password"
	case mqtt.KeepAliveTimeout:
		return "Keep Alive timeout"
	case mqtt.TopicFilterInvalid:
		return "Topic Filter invalid"
	case mqtt.TopicNameInvalid:
		return "Topic Name invalid"
	case mqtt.PacketIdentifierInUse:
		return "Packet Identifier in use"
	case mqtt.PacketIdentifierNotFound:
		return "Packet Identifier not found"
	case mqtt.ReceiveMaximumExceeded:
		return "Receive Maximum exceeded"
	case mqtt.TopicAliasInvalid:
		return "Topic Alias invalid"
	case mqtt.SharedNotSupported:
		return "Shared Subscriptions not supported"
	case mqtt.WildcardNotSupported:
		return "Wildcard Subscriptions not supported"
	}
	return capital(c.String())
}

// oldReason returns the words for a CONNACK of MQTT 3.1.1, and its code there.
func oldReason(c mqtt.ReasonCode) (string, int) {
	switch c {
	case mqtt.UnsupportedProtocolVersion:
		return "Connection Refused: unacceptable protocol version.", 1
	case mqtt.ClientIdentifierNotValid:
		return "Connection Refused: identifier rejected.", 2
	case mqtt.ServerUnavailable:
		return "Connection Refused: broker unavailable.", 3
	case mqtt.BadUserNameOrPassword:
		return "Connection Refused: bad user name or password.", 4
	}
	return "Connection Refused: not authorised.", 5
}

// isProxy reports whether a SOCKS proxy that was reached said no.
func isProxy(err error) bool {
	var op, below *net.OpError
	return errors.As(err, &op) && strings.HasPrefix(op.Op, "socks") && !errors.As(op.Err, &below) &&
		!errors.Is(err, io.EOF) && !errors.Is(err, context.DeadlineExceeded)
}

// proxyRefusal words what the proxy said.
func proxyRefusal(err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "authentication methods"), strings.Contains(text, "not allowed"):
		return mosquittoErrorf(mosquittoAuth, "Error: Authorisation failed.")
	case strings.Contains(text, "unreachable"), strings.Contains(text, "connection refused"):
		return mosquittoErrorf(mosquittoNoConn, "Error: The client is not currently connected.")
	}
	return mosquittoErrorf(mosquittoProxy, "Error: Proxy error.")
}
