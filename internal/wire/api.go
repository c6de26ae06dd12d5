package wire

import (
	"errors"
	"io"

	"mqt/internal/mqtt"
)

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

// ErrIncomplete says that more bytes are needed to decide.
var ErrIncomplete = errors.New("wire: incomplete packet")

// MaxRemaining is the largest remaining length the wire can carry, in bytes.
const MaxRemaining = 268_435_455

// Header is a fixed header.
type Header struct {
	Type      Type
	Flags     byte // the low four bits of the first byte
	Size      int  // bytes of the fixed header itself: 2 to 5
	Remaining int  // bytes that follow it
}

// Total returns the length of the whole packet in bytes.
func (h Header) Total() int { return h.Size + h.Remaining }

// ParseHeader reads the fixed header at the front of b. It returns
// ErrIncomplete when b is too short to hold one, and a *mqtt.ReasonError
// (malformed packet) when the type is 0, the flags are not those the
// specification fixes for the type, or the length is not a canonical variable
// byte integer.
func ParseHeader(b []byte) (Header, error) { panic("todo") }

// AppendVarint appends v, at most MaxRemaining, as a variable byte integer.
func AppendVarint(dst []byte, v uint32) []byte { panic("todo") }

// VarintSize returns how many bytes AppendVarint appends: 1 to 4.
func VarintSize(v uint32) int { panic("todo") }

// RawProperties is an encoded property list without its length. Lists that
// come out of a Decode are valid.
type RawProperties []byte

// Parse decodes the list. Strings are copied.
func (r RawProperties) Parse() mqtt.Properties { panic("todo") }

// AppendProperties appends the encoding of ps without a length. It fails when
// a value does not fit its type or a string is not valid UTF-8.
func AppendProperties(dst []byte, ps mqtt.Properties) ([]byte, error) { panic("todo") }

// Packet is one control packet. Decode reads the body (what follows the fixed
// header) and returns a *mqtt.ReasonError when it breaks a rule; slices in the
// result alias body, strings do not. Append appends the whole packet and fails
// when the packet cannot be expressed in that version.
type Packet interface {
	Decode(v mqtt.Version, flags byte, body []byte) error
	Append(dst []byte, v mqtt.Version) ([]byte, error)
}

// Connect is CONNECT. Decode ignores its version argument and sets Version
// from the packet; Append uses Version, not its argument.
type Connect struct {
	Version     mqtt.Version
	CleanStart  bool // Clean Session before MQTT 5
	KeepAlive   uint16
	ClientID    string
	Props       mqtt.Properties
	Will        *Will
	Username    string
	HasUsername bool
	Password    []byte
	HasPassword bool
}

// Will is the will message of a CONNECT.
type Will struct {
	Topic   string
	Payload []byte
	QoS     mqtt.QoS
	Retain  bool
	Props   mqtt.Properties
}

// Connack is CONNACK. Return codes of MQTT 3.1 and 3.1.1 are translated from
// and to reason codes.
type Connack struct {
	SessionPresent bool
	Code           mqtt.ReasonCode
	Props          mqtt.Properties
}

// Publish is PUBLISH. Its Decode and Append allocate nothing beyond dst. The
// same value can be decoded into again and again.
type Publish struct {
	Dup      bool
	QoS      mqtt.QoS
	Retain   bool
	PacketID uint16
	Topic    []byte
	Props    RawProperties // all of them, topic alias included
	Payload  []byte

	// Set by Decode, ignored by Append.
	TopicAlias uint16 // 0: none
	AliasAt    int    // offset in Props of the topic alias's identifier byte (3 bytes long), or -1
	ExpiryAt   int    // offset in Props of the message expiry's identifier byte (5 bytes long), or -1
	PropsSubID bool   // Props holds a subscription identifier (a server must refuse that)
}

// Ack is PUBACK, PUBREC, PUBREL or PUBCOMP. Decode allocates only when there
// are properties.
type Ack struct {
	Type     Type
	PacketID uint16
	Code     mqtt.ReasonCode
	Props    mqtt.Properties
}

// AppendAck appends the four-byte form of an acknowledgement: success, no
// properties, the same in every version.
func AppendAck(dst []byte, t Type, id uint16) []byte { panic("todo") }

// Subscribe is SUBSCRIBE. Filters are checked for UTF-8 and emptiness, not for
// wildcard rules.
type Subscribe struct {
	PacketID uint16
	Props    mqtt.Properties
	Filters  []SubscribeFilter
}

// SubscribeFilter is one entry of a SUBSCRIBE.
type SubscribeFilter struct {
	Filter            string
	QoS               mqtt.QoS
	NoLocal           bool
	RetainAsPublished bool
	RetainHandling    mqtt.RetainHandling
}

// Suback is SUBACK. In 3.1 and 3.1.1 every failure becomes 0x80.
type Suback struct {
	PacketID uint16
	Props    mqtt.Properties
	Codes    []mqtt.ReasonCode
}

// Unsubscribe is UNSUBSCRIBE.
type Unsubscribe struct {
	PacketID uint16
	Props    mqtt.Properties
	Filters  []string
}

// Unsuback is UNSUBACK. Codes is empty before MQTT 5.
type Unsuback struct {
	PacketID uint16
	Props    mqtt.Properties
	Codes    []mqtt.ReasonCode
}

// Pingreq is PINGREQ.
type Pingreq struct{}

// Pingresp is PINGRESP.
type Pingresp struct{}

// Disconnect is DISCONNECT. Before MQTT 5 it has no code and no properties:
// Append then ignores them.
type Disconnect struct {
	Code  mqtt.ReasonCode
	Props mqtt.Properties
}

// Auth is AUTH; it exists only in MQTT 5.
type Auth struct {
	Code  mqtt.ReasonCode
	Props mqtt.Properties
}

// New returns a zero packet of type t (an *Ack has its Type set), nil when t
// is not a type.
func New(t Type) Packet { panic("todo") }

// Reader splits a byte stream into packets. Its buffer grows only as bytes
// arrive, never because a length was announced.
type Reader struct {
	// R is where the bytes come from.
	R io.Reader
	// Max is the largest whole packet accepted, in bytes; 0 means no limit
	// but the wire's own. A larger one is refused with reason code 0x95.
	Max int
}

// Next returns the next packet's header and body. The body is valid until the
// following call. At a clean end it returns io.EOF, inside a packet
// io.ErrUnexpectedEOF.
func (r *Reader) Next() (Header, []byte, error) { panic("todo") }

// Buffered returns how many bytes have been read but not yet returned.
func (r *Reader) Buffered() int { panic("todo") }
