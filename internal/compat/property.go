package compat

import (
	"slices"
	"strings"

	"mqt/internal/mqtt"
)

// commands are the packets that -D may name.
var commands = []string{"connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe",
	"suback", "unsubscribe", "unsuback", "disconnect", "auth", "will"}

// packetsOf returns the packets a property may be in, MQTT 5.0 section 2.2.2.2.
func packetsOf(id mqtt.PropertyID) string {
	switch id {
	case mqtt.PropPayloadFormat, mqtt.PropMessageExpiry, mqtt.PropContentType, mqtt.PropResponseTopic, mqtt.PropCorrelationData:
		return "publish will"
	case mqtt.PropSubscriptionID:
		return "publish subscribe"
	case mqtt.PropTopicAlias:
		return "publish"
	case mqtt.PropSessionExpiry:
		return "connect connack disconnect"
	case mqtt.PropAuthMethod, mqtt.PropAuthData:
		return "connect connack auth"
	case mqtt.PropRequestProblemInfo, mqtt.PropRequestResponseInfo:
		return "connect"
	case mqtt.PropReceiveMaximum, mqtt.PropTopicAliasMaximum, mqtt.PropMaximumPacketSize:
		return "connect connack"
	case mqtt.PropWillDelay:
		return "will"
	case mqtt.PropServerReference:
		return "connack disconnect"
	case mqtt.PropReasonString:
		return "connack puback pubrec pubrel pubcomp suback unsuback disconnect auth"
	case mqtt.PropUser:
		return strings.Join(commands, " ")
	}
	return "connack"
}

// list returns the properties of a packet these programs send, nil for others.
func (o *Options) list(command string) *mqtt.Properties {
	switch command {
	case "connect":
		return &o.ConnectProps
	case "publish":
		return &o.PublishProps
	case "subscribe":
		return &o.SubscribeProps
	case "unsubscribe":
		return &o.UnsubscribeProps
	case "disconnect":
		return &o.DisconnectProps
	case "will":
		return &o.WillProps
	}
	return nil
}

const fewWords = "--property argument given but not enough arguments specified."

// property is -D: it takes two words or three, after the one it was given.
func (p *parser) property(command string) error {
	if len(p.words) < 2 {
		return mistakeGap(fewWords)
	}
	packet := strings.ToLower(command)
	if !slices.Contains(commands, packet) {
		return mistakeGap("Invalid command %s given in --property argument.", command)
	}
	name := p.take()
	id, ok := mqtt.PropertyByName(strings.ToLower(name))
	if !ok {
		return mistakeGap("Invalid property name %s given in --property argument.", name)
	}
	if !slices.Contains(strings.Fields(packetsOf(id)), packet) {
		return mistakeGap("%s property not allowed for %s in --property argument.", name, command)
	}
	prop := mqtt.Property{ID: id}
	if id == mqtt.PropUser {
		if len(p.words) < 2 {
			return mistakeGap(fewWords)
		}
		prop.Key = p.take()
	}
	value := p.take()
	list := p.o.list(packet)
	switch {
	case packet == "connack":
		return &UsageError{}
	case list == nil, packet == "publish" && id == mqtt.PropSubscriptionID:
		return mistakeGap("%s property not supported for %s in --property argument.", name, command)
	}
	if err := setValue(&prop, name, value); err != nil {
		return err
	}
	*list = append(*list, prop)
	p.o.Version = mqtt.V5
	return nil
}

func setValue(prop *mqtt.Property, name, value string) error {
	most := int64(0)
	switch prop.ID.Type() {
	case mqtt.TypeByte:
		most = 1<<8 - 1
	case mqtt.TypeUint16:
		most = 1<<16 - 1
	case mqtt.TypeUint32, mqtt.TypeVarint:
		most = 1<<32 - 1
	default:
		if len(value) > 65535 {
			return mistakeGap("Property value too long for property %s.", name)
		}
		prop.Value = value
		return nil
	}
	n := atol(value)
	if n < 0 || n > most {
		return mistakeGap("Property value (%d) out of range for property %s.", n, name)
	}
	prop.Int = uint32(n)
	return nil
}
