package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// ScramMethod is the authentication method of MQTT 5 that ClientExchange and
// the Authorizer speak: SCRAM-SHA-256 of RFC 5802 and RFC 7677, without
// channel binding.
const ScramMethod = "SCRAM-SHA-256"

const (
	scramNonceLen = 18   // random bytes, before base64
	maxNonce      = 1024 // the longest accepted, in characters
)

var errScramSyntax = errors.New("the message is not one of SCRAM-SHA-256")

// scramServer is the server's side of one exchange.
type scramServer struct {
	secret scramSecret
	known  bool // the user exists and has a SCRAM entry

	user   string
	header string // the GS2 header, which comes again at the end
	nonce  string // of both sides
	soFar  string // client-first-message-bare "," server-first-message
}

// beginScram reads the first message and returns the reply. The user need not
// exist: then the exchange fails at its end, as with a wrong password.
func beginScram(p *Passwords, first []byte, nonce string) (*scramServer, []byte, error) {
	s := &scramServer{}
	bare, err := s.readHeader(string(first))
	if err != nil {
		return nil, nil, err
	}
	fields := strings.Split(bare, ",")
	if len(fields) < 2 {
		return nil, nil, errScramSyntax
	}
	name, ok := strings.CutPrefix(fields[0], "n=") // "m=", a mandatory extension, is refused
	clientNonce, hasNonce := strings.CutPrefix(fields[1], "r=")
	if !ok || !hasNonce || !validNonce(clientNonce) {
		return nil, nil, errScramSyntax
	}
	if s.user, err = unescapeName(name); err != nil {
		return nil, nil, err
	}
	s.lookUp(p)
	s.nonce = clientNonce + nonce
	reply := "r=" + s.nonce + ",s=" + std64(s.secret.salt) + ",i=" + strconv.Itoa(s.secret.iterations)
	s.soFar = bare + "," + reply
	return s, []byte(reply), nil
}

// readHeader takes the GS2 header off the first message. An authorization
// identity, the wish to act as somebody else, is refused.
func (s *scramServer) readHeader(first string) (bare string, err error) {
	for _, header := range []string{"n,,", "y,,"} {
		if bare, ok := strings.CutPrefix(first, header); ok {
			s.header = header
			return bare, nil
		}
	}
	if strings.HasPrefix(first, "p=") {
		return "", errors.New("there is no channel binding over MQTT")
	}
	if strings.HasPrefix(first, "n,a=") || strings.HasPrefix(first, "y,a=") {
		return "", errors.New("nobody may act as somebody else")
	}
	return "", errScramSyntax
}

// lookUp sets the secret: for those who have none, one that does not change
// until the password file does.
func (s *scramServer) lookUp(p *Passwords) {
	if s.secret, s.known = p.users[s.user].(scramSecret); s.known {
		return
	}
	s.secret = scramSecret{iterations: scramIterations}.decoy().(scramSecret)
	for _, other := range p.order {
		if real, ok := other.(scramSecret); ok {
			s.secret.iterations = real.iterations
			break
		}
	}
	s.secret.salt = hmac256(p.seed[:], s.user)[:scramSaltLen]
}

// finish reads the last message and returns the reply, which proves to the
// client that the server knows the user's keys.
func (s *scramServer) finish(final []byte) ([]byte, error) {
	text := string(final)
	at := strings.LastIndex(text, ",p=")
	if at < 0 {
		return nil, errScramSyntax
	}
	without, proof := text[:at], text[at+len(",p="):]
	want := "c=" + std64([]byte(s.header)) + ",r=" + s.nonce
	if without != want && !strings.HasPrefix(without, want+",") { // extensions may follow
		return nil, errScramSyntax
	}
	key, err := base64.StdEncoding.DecodeString(proof)
	if err != nil || len(key) != sha256.Size {
		return nil, errScramSyntax
	}
	message := s.soFar + "," + without
	subtle.XORBytes(key, key, hmac256(s.secret.storedKey, message))
	stored := sha256.Sum256(key)
	if subtle.ConstantTimeCompare(stored[:], s.secret.storedKey) != 1 || !s.known {
		return nil, errBadPassword
	}
	return []byte("v=" + std64(hmac256(s.secret.serverKey, message))), nil
}

// ClientExchange is the client's side of one exchange: Start's result goes
// into CONNECT, what AUTH and CONNACK carry goes to Next. It is used once.
type ClientExchange struct {
	// User is the user name.
	User string
	// Password is sent in no form that the server could use elsewhere.
	Password []byte

	bare, nonce string
	signature   []byte // what the server must prove; nil before its first message
	done        bool
}

// Start returns the first message, the authentication data of CONNECT.
func (c *ClientExchange) Start() []byte {
	if c.nonce == "" {
		c.nonce = newNonce()
	}
	c.bare = "n=" + escapeName(c.User) + ",r=" + c.nonce
	return []byte("n,," + c.bare)
}

// Next takes the server's data and returns the reply. After the last message,
// of CONNACK, done is true and the server has proved that it knows the user:
// before that, or after an error, it must not be trusted.
func (c *ClientExchange) Next(data []byte) (reply []byte, done bool, err error) {
	switch {
	case c.done || c.bare == "":
		return nil, false, errors.New("the exchange is over or has not begun")
	case c.signature == nil:
		reply, err = c.answer(string(data))
		return reply, false, err
	}
	c.done = true
	proof, ok := strings.CutPrefix(string(data), "v=")
	proof, _, _ = strings.Cut(proof, ",")
	got, err := base64.StdEncoding.DecodeString(proof)
	if !ok || err != nil || !hmac.Equal(got, c.signature) {
		return nil, false, errors.New("the server does not know the user's keys: it may be another than it claims to be")
	}
	return nil, true, nil
}

// answer proves to the server that the password is known.
func (c *ClientExchange) answer(first string) ([]byte, error) {
	fields := strings.Split(first, ",")
	if len(fields) < 3 {
		return nil, errScramSyntax
	}
	nonce, ok1 := strings.CutPrefix(fields[0], "r=")
	salt64, ok2 := strings.CutPrefix(fields[1], "s=")
	count, ok3 := strings.CutPrefix(fields[2], "i=")
	salt, err := base64.StdEncoding.DecodeString(salt64)
	if !ok1 || !ok2 || !ok3 || err != nil || len(salt) < minScramSalt || !validNonce(nonce) {
		return nil, errScramSyntax
	}
	if len(nonce) <= len(c.nonce) || !strings.HasPrefix(nonce, c.nonce) {
		return nil, errors.New("the server's nonce does not begin with ours")
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < minScramIterations || n > maxIterations {
		return nil, errors.New("the server's number of iterations is out of range")
	}
	salted := saltPassword(c.Password, salt, n)
	without := "c=" + std64([]byte("n,,")) + ",r=" + nonce
	message := c.bare + "," + first + "," + without
	key := hmac256(salted, "Client Key")
	stored := sha256.Sum256(key)
	subtle.XORBytes(key, key, hmac256(stored[:], message))
	c.signature = hmac256(hmac256(salted, "Server Key"), message)
	return []byte(without + ",p=" + std64(key)), nil
}

func newNonce() string { return std64(random(scramNonceLen)) }

// validNonce: printable ASCII without a comma, RFC 5802 section 7.
func validNonce(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' || s[i] == ',' {
			return false
		}
	}
	return s != "" && len(s) <= maxNonce
}

func escapeName(s string) string { return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s) }

func unescapeName(s string) (string, error) {
	name := strings.NewReplacer("=2C", ",", "=3D", "=").Replace(s)
	if escapeName(name) != s {
		return "", errScramSyntax
	}
	return name, checkUser(name)
}
