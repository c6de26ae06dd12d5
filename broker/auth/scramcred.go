package auth

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
)

const (
	scramSaltLen = 16
	minScramSalt = 8
)

// scramSecret is what RFC 5802 section 3 lets a server store. Whoever steals
// it cannot log in, though they can try passwords. The file format is
// $scram-sha-256$<iterations>$<salt>$<storedkey>$<serverkey>, in base64.
type scramSecret struct {
	iterations           int
	salt                 []byte
	storedKey, serverKey []byte
}

func newScramSecret(password, salt []byte, iterations int) scramSecret {
	salted := saltPassword(password, salt, iterations)
	stored := sha256.Sum256(hmac256(salted, "Client Key"))
	return scramSecret{iterations, salt, stored[:], hmac256(salted, "Server Key")}
}

func parseScram(args []string) (secret, error) {
	if len(args) != 4 {
		return nil, errHashForm
	}
	n, err := parseIterations(args[0])
	if err != nil {
		return nil, err
	}
	var fields [3][]byte
	for i, text := range args[1:] {
		if fields[i], err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, errors.New("salt and keys of scram-sha-256 are not base64")
		}
	}
	if len(fields[0]) < minScramSalt || len(fields[0]) > maxDigest {
		return nil, fmt.Errorf("the salt has %d bytes, not %d to %d", len(fields[0]), minScramSalt, maxDigest)
	}
	if len(fields[1]) != sha256.Size || len(fields[2]) != sha256.Size {
		return nil, fmt.Errorf("a key of scram-sha-256 does not have %d bytes", sha256.Size)
	}
	return scramSecret{n, fields[0], fields[1], fields[2]}, nil
}

// matches checks a password that came in the clear, in CONNECT.
func (s scramSecret) matches(password []byte) bool {
	return subtle.ConstantTimeCompare(newScramSecret(password, s.salt, s.iterations).storedKey, s.storedKey) == 1
}

func (s scramSecret) decoy() secret {
	s.storedKey, s.serverKey = make([]byte, sha256.Size), make([]byte, sha256.Size)
	return s
}

func (s scramSecret) String() string {
	return "$" + string(ScramSHA256) + "$" + strconv.Itoa(s.iterations) + "$" + std64(s.salt) + "$" + std64(s.storedKey) + "$" + std64(s.serverKey)
}

// saltPassword is Hi of RFC 5802. Passwords are taken as they are: ASCII, and
// text that is already in the form SASLprep would give it, stays the same.
func saltPassword(password, salt []byte, iterations int) []byte {
	key, err := pbkdf2.Key(sha256.New, string(password), salt, iterations, sha256.Size)
	if err != nil { // only in FIPS 140 mode: the salt is too short for it
		return make([]byte, sha256.Size)
	}
	return key
}

func hmac256(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}
