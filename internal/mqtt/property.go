package mqtt

import (
	"iter"
	"slices"
)

// PropertyID identifies an MQTT 5 property, MQTT 5.0 section 2.2.2.2.
type PropertyID uint8

// The properties of MQTT 5.0.
const (
	PropPayloadFormat       PropertyID = 1  // Payload Format Indicator: byte, 0 or 1
	PropMessageExpiry       PropertyID = 2  // Message Expiry Interval: seconds
	PropContentType         PropertyID = 3  // Content Type: UTF-8 string
	PropResponseTopic       PropertyID = 8  // Response Topic: topic name
	PropCorrelationData     PropertyID = 9  // Correlation Data: binary
	PropSubscriptionID      PropertyID = 11 // Subscription Identifier: 1 to 268,435,455
	PropSessionExpiry       PropertyID = 17 // Session Expiry Interval: seconds, 0xFFFFFFFF is never
	PropAssignedClientID    PropertyID = 18 // Assigned Client Identifier: UTF-8 string
	PropServerKeepAlive     PropertyID = 19 // Server Keep Alive: seconds
	PropAuthMethod          PropertyID = 21 // Authentication Method: UTF-8 string
	PropAuthData            PropertyID = 22 // Authentication Data: binary
	PropRequestProblemInfo  PropertyID = 23 // Request Problem Information: 0 or 1
	PropWillDelay           PropertyID = 24 // Will Delay Interval: seconds
	PropRequestResponseInfo PropertyID = 25 // Request Response Information: 0 or 1
	PropResponseInfo        PropertyID = 26 // Response Information: UTF-8 string
	PropServerReference     PropertyID = 28 // Server Reference: UTF-8 string
	PropReasonString        PropertyID = 31 // Reason String: UTF-8 string
	PropReceiveMaximum      PropertyID = 33 // Receive Maximum: 1 to 65,535
	PropTopicAliasMaximum   PropertyID = 34 // Topic Alias Maximum: 0 to 65,535
	PropTopicAlias          PropertyID = 35 // Topic Alias: 1 to 65,535
	PropMaximumQoS          PropertyID = 36 // Maximum QoS: 0 or 1
	PropRetainAvailable     PropertyID = 37 // Retain Available: 0 or 1
	PropUser                PropertyID = 38 // User Property: pair of UTF-8 strings, may repeat
	PropMaximumPacketSize   PropertyID = 39 // Maximum Packet Size: bytes, not 0
	PropWildcardAvailable   PropertyID = 40 // Wildcard Subscription Available: 0 or 1
	PropSubIDAvailable      PropertyID = 41 // Subscription Identifier Available: 0 or 1
	PropSharedAvailable     PropertyID = 42 // Shared Subscription Available: 0 or 1
)

// PropertyType is the encoding of a property's value.
type PropertyType uint8

// The encodings, MQTT 5.0 section 1.5.
const (
	TypeNone   PropertyType = iota // not a property
	TypeByte                       // one byte
	TypeUint16                     // two byte integer
	TypeUint32                     // four byte integer
	TypeVarint                     // variable byte integer
	TypeString                     // UTF-8 encoded string
	TypeBinary                     // binary data
	TypePair                       // UTF-8 string pair
)

type propertyInfo struct {
	name string
	typ  PropertyType
}

var properties = [...]propertyInfo{
	PropPayloadFormat:       {"payload-format-indicator", TypeByte},
	PropMessageExpiry:       {"message-expiry-interval", TypeUint32},
	PropContentType:         {"content-type", TypeString},
	PropResponseTopic:       {"response-topic", TypeString},
	PropCorrelationData:     {"correlation-data", TypeBinary},
	PropSubscriptionID:      {"subscription-identifier", TypeVarint},
	PropSessionExpiry:       {"session-expiry-interval", TypeUint32},
	PropAssignedClientID:    {"assigned-client-identifier", TypeString},
	PropServerKeepAlive:     {"server-keep-alive", TypeUint16},
	PropAuthMethod:          {"authentication-method", TypeString},
	PropAuthData:            {"authentication-data", TypeBinary},
	PropRequestProblemInfo:  {"request-problem-information", TypeByte},
	PropWillDelay:           {"will-delay-interval", TypeUint32},
	PropRequestResponseInfo: {"request-response-information", TypeByte},
	PropResponseInfo:        {"response-information", TypeString},
	PropServerReference:     {"server-reference", TypeString},
	PropReasonString:        {"reason-string", TypeString},
	PropReceiveMaximum:      {"receive-maximum", TypeUint16},
	PropTopicAliasMaximum:   {"topic-alias-maximum", TypeUint16},
	PropTopicAlias:          {"topic-alias", TypeUint16},
	PropMaximumQoS:          {"maximum-qos", TypeByte},
	PropRetainAvailable:     {"retain-available", TypeByte},
	PropUser:                {"user-property", TypePair},
	PropMaximumPacketSize:   {"maximum-packet-size", TypeUint32},
	PropWildcardAvailable:   {"wildcard-subscription-available", TypeByte},
	PropSubIDAvailable:      {"subscription-identifier-available", TypeByte},
	PropSharedAvailable:     {"shared-subscription-available", TypeByte},
}

// Type returns how the property's value is encoded, TypeNone when id is not a
// property of MQTT 5.0.
func (id PropertyID) Type() PropertyType {
	if int(id) >= len(properties) {
		return TypeNone
	}
	return properties[id].typ
}

// String returns the property's name in lower case with hyphens, such as
// "content-type", empty when id is not a property of MQTT 5.0.
func (id PropertyID) String() string {
	if int(id) >= len(properties) {
		return ""
	}
	return properties[id].name
}

// PropertyByName returns the property that String names, and whether it exists.
func PropertyByName(name string) (PropertyID, bool) {
	i := slices.IndexFunc(properties[:], func(p propertyInfo) bool { return p.name == name && name != "" })
	if i < 0 {
		return 0, false
	}
	return PropertyID(i), true
}

// Property is one property with its value.
type Property struct {
	// ID says which property this is, and so which field below holds its value.
	ID PropertyID
	// Int is the value of the integer types.
	Int uint32
	// Key is the name of a User Property.
	Key string
	// Value is the value of strings, binary data and User Properties.
	Value string
}

// Properties is a property list in the order of the wire.
type Properties []Property

// Get returns the first property with that identifier, and whether there is one.
func (ps Properties) Get(id PropertyID) (Property, bool) {
	for i := range ps {
		if ps[i].ID == id {
			return ps[i], true
		}
	}
	return Property{}, false
}

// Uint returns the value of the first integer property with that identifier,
// and whether there is one.
func (ps Properties) Uint(id PropertyID) (uint32, bool) {
	p, ok := ps.Get(id)
	return p.Int, ok
}

// Text returns the value of the first string or binary property with that
// identifier, empty when there is none.
func (ps Properties) Text(id PropertyID) string {
	p, _ := ps.Get(id)
	return p.Value
}

// Has reports whether the list holds a property with that identifier.
func (ps Properties) Has(id PropertyID) bool {
	_, ok := ps.Get(id)
	return ok
}

// User yields the name and value of each User Property, in order.
func (ps Properties) User() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i := range ps {
			if ps[i].ID == PropUser && !yield(ps[i].Key, ps[i].Value) {
				return
			}
		}
	}
}

// SetUint replaces the first property with that identifier, or appends one.
func (ps *Properties) SetUint(id PropertyID, v uint32) { ps.set(Property{ID: id, Int: v}) }

// SetText replaces the first string or binary property with that identifier,
// or appends one.
func (ps *Properties) SetText(id PropertyID, v string) { ps.set(Property{ID: id, Value: v}) }

// AddUser appends a User Property.
func (ps *Properties) AddUser(key, value string) {
	*ps = append(*ps, Property{ID: PropUser, Key: key, Value: value})
}

// Without returns a copy of the list that lacks the given properties.
func (ps Properties) Without(ids ...PropertyID) Properties {
	var out Properties
	for _, p := range ps {
		if !slices.Contains(ids, p.ID) {
			out = append(out, p)
		}
	}
	return out
}

func (ps *Properties) set(p Property) {
	for i := range *ps {
		if (*ps)[i].ID == p.ID {
			(*ps)[i] = p
			return
		}
	}
	*ps = append(*ps, p)
}
