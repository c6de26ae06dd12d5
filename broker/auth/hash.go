package auth

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"

	"mqt/internal/scram"
)

// Scheme is a way to store a password so that it can be checked but not read.
type Scheme string

// The schemes, by the names that mosquitto_passwd -H uses where it knows them.
const (
	Argon2id    Scheme = "argon2id"      // mosquitto 2.1 and later; the default
	PBKDF2      Scheme = "sha512-pbkdf2" // mosquitto 1.6 to 2.0
	SHA512      Scheme = "sha512"        // before mosquitto 1.6; weak
	ScramSHA256 Scheme = "scram-sha-256" // not mosquitto's; also serves enhanced authentication
)

// Schemes returns the names of all schemes, the default first.
func Schemes() []string {
	return []string{string(Argon2id), string(PBKDF2), string(SHA512), string(ScramSHA256)}
}

// HashOptions say how Hash stores a password.
type HashOptions struct {
	// Scheme defaults to Argon2id.
	Scheme Scheme
	// Iterations of PBKDF2 and ScramSHA256, and passes of Argon2id; 0 is the
	// scheme's default: 1,000, 15,000 and 1. SHA512 has none.
	Iterations int
}

// What new hashes are made with, and what is accepted in a file: bounds keep a
// mistyped number from stopping the broker at the first login.
const (
	pbkdf2Iterations = 1000
	scramIterations  = 15_000 // RFC 7677 section 4
	maxIterations    = scram.MaxIterations

	minScramIterations = scram.MinIterations

	argonMemory    = 47_104 // KiB
	argonPasses    = 1
	argonThreads   = 1
	maxArgonMemory = 1 << 20 // KiB
	maxArgonPasses = 1000

	saltLen    = 12 // the older schemes: what every mosquitto reads
	longSalt   = 64
	digestLen  = 64
	argonSalt  = 16
	argonHash  = 32
	minDigest  = 12 // argon2id, as in the PHC string format
	maxDigest  = 512
	minArgSalt = 8
)

// secret is one stored password.
type secret interface {
	// matches reports whether password is the one that was stored. It takes
	// the same time whether or not it is.
	matches(password []byte) bool
	// decoy returns a secret that costs as much to check and never matches.
	decoy() secret
	// String returns the text for the password file.
	String() string
}

// Hash returns the text that stands for password in a password file. It takes
// the time that checking the password will take.
func Hash(password []byte, o HashOptions) (string, error) {
	s, err := newSecret(password, o)
	if err != nil {
		return "", err
	}
	return s.String(), nil
}

func newSecret(password []byte, o HashOptions) (secret, error) {
	if o.Iterations < 0 || o.Iterations > maxIterations {
		return nil, fmt.Errorf("%d iterations: not between 1 and %d", o.Iterations, maxIterations)
	}
	n := o.Iterations
	switch o.Scheme {
	case Argon2id, "":
		if n > maxArgonPasses {
			return nil, fmt.Errorf("%d passes of argon2id: more than %d", n, maxArgonPasses)
		}
		s := argonSecret{memory: argonMemory, passes: argonPasses, threads: argonThreads, salt: random(argonSalt)}
		if n > 0 {
			s.passes = uint32(n)
		}
		s.digest = s.derive(password, argonHash)
		return s, nil
	case PBKDF2:
		s := pbkdf2Secret{iterations: orDefault(n, pbkdf2Iterations), salt: random(saltLen)}
		s.digest = s.derive(password)
		return s, nil
	case SHA512:
		if n > 0 {
			return nil, errors.New("scheme sha512 has no iterations")
		}
		s := sha512Secret{salt: random(saltLen)}
		s.digest = s.derive(password)
		return s, nil
	case ScramSHA256:
		if n > 0 && n < minScramIterations {
			return nil, fmt.Errorf("%d iterations of scram-sha-256: less than %d", n, minScramIterations)
		}
		return newScramSecret(password, random(scramSaltLen), orDefault(n, scramIterations)), nil
	}
	return nil, fmt.Errorf("unknown scheme %q", o.Scheme)
}

func orDefault(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// parseSecret reads the text of a password file. Its errors never repeat it:
// it may be a password that somebody forgot to hash.
func parseSecret(text string) (secret, error) {
	rest, found := strings.CutPrefix(text, "$")
	if !found {
		return nil, errors.New("the password is not hashed")
	}
	fields := strings.Split(rest, "$")
	name, args := fields[0], fields[1:]
	switch name {
	case "6":
		return parseSHA512(args)
	case "7":
		return parsePBKDF2(args)
	case "argon2id":
		return parseArgon(args)
	case string(ScramSHA256):
		return parseScram(args)
	}
	return nil, errors.New("the hash is of an unknown scheme")
}

var errHashForm = errors.New("the hash is incomplete or has fields too many")

// sha512Secret is mosquitto's $6$: one SHA-512 over password and salt.
type sha512Secret struct{ salt, digest []byte }

func parseSHA512(args []string) (secret, error) {
	if len(args) != 2 {
		return nil, errHashForm
	}
	salt, digest, err := saltAndDigest(args[0], args[1])
	return sha512Secret{salt, digest}, err
}

func (s sha512Secret) derive(password []byte) []byte {
	h := sha512.New()
	h.Write(password)
	h.Write(s.salt)
	return h.Sum(nil)
}

func (s sha512Secret) matches(password []byte) bool {
	return subtle.ConstantTimeCompare(s.derive(password), s.digest) == 1
}

func (s sha512Secret) decoy() secret { return sha512Secret{s.salt, make([]byte, digestLen)} }

func (s sha512Secret) String() string { return "$6$" + std64(s.salt) + "$" + std64(s.digest) }

// pbkdf2Secret is mosquitto's $7$: PBKDF2 with HMAC-SHA-512 and a 64-byte key.
type pbkdf2Secret struct {
	iterations   int
	salt, digest []byte
}

func parsePBKDF2(args []string) (secret, error) {
	if len(args) != 3 {
		return nil, errHashForm
	}
	n, err := parseIterations(args[0])
	if err != nil {
		return nil, err
	}
	salt, digest, err := saltAndDigest(args[1], args[2])
	return pbkdf2Secret{n, salt, digest}, err
}

func (s pbkdf2Secret) derive(password []byte) []byte {
	key, err := pbkdf2.Key(sha512.New, string(password), s.salt, s.iterations, digestLen)
	if err != nil { // only in FIPS 140 mode: the salt is too short for it
		return nil
	}
	return key
}

func (s pbkdf2Secret) matches(password []byte) bool {
	return subtle.ConstantTimeCompare(s.derive(password), s.digest) == 1
}

func (s pbkdf2Secret) decoy() secret {
	return pbkdf2Secret{s.iterations, s.salt, make([]byte, digestLen)}
}

func (s pbkdf2Secret) String() string {
	return "$7$" + strconv.Itoa(s.iterations) + "$" + std64(s.salt) + "$" + std64(s.digest)
}

func parseIterations(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxIterations {
		return 0, fmt.Errorf("the number of iterations is not between 1 and %d", maxIterations)
	}
	return n, nil
}

func std64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func saltAndDigest(salt, digest string) (s, d []byte, err error) {
	if s, err = base64.StdEncoding.DecodeString(salt); err != nil {
		return nil, nil, errors.New("the salt is not base64")
	}
	if len(s) != saltLen && len(s) != longSalt {
		return nil, nil, fmt.Errorf("the salt has %d bytes, not %d or %d", len(s), saltLen, longSalt)
	}
	if d, err = base64.StdEncoding.DecodeString(digest); err != nil {
		return nil, nil, errors.New("the hash is not base64")
	}
	if len(d) != digestLen {
		return nil, nil, fmt.Errorf("the hash has %d bytes, not %d", len(d), digestLen)
	}
	return s, d, nil
}

// argonSecret is a PHC string of argon2id.
type argonSecret struct {
	memory, passes uint32 // KiB, number
	threads        uint8
	salt, digest   []byte
}

func parseArgon(args []string) (secret, error) {
	if len(args) != 4 {
		return nil, errHashForm
	}
	if args[0] != "v="+strconv.Itoa(argon2.Version) {
		return nil, fmt.Errorf("the hash is not of argon2 version %d", argon2.Version)
	}
	var s argonSecret
	if err := s.parseCost(args[1]); err != nil {
		return nil, err
	}
	var err error
	if s.salt, err = base64.RawStdEncoding.DecodeString(args[2]); err != nil || len(s.salt) < minArgSalt || len(s.salt) > maxDigest {
		return nil, errors.New("the salt is not base64 without padding, or its length is wrong")
	}
	if s.digest, err = base64.RawStdEncoding.DecodeString(args[3]); err != nil || len(s.digest) < minDigest || len(s.digest) > maxDigest {
		return nil, errors.New("the hash is not base64 without padding, or its length is wrong")
	}
	return s, nil
}

// parseCost reads "m=47104,t=1,p=1".
func (s *argonSecret) parseCost(text string) error {
	var n [3]uint64
	fields := strings.Split(text, ",")
	if len(fields) != len(n) {
		return errors.New("the cost of argon2id is not of the form m=,t=,p=")
	}
	for i, name := range []string{"m=", "t=", "p="} {
		digits, found := strings.CutPrefix(fields[i], name)
		v, err := strconv.ParseUint(digits, 10, 32)
		if !found || err != nil {
			return errors.New("the cost of argon2id is not of the form m=,t=,p=")
		}
		n[i] = v
	}
	if n[2] < 1 || n[2] > 255 || n[1] < 1 || n[1] > maxArgonPasses || n[0] < 8*n[2] || n[0] > maxArgonMemory {
		return errors.New("the cost of argon2id is out of range")
	}
	s.memory, s.passes, s.threads = uint32(n[0]), uint32(n[1]), uint8(n[2])
	return nil
}

func (s argonSecret) derive(password []byte, size int) []byte {
	return argon2.IDKey(password, s.salt, s.passes, s.memory, s.threads, uint32(size))
}

func (s argonSecret) matches(password []byte) bool {
	return subtle.ConstantTimeCompare(s.derive(password, len(s.digest)), s.digest) == 1
}

func (s argonSecret) decoy() secret {
	s.digest = make([]byte, len(s.digest))
	return s
}

func (s argonSecret) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, s.memory, s.passes, s.threads,
		base64.RawStdEncoding.EncodeToString(s.salt), base64.RawStdEncoding.EncodeToString(s.digest))
}
