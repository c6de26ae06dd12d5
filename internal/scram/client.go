package scram

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrImpostor says that the server did not prove that it knows the user.
var ErrImpostor = errors.New("the server does not know the user's keys: it may be another than it claims to be")

// Client is the client's side of one exchange: Start's result goes into
// CONNECT, what AUTH and CONNACK carry goes to Next. It is used once.
type Client struct {
	// User is the user name.
	User string
	// Password is sent in no form that the server could use elsewhere.
	Password []byte

	bare, nonce string
	signature   []byte // what the server must prove; nil before its first message
	done        bool
}

// Start returns the first message, the authentication data of CONNECT.
func (c *Client) Start() []byte {
	if c.nonce == "" {
		c.nonce = NewNonce()
	}
	c.bare = "n=" + EscapeName(prepared(c.User)) + ",r=" + c.nonce
	return []byte("n,," + c.bare)
}

// Next takes the server's data and returns the reply. After the last message,
// of CONNACK, done is true and the server has proved that it knows the user:
// before that, or after an error, it must not be trusted.
func (c *Client) Next(data []byte) (reply []byte, done bool, err error) {
	switch {
	case c.done || c.bare == "":
		return nil, false, errors.New("the exchange is over or has not begun")
	case c.signature == nil:
		reply, err = c.answer(string(data))
		c.done = err != nil
		return reply, false, err
	}
	c.done = true
	proof, ok := strings.CutPrefix(string(data), "v=")
	proof, _, _ = strings.Cut(proof, ",")
	got, err := Decode(proof)
	if !ok || err != nil || !hmac.Equal(got, c.signature) {
		return nil, false, ErrImpostor
	}
	return nil, true, nil
}

// answer proves to the server that the password is known.
func (c *Client) answer(first string) ([]byte, error) {
	fields := strings.Split(first, ",")
	if len(fields) < 3 {
		return nil, ErrSyntax
	}
	nonce, ok1 := strings.CutPrefix(fields[0], "r=")
	salt64, ok2 := strings.CutPrefix(fields[1], "s=")
	count, ok3 := strings.CutPrefix(fields[2], "i=")
	salt, err := Decode(salt64)
	if !ok1 || !ok2 || !ok3 || err != nil || len(salt) < MinSalt || !ValidNonce(nonce) {
		return nil, ErrSyntax
	}
	if len(nonce) <= len(c.nonce) || !strings.HasPrefix(nonce, c.nonce) {
		return nil, errors.New("the server's nonce does not begin with ours")
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < MinIterations || n > MaxIterations {
		return nil, fmt.Errorf("the server's number of iterations is not between %d and %d", MinIterations, MaxIterations)
	}
	salted := SaltPassword(c.Password, salt, n)
	without := "c=" + encode([]byte("n,,")) + ",r=" + nonce
	message := c.bare + "," + first + "," + without
	key := HMAC(salted, "Client Key")
	stored := sha256.Sum256(key)
	subtle.XORBytes(key, key, HMAC(stored[:], message))
	c.signature = HMAC(HMAC(salted, "Server Key"), message)
	return []byte(without + ",p=" + encode(key)), nil
}
