package scram

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// Method is the name of the authentication method in MQTT 5.
const Method = "SCRAM-SHA-256"

// What either side accepts from the other and in a file.
const (
	MinIterations = 4096       // RFC 7677 section 4: clients refuse less
	MaxIterations = 10_000_000 // seconds of work; more is an attack or a mistake
	MinSalt       = 8          // bytes

	nonceLen = 18   // random bytes, before base64
	maxNonce = 1024 // the longest accepted, in characters
)

// ErrSyntax says that a message is not one of SCRAM.
var ErrSyntax = errors.New("the message is not one of SCRAM-SHA-256")

// SaltPassword is Hi of RFC 5802, of the password in the form of SASLprep.
// Passwords that SASLprep does not allow are taken as they are.
func SaltPassword(password, salt []byte, iterations int) []byte {
	key, err := pbkdf2.Key(sha256.New, prepared(string(password)), salt, iterations, sha256.Size)
	if err != nil { // only in FIPS 140 mode: the salt is too short for it
		return make([]byte, sha256.Size)
	}
	return key
}

// HMAC returns the HMAC-SHA-256 of message.
func HMAC(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}

// NewNonce returns a random nonce.
func NewNonce() string {
	b := make([]byte, nonceLen)
	_, _ = rand.Read(b) // never fails
	return encode(b)
}

// ValidNonce reports whether s is printable ASCII without a comma, RFC 5802
// section 7, and not too long.
func ValidNonce(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' || s[i] == ',' {
			return false
		}
	}
	return s != "" && len(s) <= maxNonce
}

// EscapeName returns a user name in the form of a message's saslname.
func EscapeName(s string) string { return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s) }

// UnescapeName is the inverse of EscapeName; the error is ErrSyntax.
func UnescapeName(s string) (string, error) {
	name := strings.NewReplacer("=2C", ",", "=3D", "=").Replace(s)
	if EscapeName(name) != s {
		return "", ErrSyntax
	}
	return name, nil
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// Decode returns the bytes of base64 text in its one form: RFC 5802 section 7
// has no line breaks in it, and RFC 4648 section 3.5 no bits of the padding.
// The error is ErrSyntax.
func Decode(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") { // which the decoder skips
		return nil, ErrSyntax
	}
	return b, nil
}
