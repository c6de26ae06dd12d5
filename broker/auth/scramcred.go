package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"mqt/internal/scram"
)

const scramSaltLen = 16

// scramSecret is what RFC 5802 section 3 lets a server store. Whoever steals
// it cannot log in, though they can try passwords. The file format is
// $scram-sha-256$<iterations>$<salt>$<storedkey>$<serverkey>, in base64.
type scramSecret struct {
	iterations           int
	salt                 []byte
	storedKey, serverKey []byte
}

func newScramSecret(password, salt []byte, iterations int) scramSecret {
	salted := scram.SaltPassword(password, salt, iterations)
	stored := sha256.Sum256(scram.HMAC(salted, "Client Key"))
	return scramSecret{iterations, salt, stored[:], scram.HMAC(salted, "Server Key")}
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
	if len(fields[0]) < scram.MinSalt || len(fields[0]) > maxDigest {
		return nil, fmt.Errorf("the salt has %d bytes, not %d to %d", len(fields[0]), scram.MinSalt, maxDigest)
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
