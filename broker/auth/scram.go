package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strconv"
	"strings"

	"mqt/internal/scram"
)

// ScramMethod is the authentication method of MQTT 5 that ClientExchange and
// the Authorizer speak: SCRAM-SHA-256 of RFC 5802 and RFC 7677, without
// channel binding.
const ScramMethod = scram.Method

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
		return nil, nil, scram.ErrSyntax
	}
	name, ok := strings.CutPrefix(fields[0], "n=") // "m=", a mandatory extension, is refused
	clientNonce, hasNonce := strings.CutPrefix(fields[1], "r=")
	if !ok || !hasNonce || !scram.ValidNonce(clientNonce) {
		return nil, nil, scram.ErrSyntax
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
	return "", scram.ErrSyntax
}

// lookUp sets the secret: for those who have none, one that does not change
// until the password file does. A user whom the client names in another form of
// Unicode than the file is called as in the file from here on.
func (s *scramServer) lookUp(p *Passwords) {
	if name, err := scram.Prepare(s.user); err == nil && !p.Has(s.user) {
		s.user = name
		if user, ok := p.prepared[name]; ok && !p.Has(name) {
			s.user = user
		}
	}
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
	s.secret.salt = scram.HMAC(p.seed[:], s.user)[:scramSaltLen]
}

// finish reads the last message and returns the reply, which proves to the
// client that the server knows the user's keys.
func (s *scramServer) finish(final []byte) ([]byte, error) {
	text := string(final)
	at := strings.LastIndex(text, ",p=")
	if at < 0 {
		return nil, scram.ErrSyntax
	}
	without, proof := text[:at], text[at+len(",p="):]
	want := "c=" + std64([]byte(s.header)) + ",r=" + s.nonce
	if without != want && !strings.HasPrefix(without, want+",") { // extensions may follow
		return nil, scram.ErrSyntax
	}
	key, err := scram.Decode(proof)
	if err != nil || len(key) != sha256.Size {
		return nil, scram.ErrSyntax
	}
	message := s.soFar + "," + without
	subtle.XORBytes(key, key, scram.HMAC(s.secret.storedKey, message))
	stored := sha256.Sum256(key)
	if subtle.ConstantTimeCompare(stored[:], s.secret.storedKey) != 1 || !s.known {
		return nil, errBadPassword
	}
	return []byte("v=" + std64(scram.HMAC(s.secret.serverKey, message))), nil
}

// ClientExchange is the client's side of one exchange: Start's result goes
// into CONNECT, what AUTH and CONNACK carry goes to Next. It is used once.
type ClientExchange = scram.Client

func unescapeName(s string) (string, error) {
	name, err := scram.UnescapeName(s)
	if err != nil {
		return "", err
	}
	return name, checkUser(name)
}
