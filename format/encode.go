package format

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
)

// Encode turns text that a person wrote into the bytes it stands for. The
// result shares no memory with the text. The error begins with a verb: "is not
// valid JSON: …".
type Encode func(text []byte) ([]byte, error)

// encodings lists the encodings in the order of the documentation.
func encodings() []struct {
	name string
	make func() Encode
} {
	return []struct {
		name string
		make func() Encode
	}{
		{"hex", func() Encode { return encodeHex }},
		{"base64", func() Encode { return encodeBase64 }},
		{"json", func() Encode { return encodeJSON }},
		{"cbor", encodeCBOR},
		{"msgpack", func() Encode { return encodeMsgpack }},
	}
}

// Encodings returns the names that NewEncode accepts.
func Encodings() []string {
	var names []string
	for _, e := range encodings() {
		names = append(names, e.name)
	}
	return names
}

// NewEncode returns the named encoding.
//
//   - hex: pairs of hexadecimal digits; space and colons between them are ignored
//   - base64: either alphabet of RFC 4648, with or without padding; space is ignored
//   - json: JSON, which is checked and stripped of the space between its words
//   - cbor: JSON, sent as CBOR (RFC 8949 with core deterministic encoding)
//   - msgpack: JSON, sent as MessagePack, keys sorted
//
// Whole numbers of JSON stay whole where 64 bits hold them.
func NewEncode(name string) (Encode, error) {
	for _, e := range encodings() {
		if e.name == name {
			return e.make(), nil
		}
	}
	return nil, fmt.Errorf("unknown encoding %q: one of %s", name, strings.Join(Encodings(), ", "))
}

func encodeHex(text []byte) ([]byte, error) {
	digits := drop(text, " \t\r\n:")
	out, err := hex.AppendDecode(make([]byte, 0, len(digits)/2), digits)
	var digit hex.InvalidByteError
	switch {
	case errors.As(err, &digit):
		return nil, fmt.Errorf("is not hexadecimal: %q is no digit", byte(digit))
	case err != nil:
		return nil, fmt.Errorf("is not hexadecimal: an odd number of digits, %d, ends in half a byte", len(digits))
	}
	return out, nil
}

func encodeBase64(text []byte) ([]byte, error) {
	chars := bytes.TrimRight(drop(text, " \t\r\n"), "=")
	e := base64.RawStdEncoding
	if bytes.ContainsAny(chars, "-_") {
		e = base64.RawURLEncoding
	}
	out, err := e.Strict().AppendDecode(make([]byte, 0, e.DecodedLen(len(chars))), chars)
	if err != nil {
		return nil, fmt.Errorf("is not base64: %s", strings.TrimPrefix(err.Error(), "illegal base64 data "))
	}
	return out, nil
}

// drop returns text without the characters of set.
func drop(text []byte, set string) []byte {
	return bytes.Map(func(r rune) rune {
		if strings.ContainsRune(set, r) {
			return -1
		}
		return r
	}, text)
}

func encodeJSON(text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return nil, errNotUTF8
	}
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		return nil, jsonError(err)
	}
	return out.Bytes(), nil
}

func encodeCBOR() Encode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	return func(text []byte) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		v, err := parseJSON(text)
		if err != nil {
			return nil, err
		}
		return mode.Marshal(v)
	}
}

var errNotUTF8 = errors.New("is not valid UTF-8")

func jsonError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends too early")
	}
	return fmt.Errorf("is not valid JSON: %w", err)
}

// parseJSON returns what text says, made of map[string]any, []any, string,
// bool, nil, and for numbers int64, uint64 or float64.
func parseJSON(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errNotUTF8
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, jsonError(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("is not valid JSON: something follows the value")
	}
	return numbers(v)
}
