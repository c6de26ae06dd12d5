package format

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"mqt/internal/mqtt"
	"mqt/internal/record"
)

// Decoder turns payloads into what they stand for: structures into JSON, hex
// digits into bytes. It must not be used from two goroutines at a time.
type Decoder struct {
	name   string
	decode decodeFunc
	buf    []byte
	failed uint64
}

// DecodeOptions are for the decoder protobuf.
type DecodeOptions struct {
	// ProtoFile is the file that describes the message, in the language of
	// Protocol Buffers.
	ProtoFile string
	// Message is the name of the message, with or without its package. It may
	// be empty when the file describes only one.
	Message string
}

// decodeFunc returns the decoded payload of m, built in dst, which is empty, and
// whether it could.
type decodeFunc func(dst []byte, m mqtt.Message) ([]byte, bool)

// decoders lists the decoders in the order of the documentation.
func decoders() []struct {
	name string
	make func(DecodeOptions) (decodeFunc, error)
} {
	return []struct {
		name string
		make func(DecodeOptions) (decodeFunc, error)
	}{
		{"auto", newAuto},
		{"json", always(decodeJSON)},
		{"cbor", newCBOR},
		{"msgpack", always(decodeMsgpack)},
		{"protobuf", newProtobuf},
		{"sparkplug", newSparkplug},
		{"hex", always(decodeHex)},
		{"base64", always(decodeBase64)},
		{"utf8", always(decodeUTF8)},
	}
}

func always(f decodeFunc) func(DecodeOptions) (decodeFunc, error) {
	return func(DecodeOptions) (decodeFunc, error) { return f, nil }
}

// DecoderNames returns the names that NewDecoder accepts.
func DecoderNames() []string {
	var names []string
	for _, d := range decoders() {
		names = append(names, d.name)
	}
	return names
}

// NewDecoder returns the named decoder. The error lists the names when it is
// none of them, or says what is wrong with o.ProtoFile.
func NewDecoder(name string, o DecodeOptions) (*Decoder, error) {
	for _, d := range decoders() {
		if d.name == name {
			f, err := d.make(o)
			return &Decoder{name: name, decode: f}, err
		}
	}
	return nil, fmt.Errorf("unknown decoder %q: one of %s", name, strings.Join(DecoderNames(), ", "))
}

// Decode returns m with its payload decoded, which is valid until the next
// call. An empty payload, and one that is not what the decoder expects, stay as
// they are; the latter are counted.
func (d *Decoder) Decode(m mqtt.Message) mqtt.Message {
	if len(m.Payload) == 0 {
		return m
	}
	out, ok := d.decode(d.buf[:0], m)
	if !ok {
		d.failed++
		return m
	}
	if cap(out) <= keepSize {
		d.buf = out[:0]
	}
	m.Payload = out
	return m
}

// Failed returns how many payloads could not be decoded.
func (d *Decoder) Failed() uint64 { return d.failed }

// Name returns the name that the decoder was made with.
func (d *Decoder) Name() string { return d.name }

// byteOrderMark may stand before text in UTF-8, and would not be JSON.
const byteOrderMark = "\ufeff"

func decodeUTF8(dst []byte, m mqtt.Message) ([]byte, bool) {
	return append(dst, bytes.TrimPrefix(m.Payload, []byte(byteOrderMark))...), utf8.Valid(m.Payload)
}

func decodeJSON(dst []byte, m mqtt.Message) ([]byte, bool) {
	text := append(dst, bytes.TrimPrefix(m.Payload, []byte(byteOrderMark))...)
	return text, validJSON(text)
}

// decodeHex reads pairs of hex digits; spaces, line ends and colons between
// them, and 0x in front, do not matter.
func decodeHex(dst []byte, m mqtt.Message) ([]byte, bool) {
	text := without(dst, m.Payload, " \t\r\n:")
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		text = text[2:]
	}
	n, err := hex.Decode(text, text)
	return text[:n], err == nil && n > 0
}

// decodeBase64 reads both alphabets of RFC 4648, with and without padding and
// line ends.
func decodeBase64(dst []byte, m mqtt.Message) ([]byte, bool) {
	text := bytes.TrimRight(without(dst, m.Payload, " \t\r\n"), "=")
	for i, c := range text {
		switch c {
		case '-':
			text[i] = '+'
		case '_':
			text[i] = '/'
		}
	}
	n, err := base64.RawStdEncoding.Decode(text, text)
	return text[:n], err == nil && n > 0
}

// without appends to dst what of b is not in chars.
func without(dst, b []byte, chars string) []byte {
	for _, c := range b {
		if strings.IndexByte(chars, c) < 0 {
			dst = append(dst, c)
		}
	}
	return dst
}

// appendKey makes the JSON value at dst[at:] a key, which JSON wants to be a
// string. Objects and arrays are refused: their text would have twice the
// backslashes at each level of nesting.
func appendKey(dst []byte, at int) ([]byte, bool) {
	switch dst[at] {
	case '"':
		return dst, true
	case '[', '{':
		return append(dst[:at], `""`...), false
	}
	return record.AppendString(dst[:at], string(dst[at:])), true
}
